"""What must have been there before: the coins and the money without which a history of trades could not have happened. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from ledger.domain.entries import CASH, Entry, sort_key
from ledger.domain.numbers import CONTEXT, ZERO, negated


def missing(entries: Iterable[Entry], *, book: UUID) -> dict[str, Decimal]:
    """The smallest opening balance per asset with which a book covers all that it gives at every instant, in canonical order, money as
    well as coins; what is always covered is not named."""
    held: dict[str, Decimal] = {}
    lowest: dict[str, Decimal] = {}
    ordered = sorted(entries, key=sort_key)
    dropped = {entry.reverses for entry in ordered if entry.kind == "REVERSAL"}
    for entry in ordered:
        if entry.id in dropped or entry.kind == "REVERSAL":
            continue
        for leg in entry.legs:
            if leg.account == CASH and leg.book == book:
                held[leg.asset] = CONTEXT.add(held.get(leg.asset, ZERO), leg.amount)
                lowest[leg.asset] = min(lowest.get(leg.asset, ZERO), held[leg.asset])
    return {asset: negated(low) for asset, low in sorted(lowest.items()) if low < 0}
