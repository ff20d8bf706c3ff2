"""The clock of all doors: the machine's time in UTC plus AMARKTAI_CLOCK_OFFSET. Below the doors time is an argument."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    return timezone.now() + timedelta(seconds=settings.CLOCK_OFFSET_SECONDS)
