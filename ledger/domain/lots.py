"""Lots, what disposals took from them, and what no lot explains: the values that the fold makes. They must not know how."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID


@dataclass(slots=True)
class Lot:
    """An open purchase. cost_left and fee_left are what the remaining units carry; no unit cost exists."""

    id: UUID
    entry: UUID
    book: UUID
    asset: str
    currency: str
    opened_at: datetime
    tie: str
    quantity: Decimal
    remaining: Decimal
    cost_left: Decimal
    fee_left: Decimal
    cost_unknown: bool = False


class Match(NamedTuple):
    """Units of one lot consumed by one disposal. When the lot cost another currency than the disposal brought, two matches
    tell it, each whole in its own currency: first the cost that is gone, then what came in. Currencies never mix in a sum."""

    entry: UUID
    n: int
    lot: UUID
    book: UUID
    asset: str
    currency: str
    client_order_id: str
    acquired_at: datetime
    sold_at: datetime
    quantity: Decimal
    cost: Decimal
    proceeds: Decimal
    entry_fee: Decimal
    exit_fee: Decimal
    net: Decimal


@dataclass(frozen=True, slots=True)
class Uncovered:
    """Units that left a book without a lot to explain them: no match, no profit."""

    entry: UUID
    book: UUID
    asset: str
    currency: str
    quantity: Decimal
    proceeds: Decimal
    fee: Decimal


@dataclass(frozen=True, slots=True)
class Matched:
    """What an order sold with a lot behind it: money in the quote asset, the oldest purchase and the last sale, and whether any of
    it was bought at the bootstrap size."""

    quantity: Decimal
    cost: Decimal
    proceeds: Decimal
    entry_fee: Decimal
    exit_fee: Decimal
    net: Decimal
    acquired_at: datetime
    sold_at: datetime
    bootstrap: bool


def age(lot: Lot) -> tuple[datetime, str, UUID]:
    """The order of lots: the oldest goes first."""
    return (lot.opened_at, lot.tie, lot.id)
