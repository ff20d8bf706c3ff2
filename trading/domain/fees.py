"""What a paper fill costs: fees in the quote asset, rounded up to its smallest unit."""

from __future__ import annotations

from decimal import Decimal

from ledger.domain.numbers import CONTEXT
from trading.domain.requests import Rules


def fee_of(*, price: Decimal, quantity: Decimal, rate: Decimal, step: Decimal) -> Decimal:
    """price x quantity x rate in the quote asset, rounded up to its smallest unit; of a rebate (a negative rate) that is down."""
    return _fee_on(CONTEXT.multiply(price, quantity), rate, step)


def fee_of_part(*, value: Decimal, rate: Decimal, filled_value: Decimal, fees: Decimal, rules: Rules) -> Decimal:
    """The fee of a part of an order of which `filled_value` is filled and `fees` are paid. It is rounded up, but the parts never
    pay more than the whole would have, which is what the order's reservation holds: else each rounding could spend a last unit
    that nobody has."""
    fee = _fee_on(value, rate, rules.quote_step)
    if not filled_value:
        return fee
    whole = _fee_on(CONTEXT.add(filled_value, value), max(rules.taker_fee, rules.maker_fee), rules.quote_step)
    return min(fee, CONTEXT.subtract(whole, fees))


def _fee_on(value: Decimal, rate: Decimal, step: Decimal) -> Decimal:
    owed_up, owed_down = CONTEXT.multiply(value, rate).as_integer_ratio()
    step_up, step_down = step.as_integer_ratio()
    return CONTEXT.multiply(Decimal(-(-owed_up * step_down // (owed_down * step_up))), step)
