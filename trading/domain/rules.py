"""Clamping to market rules: what is left of an order after precision, and whether the venue would take it."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from trading.domain.requests import OrderRequest
from trading.domain.verdicts import Verdict


def _no(code: str, sentence: str, **numbers: str) -> Verdict:
    return Verdict("clamp", "REFUSED", code, sentence, numbers)


PASSED = Verdict("clamp", "PASS", "", "", {})


def clamp(request: OrderRequest) -> Verdict:
    """Refuse an order that does not meet the market's rules. Sizes come rounded to steps; anything else is refused here."""
    rules, quantity = request.rules, request.quantity
    if not rules.active and not request.reducing:
        return _no("MARKET_INACTIVE", f"{rules.symbol} at {rules.venue} takes no new orders.")
    if quantity <= 0 or quantity < rules.amount_min:
        return _no(
            "UNDER_MINIMUM_AMOUNT", "The amount left after rounding is under the market's minimum.",
            quantity=str(quantity), minimum=str(rules.amount_min), balance_needed=str(balance_needed(request)),
        )
    if quantity % rules.amount_step:
        numbers = {"quantity": str(quantity), "step": str(rules.amount_step)}
        return _no("OFF_STEP", "The amount is not a whole number of the market's steps.", **numbers)
    value = quantity * request.decision_price
    if value < rules.cost_min:
        return _no(
            "UNDER_MINIMUM_NOTIONAL", "The order's value is under the market's minimum.",
            value=str(value), minimum=str(rules.cost_min), balance_needed=str(balance_needed(request)),
        )
    if not request.reducing and rules.cost_min and value * (1 - 2 * rules.taker_fee) * Decimal("0.9") < rules.cost_min:
        return _no(
            "EXIT_UNDER_MINIMUM", "A later exit, ten percent lower and after fees, would be under the market's minimum.",
            value=str(value), minimum=str(rules.cost_min), balance_needed=str(balance_needed(request)),
        )
    return PASSED


def balance_needed(request: OrderRequest) -> Decimal:
    """Order value at which this order would be legal, exit included, in the quote asset."""
    rules = request.rules
    least = max(rules.cost_min / (Decimal("0.9") * (1 - 2 * rules.taker_fee)), rules.amount_min * request.decision_price)
    return least.quantize(rules.quote_step, rounding=ROUND_DOWN) + rules.quote_step


def whole_steps(quantity: Decimal, step: Decimal) -> Decimal:
    """`quantity` rounded down to whole steps."""
    return (quantity / step).to_integral_value(rounding=ROUND_DOWN) * step
