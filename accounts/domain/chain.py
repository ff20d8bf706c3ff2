"""One link of an audit chain: sha256 over the previous link and the row's columns, so that a changed row is found."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID

from accounts.domain.decimals import plain

GENESIS = "0" * 64


def facts(value: Any) -> Any:
    """`value` as JSON that PostgreSQL's jsonb gives back unchanged: decimals, floats, ids and times become strings."""
    if isinstance(value, dict):
        return {_text(str(key)): facts(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [facts(item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, Decimal):
        return plain(value) if value.is_finite() else str(value)
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, (date, UUID)):
        return str(value)
    return _text(value if isinstance(value, str) else repr(value))


@lru_cache(maxsize=8192)
def stamp(moment: datetime) -> str:
    """UTC with microseconds and a Z: how every moment is spelled, in hashes and in answers."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def link(*, previous: str, columns: dict[str, Any]) -> str:
    """The hex hash of a row whose `columns` (already `facts`) follow the row with the hash `previous`."""
    lines = json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(previous.encode() + lines.encode()).hexdigest()


def _text(value: str) -> str:
    """Neither NUL nor a lone surrogate can be stored in jsonb."""
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
