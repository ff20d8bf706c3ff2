"""Whose rows a model holds: read off the foreign keys, so that a new model cannot be forgotten."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Model

from accounts.models import User

FLOORS = ("accounts", "ledger", "bots", "trading")
NOBODYS = {
    "ledger.Asset", "ledger.Market", "ledger.Mark", "bots.HaltEpoch", "trading.CandleBlock", "trading.Quote", "trading.Stream",
    "trading.Heartbeat",
}  # fmt: skip
"""What belongs to the platform and may be seen by everybody."""


def models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in FLOORS and model is not User]


def paths() -> dict[type[Model], str]:
    """Each model that leads to a person, with the shortest way there: `book__wallet__owner`."""
    found: dict[type[Model], str] = {}
    while True:
        new = {model: min(ways, key=_length) for model in models() if model not in found and (ways := _ways(model, found))}
        if not new:
            return found
        found |= new


def _ways(model: type[Model], found: dict[type[Model], str]) -> list[str]:
    keys: list[Any] = [field for field in model._meta.get_fields() if field.concrete and field.related_model is not None]
    to_a_person = [key.name for key in keys if key.related_model is User]
    return to_a_person + [f"{key.name}__{found[key.related_model]}" for key in keys if key.related_model in found]


def _length(way: str) -> tuple[int, str]:
    return way.count("__"), way


def rows(user: User) -> dict[str, list[dict[str, Any]]]:
    """Every row of a person's, by model."""
    return {
        model._meta.label: list(model._default_manager.filter(**{path: user.id}).order_by("pk").values())
        for model, path in paths().items()
    }
