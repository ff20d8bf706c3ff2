"""What a person may ask for: each type with each time in force, and an end that lies ahead."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.domain.refusals import Malformed, Refusal
from trading.domain import manner
from trading.tests.market_builders import NOON

PRICE = Decimal(20_000)
FORCES = (None, "GTC", "GTD", "IOC", "FOK")
MAY = {
    "MARKET": {None, "IOC", "FOK"},
    "LIMIT": {None, "GTC", "GTD", "IOC", "FOK"},
    "POST_ONLY": {None, "GTC", "GTD"},
}


def asked(kind: str, force: str | None, **changes):
    fits = {"price": None if kind == "MARKET" else PRICE, "expires_at": NOON + timedelta(days=1) if force == "GTD" else None}
    manner.check(**{"type": kind, "time_in_force": force, "now": NOON, **fits, **changes})


@pytest.mark.parametrize("kind", MAY)
@pytest.mark.parametrize("force", FORCES)
def test_every_type_takes_the_times_in_force_that_make_sense_with_it(kind, force):
    if force in MAY[kind]:
        asked(kind, force)
        return
    with pytest.raises(Malformed, match="TIME_IN_FORCE_DOES_NOT_FIT"):
        asked(kind, force)


@pytest.mark.parametrize(("kind", "price"), [("MARKET", PRICE), ("LIMIT", None), ("POST_ONLY", None)])
def test_a_price_belongs_to_a_limit_and_only_there(kind, price):
    with pytest.raises(Malformed, match="PRICE_DOES_NOT_FIT"):
        asked(kind, None, price=price)


@pytest.mark.parametrize(("force", "expires_at"), [("GTD", None), ("GTC", NOON), (None, NOON), ("IOC", NOON), ("FOK", NOON)])
def test_an_end_belongs_to_a_dated_order_and_only_there(force, expires_at):
    with pytest.raises(Malformed, match="EXPIRY_DOES_NOT_FIT"):
        asked("LIMIT", force, expires_at=expires_at)


@pytest.mark.parametrize(
    ("after", "fits"),
    [(timedelta(microseconds=1), True), (timedelta(days=90), True), (timedelta(0), False), (timedelta(seconds=-1), False),
     (timedelta(days=90, microseconds=1), False)],
)  # fmt: skip
def test_the_end_lies_ahead_and_within_ninety_days(after, fits):
    if fits:
        asked("POST_ONLY", "GTD", expires_at=NOON + after)
        return
    with pytest.raises(Refusal, match="EXPIRY_OUT_OF_RANGE"):
        asked("POST_ONLY", "GTD", expires_at=NOON + after)


def test_what_is_no_type_is_none():
    with pytest.raises(Malformed, match="UNKNOWN_ORDER_TYPE"):
        asked("STOP", None)
