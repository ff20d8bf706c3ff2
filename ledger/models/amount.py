"""The one way this floor stores an amount: NUMERIC(56,24), exact."""

from __future__ import annotations

from typing import Any

from django.db import models

DIGITS = 56
PLACES = 24


def amount_field(**options: Any) -> models.DecimalField[Any, Any]:
    """A decimal column for money, quantity or price. PostgreSQL rounds further digits silently, so doors refuse them."""
    return models.DecimalField(max_digits=DIGITS, decimal_places=PLACES, **options)
