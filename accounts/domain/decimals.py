"""Decimals on the way in and out: plain notation only, never a binary float, never more digits than NUMERIC(56,24)."""

import re
from decimal import Decimal

from accounts.domain.refusals import Malformed

INTEGER_DIGITS = 32
FRACTION_DIGITS = 24
_PLAIN = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?")
_SHOWN = 64


def parse_amount(text: object, *, signed: bool = False) -> Decimal:
    """The amount in plain notation ("12", "0.5"), or an int. Greater than zero unless `signed`.

    Raises Malformed for NaN, infinities, exponents, floats, blanks, over 32 integer or 24 fraction digits, and signs.
    """
    if isinstance(text, bool) or not isinstance(text, (str, int)):
        raise Malformed("AMOUNT_NOT_PLAIN", 'An amount is a string in plain notation such as "12.5".')
    if isinstance(text, int):
        text = str(text) if abs(text) < 10 ** (INTEGER_DIGITS + 1) else "9" * (INTEGER_DIGITS + 1)
    found = _PLAIN.fullmatch(text) if len(text) <= 2 * _SHOWN else None
    if found is None:
        raise Malformed("AMOUNT_NOT_PLAIN", 'An amount is a string in plain notation such as "12.5".', given=text[:_SHOWN])
    _, whole, fraction = found.groups()
    if len(whole) > INTEGER_DIGITS or len(fraction or "") > FRACTION_DIGITS:
        raise Malformed(
            "AMOUNT_TOO_LONG",
            f"An amount has at most {INTEGER_DIGITS} digits before and {FRACTION_DIGITS} after the point.",
            given=text[:_SHOWN],
        )
    value = Decimal(text)
    if not signed and value <= 0:
        raise Malformed("AMOUNT_NOT_POSITIVE", "The amount must be greater than zero.", given=text)
    return value if value else Decimal(0)


def plain(value: Decimal) -> str:
    """Plain notation for JSON: no exponent, no trailing zeros, no minus before zero."""
    if not value.is_finite():
        raise ValueError(f"{value} has no plain notation")
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
