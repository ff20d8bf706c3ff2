"""Celery's doors of the ledger: take the time once, one call, done."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from accounts.web import clock
from ledger.operations import anchors


@shared_task
def anchor() -> None:
    """The anchor of the day, unless it is written: so often asked that a day on which the worker was away for hours has one too."""
    anchors.write(folder=settings.ANCHORS, key=settings.ANCHOR_KEY, now=clock.now())
