"""People in the console: users without password hashes, alerts, the audit trail."""

from django.contrib import admin

from accounts.models import Alert, AuditRow, User
from accounts.web.admin import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("username", "email", "is_active", "is_staff", "last_login", "date_joined")
    list_filter = ("is_active", "is_staff")
    search_fields = ("username", "email")
    ordering = ("username",)
    fields = (
        "id",
        "username",
        "email",
        "is_active",
        "is_staff",
        "time_zone",
        "reporting_currency",
        "goal",
        "last_login",
        "date_joined",
    )


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("at", "severity", "code", "sentence", "person", "read_at")
    list_filter = ("severity",)
    search_fields = ("code", "sentence", "person__username")
    ordering = ("-id",)
    list_select_related = ("person",)


@admin.register(AuditRow)
class AuditAdmin(ReadOnlyAdmin):
    list_display = ("at", "whose", "seq", "actor", "act", "subject", "reason")
    search_fields = ("actor", "act", "subject", "request_id", "chain__person__username")
    ordering = ("-id",)
    list_select_related = ("chain__person",)
    exclude = ("chain",)
    extra = ("whose",)

    @admin.display(description="chain")
    def whose(self, row: AuditRow) -> str:
        return row.chain.person.username if row.chain.person else "system"
