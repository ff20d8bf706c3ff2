"""The Celery application. PostgreSQL is the queue of record, Celery a hint: losing every message costs seconds, nothing else."""

import os

from celery import Celery

from amarktai.beat import TABLE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amarktai.settings")

app = Celery("amarktai")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = TABLE
