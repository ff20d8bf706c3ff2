"""How much: fractional Kelly on a lower confidence bound, with a small fixed fraction while a bot has no record."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from ledger.domain.numbers import CONTEXT
from trading.domain.costs import WHOLE_BPS
from trading.domain.fees import fee_of
from trading.domain.requests import Rules

KELLY_SHARE = 0.25  # quarter Kelly: the usual guard against a misjudged edge (Thorp 2006)
KELLY_CAP = Decimal("0.25")  # of the book, whatever the record says
LOWER_BOUND_Z = 1.2816  # one-sided 90 % lower confidence bound
TRAINING_TRADES = 25  # until then a paper bot in TRAINING takes the larger of both sizes
FRACTION_STEP = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Record:
    """Track record of a bot: trades, mean and sample deviation of net return per trade (fractions), loss streak."""

    trades: int = 0
    net_return_mean: float = 0.0
    net_return_deviation: float = 0.0
    gross_edge_mean_bps: float = 0.0
    gross_edge_deviation_bps: float = 0.0
    loss_streak: int = 0


@dataclass(frozen=True, slots=True)
class Size:
    """Fraction of book equity to commit, rounded to 1e-4, and whether it is the bootstrap size."""

    fraction: Decimal
    bootstrap: bool
    negative_edge: bool


def lower_bound(*, mean: float, deviation: float, n: int) -> float:
    """One-sided 90 % lower confidence bound of a mean."""
    return mean - LOWER_BOUND_Z * deviation / math.sqrt(n) if n else 0.0


def fraction(*, record: Record, stage: str, mode: str, bootstrap_trades: int, bootstrap_fraction: Decimal) -> Size:
    """Fraction of the book to commit to one entry.

    The bootstrap size until `bootstrap_trades`; then Kelly. On paper nobody falls silent: in TRAINING the larger of both until
    TRAINING_TRADES, in QUARANTINE and on a record without an edge the bootstrap size. Live nothing is risked without an edge.
    """
    if record.trades < bootstrap_trades:
        return Size(bootstrap_fraction, bootstrap=True, negative_edge=False)
    kelly = kelly_fraction(record)
    negative = not net_bound(record) > 0
    learning = stage == "TRAINING" and record.trades < TRAINING_TRADES and kelly < bootstrap_fraction
    if mode == "PAPER" and (learning or stage == "QUARANTINE" or kelly == 0):
        return Size(bootstrap_fraction, bootstrap=True, negative_edge=negative)
    return Size(kelly, bootstrap=False, negative_edge=negative)


def net_bound(record: Record) -> float:
    """Lower confidence bound of the net return of a trade, as a fraction of its entry value."""
    return lower_bound(mean=record.net_return_mean, deviation=record.net_return_deviation, n=record.trades)


def kelly_fraction(record: Record) -> Decimal:
    """A quarter of bound over variance, at most the cap, rounded down; nothing without a positive bound, nor on a record that
    never varied: that is no proof."""
    bound, variance = net_bound(record), record.net_return_deviation**2
    if not (bound > 0 and variance > 0):
        return Decimal(0)
    return min(Decimal(str(KELLY_SHARE * bound / variance)), KELLY_CAP).quantize(FRACTION_STEP, rounding=ROUND_DOWN)


def edge_bps(*, stated: Decimal, record: Record, evidence_trades: int = 20) -> tuple[Decimal, str]:
    """The edge that counts, and where it comes from: the stated one until the realised lower bound is smaller."""
    if record.trades < evidence_trades:
        return stated, "STATED"
    realised = lower_bound(mean=record.gross_edge_mean_bps, deviation=record.gross_edge_deviation_bps, n=record.trades)
    bound = Decimal(str(round(realised, 2)))
    return (bound, "REALISED") if bound < stated else (stated, "STATED")


def entry_quantity(*, notional: Decimal, bound: Decimal, rules: Rules) -> Decimal:
    """Base units that `notional` buys at the bound price with the taker fee, in whole steps, rounded down."""
    quantity = _whole_steps(notional, bound, rules)
    if cost_of(price=bound, quantity=quantity, rules=rules) > notional:  # the fee is rounded up to its smallest unit
        quantity = _whole_steps(notional - rules.quote_step, bound, rules)
    return quantity


def _whole_steps(notional: Decimal, bound: Decimal, rules: Rules) -> Decimal:
    a_step = CONTEXT.multiply(CONTEXT.multiply(bound, 1 + rules.taker_fee), rules.amount_step)
    return CONTEXT.multiply(CONTEXT.divide_int(max(notional, Decimal(0)), a_step), rules.amount_step)


def cost_of(*, price: Decimal, quantity: Decimal, rules: Rules) -> Decimal:
    """What a buy at this price takes out of a book, to the last digit: its value and the taker fee, as the matcher charges it."""
    fee = fee_of(price=price, quantity=quantity, rate=rules.taker_fee, step=rules.quote_step)
    return CONTEXT.add(CONTEXT.multiply(price, quantity), fee)


def bound_price(*, price: Decimal, side: str, bound_bps: Decimal, rules: Rules) -> Decimal:
    """The worst price an order may fill at: `bound_bps` from the decision price, on the tick, rounded towards it."""
    factor, rounding = (1 + bound_bps / WHOLE_BPS, ROUND_DOWN) if side == "BUY" else (1 - bound_bps / WHOLE_BPS, ROUND_UP)
    return (price * factor / rules.price_tick).to_integral_value(rounding=rounding) * rules.price_tick
