"""What a bot needs before its smallest trade is legal under all limits together: market rules, its exit, its size, position limits.
Pure; it must not look anything up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_UP, Decimal

from accounts.domain.decimals import plain
from ledger.domain.numbers import CONTEXT
from trading.domain import rules as market_rules
from trading.domain import sizing
from trading.domain.policy import Policy
from trading.domain.requests import Rules
from trading.domain.sizing import Record

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """All in `currency`. notional: value of the smallest legal entry; allocation: equity of its book; equity: what its person is
    worth in its mode; both rounded up to cents. fraction: of the book, that it commits at present. None: its size is nothing."""

    notional: Decimal
    allocation: Decimal | None
    equity: Decimal | None
    currency: str
    fraction: Decimal
    reasons: tuple[str, ...]


def smallest(
    *, rules: Rules, price: Decimal, record: Record, stage: str, mode: str, order_type: str, least: Decimal, policy: Policy, profile: str
) -> Admission:
    """`least`: smallest value of a trade of this profile, in the quote asset."""
    size = sizing.fraction(
        record=record, stage=stage, mode=mode, bootstrap_trades=policy.bootstrap_trades, bootstrap_fraction=policy.bootstrap_fraction
    )
    bound_bps = policy.max_slippage_bps if order_type == "MARKET" else Decimal(0)
    bound = sizing.bound_price(price=price, side="BUY", bound_bps=bound_bps, rules=rules)
    quantity = market_rules.least_quantity(rules=rules, price=price, cost_min=least)
    notional = CONTEXT.multiply(quantity, price)
    said = [f"The market takes {plain(quantity)} {rules.base} or more, if it is to be sold again."]
    if least:
        said.append(f"A trade of this profile is worth at least {plain(_cents(least))} {rules.quote}.")
    if not size.fraction:
        said.append("Its record shows no edge: its size is nothing, whatever the allocation.")
        return Admission(notional=notional, allocation=None, equity=None, currency=rules.quote, fraction=size.fraction, reasons=tuple(said))
    allocation = _cents(CONTEXT.divide(sizing.cost_of(price=bound, quantity=quantity, rules=rules), size.fraction))
    said.append(f"It commits {plain(size.fraction * 100)} % of its book to a trade.")
    equity, limits = allocation, policy.position_limits(profile)
    if limits is not None:
        share = min(limits.position, limits.total)
        equity = max(equity, _cents(CONTEXT.divide(notional, share)))
        said.append(f"A position is at most {plain(share * 100)} % of what you are worth.")
    return Admission(
        notional=notional, allocation=allocation, equity=equity, currency=rules.quote, fraction=size.fraction, reasons=tuple(said)
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_UP, context=CONTEXT)
