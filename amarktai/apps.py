"""The wiring as a Django application: it owns management commands, and loads the Celery application with Django."""

from django.apps import AppConfig

from amarktai import celery


class AmarktaiConfig(AppConfig):
    name = "amarktai"
    verbose_name = "Amarktai Network"
    queue = celery.app
