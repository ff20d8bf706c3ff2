"""What one order would put at risk, as fractions of its person's equity, and the limits on it. Numbers in US dollars; a currency
that no market quotes counts one to one. It must not look anything up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.domain.numbers import CONTEXT, share
from trading.domain.breaker import Use

POSITION, TOTAL, NOTIONAL, SLIPPAGE = "POSITION_SIZE", "TOTAL_AT_RISK", "MIN_NOTIONAL", "SLIPPAGE"


@dataclass(frozen=True, slots=True)
class PositionLimits:
    """Of one profile: largest position and total at risk as fractions of equity, least order in dollars, farthest fill."""

    position: Decimal
    total: Decimal
    notional_usd: Decimal
    slippage_bps: Decimal


@dataclass(frozen=True, slots=True)
class Exposure:
    """equity of the person in the order's mode; at_risk: their positions at mark and what their working entries hold; position:
    the same of the order's book; notional: the order's value. rate: dollars per unit of the quote asset."""

    equity: Decimal
    at_risk: Decimal
    position: Decimal
    notional: Decimal
    rate: Decimal


def uses(exposure: Exposure, limits: PositionLimits) -> tuple[Use, Use]:
    """Position and total at risk once this order is filled. Reaching a limit is legal, going over it is not."""
    return (
        Use(POSITION, _part(exposure.position, exposure), limits.position, "The position's share of your equity."),
        Use(TOTAL, _part(exposure.at_risk, exposure), limits.total, "The share of your equity that is at risk."),
    )


def _part(held: Decimal, exposure: Exposure) -> Decimal:
    return share(CONTEXT.add(held, exposure.notional), Decimal(1), exposure.equity)
