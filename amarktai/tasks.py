"""Celery's doors of the wiring itself."""

from __future__ import annotations

from celery import shared_task
from django.core.cache import cache

PING_SECONDS = 60


def ping_key(nonce: str) -> str:
    """Where the answer to a ping lies for a minute."""
    return f"amarktai:ping:{nonce}"


@shared_task
def ping(nonce: str) -> None:
    """Prove that a worker takes messages: leave the answer where the asker looks for it."""
    cache.set(ping_key(nonce), True, PING_SECONDS)
