"""Round trips: what the matches of a closing order make of a trade, and what stands in the way of one. It must not know how either is
stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from ledger.domain.lots import Matched
from ledger.domain.numbers import CONTEXT, ONE, share
from trading.domain.costs import WHOLE_BPS

BPS = Decimal(WHOLE_BPS)
CENT_BPS = Decimal("0.01")
LARGEST_EDGE_BPS = Decimal(10) ** 10  # a column of ten digits before the point


@dataclass(frozen=True, slots=True)
class Figures:
    """What a trade says of its matches: money in the quote asset, prices to 24 places, the gross profit in basis points of the cost, and
    whether any of it was bought at the bootstrap size."""

    amount: Decimal
    gross: Decimal
    fees: Decimal
    profit_loss: Decimal
    opened_at: datetime
    closed_at: datetime
    entry_price: Decimal
    exit_price: Decimal
    gross_edge_bps: Decimal
    bootstrap: bool


def figures(found: Matched) -> Figures:
    """Of matches without a flaw."""
    return Figures(
        amount=found.quantity, gross=CONTEXT.subtract(found.proceeds, found.cost), fees=CONTEXT.add(found.entry_fee, found.exit_fee),
        profit_loss=found.net, opened_at=found.acquired_at, closed_at=found.sold_at, entry_price=share(found.cost, ONE, found.quantity),
        exit_price=share(found.proceeds, ONE, found.quantity), gross_edge_bps=_edge_bps(found), bootstrap=found.bootstrap,
    )  # fmt: skip


def flaw_of(found: Matched | None) -> str:
    """What is missing or absurd about a closing order's matches, in words; empty when they make a trade."""
    if found is None or found.quantity <= 0:
        return "no lot explains the units sold"
    if found.cost <= 0:
        return "what was sold has no cost"
    if found.proceeds <= 0:
        return "what was sold brought nothing"
    if found.sold_at < found.acquired_at:
        return "it was sold before it was bought"
    if abs(_edge_bps(found)) >= LARGEST_EDGE_BPS:
        return "its profit is absurd"
    return ""


def first_unlike(one: Figures, other: Figures) -> str:
    """The name of the first figure in which they differ; empty when they say the same."""
    return next((name for name in Figures.__slots__ if getattr(one, name) != getattr(other, name)), "")


def _edge_bps(found: Matched) -> Decimal:
    """Gross profit in basis points of the cost, rounded to hundredths."""
    gross = CONTEXT.subtract(found.proceeds, found.cost)
    return CONTEXT.divide(CONTEXT.multiply(gross, BPS), found.cost).quantize(CENT_BPS, rounding=ROUND_HALF_EVEN, context=CONTEXT)
