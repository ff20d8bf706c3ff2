"""Decimal arithmetic of the ledger: one explicit context, one rounding rule. It must not know what an amount means."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from accounts.domain.refusals import Malformed

PLACES = 24
CONTEXT = Context(
    prec=120, rounding=ROUND_HALF_EVEN, Emin=-999999, Emax=999999, traps=[InvalidOperation, DivisionByZero, Overflow]
)
ZERO = Decimal(0)
ONE = Decimal(1)
QUANTUM = Decimal(1).scaleb(-PLACES)
LARGEST = Decimal(10) ** 32
_multiply, _divide, _quantize = CONTEXT.multiply, CONTEXT.divide, CONTEXT.quantize


def share(total: Decimal, part: Decimal, whole: Decimal) -> Decimal:
    """total * part / whole to 24 places, half to even; multiplied first, divided once."""
    return _quantize(_divide(_multiply(total, part), whole), QUANTUM)


def product(left: Decimal, right: Decimal) -> Decimal:
    """left * right to 24 places, half to even; exact whenever the scales add up to 24 or less."""
    exact = _multiply(left, right)
    return exact if scale(exact) <= PLACES else _quantize(exact, QUANTUM)


def negated(value: Decimal) -> Decimal:
    """-value with every digit: a bare minus rounds to the 28 digits of the thread's own context, and money with it."""
    return CONTEXT.minus(value)


def scale(value: Decimal) -> int:
    """Digits behind the point as written."""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    point = text.find(".")
    return 0 if point < 0 else len(text) - point - 1


def check_positive(amount: Decimal) -> None:
    """Refuse what is not greater than zero, and what NUMERIC(56,24) would round or not hold."""
    if not amount.is_finite() or amount <= 0:
        raise Malformed("AMOUNT_NOT_POSITIVE", "The amount must be greater than zero.", given=str(amount)[:64])
    if amount >= LARGEST or scale(amount) > PLACES:
        raise Malformed(
            "AMOUNT_TOO_LONG", "An amount has at most 32 digits before and 24 after the point.", given=str(amount)[:64]
        )


def check_scales(quantity: Decimal, price: Decimal) -> None:
    """Refuse a fill whose value would not fit NUMERIC(56,24) exactly: the column would round it without a word."""
    if scale(quantity) + scale(price) > PLACES:
        raise Malformed(
            "TOO_MANY_DIGITS",
            "Quantity and price together may have at most 24 digits behind the point.",
            quantity=quantity,
            price=price,
        )


def text24(value: Decimal) -> str:
    """The one spelling of an amount that is hashed and stored: plain notation with 24 places, no minus before zero, as the server has
    none: a rebate's share of nearly nothing would be another text than what is stored."""
    return format(value, "z.24f")
