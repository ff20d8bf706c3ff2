"""Clamping to market rules: what is left of an order after precision, and whether the venue would take it, now and at its exit."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from accounts.domain.decimals import plain
from ledger.domain.numbers import CONTEXT, ONE
from trading.domain.requests import OrderRequest, Rules
from trading.domain.sizing import cost_of
from trading.domain.verdicts import Verdict

EXIT_ROOM = Decimal("0.9")  # a later exit must still be legal when the price has fallen by a tenth


def _no(code: str, sentence: str, **numbers: str) -> Verdict:
    return Verdict("clamp", "REFUSED", code, sentence, numbers)


PASSED = Verdict("clamp", "PASS", "", "", {})


def clamp(request: OrderRequest) -> Verdict:
    """Refuse an order that does not meet the market's rules. Sizes come rounded to steps; anything else is refused here."""
    rules, quantity = request.rules, request.quantity
    if not rules.active and not request.reducing:
        return _no("MARKET_INACTIVE", f"{rules.symbol} at {rules.venue} takes no new orders.")
    if request.size_fraction == 0:
        return _no("SIZE_IS_ZERO", "Its trades show no edge, so its size is nothing, whatever the balance.", quantity=plain(quantity))
    if quantity <= 0 or quantity < rules.amount_min:
        sentence = "The amount left after rounding is under the market's minimum."
        return _no("UNDER_MINIMUM_AMOUNT", sentence, quantity=plain(quantity), minimum=plain(rules.amount_min), **_needed(request))
    if CONTEXT.remainder(quantity, rules.amount_step):
        numbers = {"quantity": plain(quantity), "step": plain(rules.amount_step)}
        return _no("OFF_STEP", "The amount is not a whole number of the market's steps.", **numbers)
    value = CONTEXT.multiply(quantity, _judged_at(request))
    if value < rules.cost_min:
        sentence = "The order's value is under the market's minimum."
        return _no("UNDER_MINIMUM_NOTIONAL", sentence, value=plain(value), minimum=plain(rules.cost_min), **_needed(request))
    return PASSED if request.reducing else _later_exit(request)


def _judged_at(request: OrderRequest) -> Decimal:
    """The price a venue takes for an order's value: its own where it may rest, else what it was decided at."""
    return request.price if request.rests and request.price is not None else request.decision_price


def _later_exit(request: OrderRequest) -> Verdict:
    """Refuse an entry whose exit would be stuck: a venue may take its fee out of the coins bought, and the price may fall."""
    rules = request.rules
    left = whole_steps(CONTEXT.multiply(request.quantity, 1 - rules.taker_fee), rules.amount_step)
    value = CONTEXT.multiply(CONTEXT.multiply(left, _judged_at(request)), EXIT_ROOM)
    if left >= rules.amount_min and value >= rules.cost_min and left > 0:
        return PASSED
    return _no(
        "EXIT_UNDER_MINIMUM", "A later exit, after fees and ten percent lower, would be under the market's minimum.",
        quantity=plain(left), minimum_amount=plain(rules.amount_min), value=plain(value), minimum=plain(rules.cost_min), **_needed(request),
    )  # fmt: skip


def _needed(request: OrderRequest) -> dict[str, str]:
    return {} if request.reducing else {"balance_needed": plain(balance_needed(request))}


def balance_needed(request: OrderRequest) -> Decimal:
    """The equity that its book would need for this order to be legal, exit included, in the quote asset: what the smallest legal
    order costs at the order's worst price, over the fraction of the book that the order may commit (all of it for a person's)."""
    rules = request.rules
    worst = request.price if request.price is not None else request.decision_price
    least = cost_of(price=worst, quantity=least_quantity(rules=rules, price=_judged_at(request)), rules=rules)
    return over(least, request.size_fraction or ONE, step=rules.quote_step)


def least_quantity(*, rules: Rules, price: Decimal, cost_min: Decimal = Decimal(0)) -> Decimal:
    """The smallest whole number of steps that is a legal entry at this price and whose later exit is legal too.
    `cost_min`: a minimum value of the entry beside the market's own."""
    exit_value = CONTEXT.divide(rules.cost_min, CONTEXT.multiply(price, EXIT_ROOM))
    left = _steps_up(max(rules.amount_min, exit_value, rules.amount_step), rules.amount_step)
    whole = CONTEXT.divide(left, 1 - rules.taker_fee)
    return _steps_up(max(whole, CONTEXT.divide(cost_min, price)), rules.amount_step)


def over(cost: Decimal, fraction: Decimal, *, step: Decimal) -> Decimal:
    """cost / fraction, rounded up to the next step."""
    return _steps_up(CONTEXT.divide(cost, fraction), step)


def whole_steps(quantity: Decimal, step: Decimal) -> Decimal:
    """`quantity` rounded down to whole steps."""
    return CONTEXT.multiply(CONTEXT.divide(quantity, step).to_integral_value(rounding=ROUND_DOWN), step)


def _steps_up(quantity: Decimal, step: Decimal) -> Decimal:
    return CONTEXT.multiply(CONTEXT.divide(quantity, step).to_integral_value(rounding=ROUND_CEILING), step)
