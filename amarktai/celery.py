"""The Celery application. PostgreSQL is the queue of record, Celery a hint: losing every message costs seconds, nothing else."""

import os

from celery import Celery
from django.conf import settings
from kombu.transport import TRANSPORT_ALIASES

from amarktai import beat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amarktai.settings")

for scheme in ("redis", "rediss"):  # by their aliases: only so does kombu let a Unix socket through
    TRANSPORT_ALIASES[scheme] = "amarktai.broker:Transport"

app = Celery("amarktai")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = beat.table(sim_candle_seconds=settings.SIM_CANDLE_SECONDS)
