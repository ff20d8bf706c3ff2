"""The beat process: the static table, and a sign of life. It must not decide anything: losing it costs time, not money."""

from __future__ import annotations

import time
from typing import Any

from celery.beat import Scheduler as Plain
from django.core.cache import cache

KEY = "amarktai:beat"
SIGN_SECONDS = 5
FORGOTTEN_SECONDS = 3600


class Scheduler(Plain):
    """Celery's in-memory scheduler that leaves its time in the cache."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.signed = 0.0
        super().__init__(*arguments, **named)

    def tick(self, *arguments: Any, **named: Any) -> float:
        """Send what is due; the answer is how long to sleep."""
        wait = super().tick(*arguments, **named)
        now = time.time()
        if now - self.signed >= SIGN_SECONDS:
            cache.set(KEY, now, FORGOTTEN_SECONDS)
            self.signed = now
        return min(wait, SIGN_SECONDS)
