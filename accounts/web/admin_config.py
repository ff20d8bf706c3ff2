"""Makes the console the admin site of the project (this class replaces django.contrib.admin in the list of apps)."""

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    default = False
    default_site = "accounts.web.admin.ConsoleSite"
