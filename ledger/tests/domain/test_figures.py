"""Numbers, legs, chain, periods and nav by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from accounts.domain.refusals import Malformed
from ledger.domain.chain import GENESIS, digest
from ledger.domain.entries import Entry, FillFacts, Leg, legs_of_fill, trade_key, unbalanced
from ledger.domain.nav import START, advance, drawdown
from ledger.domain.numbers import check_scales, share
from ledger.domain.periods import Profit, start_of, summed

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BOOK = uuid4()


def facts(**changes: Any) -> FillFacts:
    plain = FillFacts(
        uuid4(), "BTC/USDT", "BTC", "USDT", "1", "BUY", Decimal("0.1"), Decimal(20000), Decimal(2), "USDT", None, NINE,
    )  # fmt: skip
    return replace(plain, **changes)


def test_a_third_of_ten_is_rounded_half_to_even_at_24_places():
    assert share(Decimal(10), Decimal(1), Decimal(3)) == Decimal("3.333333333333333333333333")
    assert share(Decimal("0.000000000000000000000001"), Decimal(1), Decimal(2)) == 0
    assert share(Decimal("0.000000000000000000000003"), Decimal(1), Decimal(2)) == Decimal("0.000000000000000000000002")


def test_a_fill_whose_value_would_need_more_than_24_places_is_refused():
    check_scales(Decimal("0.123456789012"), Decimal("0.123456789012"))
    with pytest.raises(Malformed, match="TOO_MANY_DIGITS"):
        check_scales(Decimal("0.1234567890123"), Decimal("0.123456789012"))


def test_the_legs_of_a_buy_are_the_five_of_the_contract():
    """Buy 0.1 BTC at 20,000, fee 2 USDT."""
    legs = [(leg.account, leg.asset, leg.amount) for leg in legs_of_fill(BOOK, facts())]
    assert legs == [
        ("CASH", "BTC", Decimal("0.1")),
        ("TRADE", "BTC", Decimal("-0.1")),
        ("CASH", "USDT", Decimal(-2002)),
        ("TRADE", "USDT", Decimal(2000)),
        ("FEES", "USDT", Decimal(2)),
    ]


@pytest.mark.parametrize("side", ["BUY", "SELL"])
@pytest.mark.parametrize(("fee", "asset"), [("2", "USDT"), ("0.001", "BTC"), ("0.01", "BNB"), ("-0.5", "USDT"), ("0", "USDT")])
def test_legs_always_sum_to_zero(side: str, fee: str, asset: str):
    assert unbalanced(legs_of_fill(BOOK, facts(side=side, fee=Decimal(fee), fee_asset=asset))) is None


def test_trade_ids_order_as_numbers_before_texts():
    ids = ["10", "9", "a10", "007", "a9", "7"]
    assert sorted(ids, key=trade_key) == ["007", "7", "9", "10", "a10", "a9"]


def test_each_column_of_an_entry_is_in_its_hash():
    legs = legs_of_fill(BOOK, facts())
    entry = Entry(uuid4(), uuid4(), "FILL", NINE, "", "system", "why", legs, facts(), BOOK, "sim")
    plain = digest(GENESIS, entry)
    changed = [
        replace(entry, actor="other"),
        replace(entry, reason="wh"),
        replace(entry, external_id="x"),
        replace(entry, fill=replace(facts(), price=Decimal("20000.01"))),
        replace(entry, fill=replace(facts(), raw="{ }")),
        replace(entry, legs=(*legs[:4], Leg("FEES", BOOK, "USDT", Decimal("2.000000000000000000000001")))),
        replace(entry, reverses=entry.id),
    ]
    hashes = {digest(GENESIS, one) for one in changed} | {digest(bytes([1] * 32), entry)}
    assert plain not in hashes
    assert len(hashes) == len(changed) + 1


def test_a_bar_in_a_text_does_not_spell_another_entry():
    legs = legs_of_fill(BOOK, facts())
    one = Entry(BOOK, BOOK, "FUNDING", NINE, "a|b", "c", "", legs, None, BOOK, "sim")
    two = Entry(BOOK, BOOK, "FUNDING", NINE, "a", "b|c", "", legs, None, BOOK, "sim")
    assert digest(GENESIS, one) != digest(GENESIS, two)


def test_deposits_and_withdrawals_are_neither_profit_nor_loss():
    """1,000 in; down to 900 is 10 %; 900 more buys units at 0.9; taking 450 out redeems them: still 10 %; up to 1,500: none."""
    state = advance(START, equity=Decimal(1000), flow=Decimal(1000))
    assert (state.units, state.nav) == (Decimal(1000), Decimal(1))
    state = advance(state, equity=Decimal(900), flow=Decimal(0))
    assert drawdown(state) == Decimal("0.1")
    state = advance(state, equity=Decimal(1800), flow=Decimal(900))
    assert (state.units, state.nav, drawdown(state)) == (Decimal(2000), Decimal("0.9"), Decimal("0.1"))
    state = advance(state, equity=Decimal(1350), flow=Decimal(-450))
    assert (state.units, drawdown(state)) == (Decimal(1500), Decimal("0.1"))
    state = advance(state, equity=Decimal(1650), flow=Decimal(0))
    assert (state.nav, state.peak, drawdown(state)) == (Decimal("1.1"), Decimal("1.1"), Decimal(0))


def test_taking_all_out_and_coming_back_goes_on_at_the_last_nav():
    state = advance(START, equity=Decimal(1000), flow=Decimal(1000))
    state = advance(state, equity=Decimal(800), flow=Decimal(0))
    state = advance(state, equity=Decimal(0), flow=Decimal(-800))
    state = advance(state, equity=Decimal(400), flow=Decimal(400))
    assert (state.units, state.nav, drawdown(state)) == (Decimal(500), Decimal("0.8"), Decimal("0.2"))


def test_losing_all_is_a_drawdown_of_one():
    state = advance(START, equity=Decimal(1000), flow=Decimal(1000))
    assert drawdown(advance(state, equity=Decimal(0), flow=Decimal(0))) == 1


def test_weeks_start_on_monday_and_months_on_day_one():
    sunday, monday = date(2026, 3, 1), date(2026, 3, 2)
    assert start_of(sunday, "weekly") == date(2026, 2, 23)
    assert start_of(monday, "weekly") == monday
    assert start_of(date(2026, 2, 28), "monthly") == date(2026, 2, 1)
    assert start_of(sunday, "monthly") == sunday


def test_days_without_profit_are_zeros_in_between():
    days = [Profit(date(2026, 2, 27), Decimal(5), Decimal(1), Decimal(4), 1, "USDT"),
            Profit(date(2026, 3, 2), Decimal(2), Decimal(1), Decimal(1), 2, "USDT")]  # fmt: skip
    first, last = date(2026, 2, 27), date(2026, 3, 2)
    daily = summed(days, "daily", first=first, last=last, currency="USDT")
    assert [(row.start.day, row.net) for row in daily] == [(27, 4), (28, 0), (1, 0), (2, 1)]
    weekly = summed(days, "weekly", first=first, last=last, currency="USDT")
    assert [(row.start, row.net, row.trades) for row in weekly] == [(date(2026, 2, 23), 4, 1), (date(2026, 3, 2), 1, 2)]
    monthly = summed(days, "monthly", first=first, last=last, currency="USDT")
    assert [(row.start, row.gross) for row in monthly] == [(date(2026, 2, 1), 5), (date(2026, 3, 1), 2)]
