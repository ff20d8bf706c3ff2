"""Amounts come in as plain strings and go out as plain strings."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.decimals import parse_amount, plain
from accounts.domain.refusals import Malformed


@pytest.mark.parametrize(("text", "value"), [("12", "12"), ("0.5", "0.5"), (7, "7"), ("0012.50", "12.5"), ("0." + "0" * 23 + "1", "1E-24")])
def test_a_plain_amount_is_taken_exactly(text: object, value: str) -> None:
    assert parse_amount(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NaN", "AMOUNT_NOT_PLAIN"),
        ("Infinity", "AMOUNT_NOT_PLAIN"),
        ("1e5", "AMOUNT_NOT_PLAIN"),
        ("1E999999999", "AMOUNT_NOT_PLAIN"),
        (Decimal("1E999999999"), "AMOUNT_NOT_PLAIN"),
        (" 1", "AMOUNT_NOT_PLAIN"),
        ("1_000", "AMOUNT_NOT_PLAIN"),
        ("1,5", "AMOUNT_NOT_PLAIN"),
        ("+1", "AMOUNT_NOT_PLAIN"),
        (".5", "AMOUNT_NOT_PLAIN"),
        ("1.", "AMOUNT_NOT_PLAIN"),
        ("", "AMOUNT_NOT_PLAIN"),
        ("\u0661\u0662", "AMOUNT_NOT_PLAIN"),
        ("1" * 1000, "AMOUNT_NOT_PLAIN"),
        (0.1, "AMOUNT_NOT_PLAIN"),
        (True, "AMOUNT_NOT_PLAIN"),
        (None, "AMOUNT_NOT_PLAIN"),
        ({"amount": "1"}, "AMOUNT_NOT_PLAIN"),
        ("1" * 40, "AMOUNT_TOO_LONG"),
        (10**100, "AMOUNT_TOO_LONG"),
        ("0." + "1" * 25, "AMOUNT_TOO_LONG"),
        ("0", "AMOUNT_NOT_POSITIVE"),
        ("0.000", "AMOUNT_NOT_POSITIVE"),
        ("-1", "AMOUNT_NOT_POSITIVE"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(text: object, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse_amount(text)
    assert refused.value.code == code
    assert refused.value.sentence.endswith(".")


def test_a_signed_amount_may_be_negative_or_zero() -> None:
    assert parse_amount("-1.5", signed=True) == Decimal("-1.5")
    assert str(parse_amount("-0.0", signed=True)) == "0"


@pytest.mark.parametrize(
    ("value", "text"), [("1.50", "1.5"), ("1E+3", "1000"), ("0E-24", "0"), ("-0", "0"), ("100", "100"), ("1E-24", "0." + "0" * 23 + "1")]
)
def test_plain_has_no_exponent_and_no_trailing_zeros(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


@given(st.integers(min_value=1, max_value=10**56 - 1))
def test_what_fits_the_column_survives_the_round_trip(units: int) -> None:
    value = Decimal(f"{units}E-24")
    assert parse_amount(plain(value)) == value
