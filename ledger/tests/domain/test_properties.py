"""Properties of the fold against a second fold, written in fractions from MONEY alone: no code of ours, no rounding."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain.entries import Entry, FillFacts, legs_of_fill
from ledger.domain.fold import Fold, replay

BOOKS = (uuid4(), uuid4())
WALLET, MARKET = uuid4(), uuid4()
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

fills = st.lists(
    st.tuples(
        st.sampled_from(BOOKS),
        st.sampled_from(["BUY", "SELL"]),
        st.integers(1, 10**9),
        st.integers(1, 10**7),
        st.sampled_from(["USDT", "BTC"]),
        st.integers(-50, 200),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=25,
)


def entries_of(drawn: list[tuple]) -> list[Entry]:
    """Fills with up to 9 decimals, fees of -0.5 % to 2 % in either asset, several in one minute."""
    made = []
    for number, (book, side, steps, ticks, fee_asset, bps, minute) in enumerate(drawn):
        quantity, price = Decimal(steps).scaleb(-9), Decimal(ticks).scaleb(-2)
        worth = quantity if fee_asset == "BTC" else quantity * price
        fee = worth * bps / 10000
        at = NINE + timedelta(minutes=minute)
        facts = FillFacts(
            MARKET, "BTC/USDT", "BTC", "USDT", str(number), side, quantity, price, fee, fee_asset, None, at, f"o{number}",
        )  # fmt: skip
        made.append(Entry(uuid4(), WALLET, "FILL", at, "", "test", "", legs_of_fill(book, facts), facts, book, "sim"))
    return made


def in_fractions(entries: list[Entry]) -> dict:
    """FIFO per book in exact fractions: oldest first by (time, trade number); realised net, units left, cost left."""
    lots: dict = defaultdict(list)
    net: dict = defaultdict(Fraction)
    uncovered: dict = defaultdict(Fraction)
    for entry in sorted(entries, key=lambda e: (e.event_time, int(e.fill.trade_id))):  # type: ignore[union-attr]
        fill = entry.fill
        assert fill is not None
        units, value, fee = Fraction(fill.quantity), Fraction(fill.quantity) * Fraction(fill.price), Fraction(fill.fee or 0)
        base_fee, quote_fee = (fee, Fraction(0)) if fill.fee_asset == "BTC" else (Fraction(0), fee)
        if fill.side == "BUY":
            lots[entry.book].append([units - base_fee, value, quote_fee])
            continue
        left = total = units + base_fee
        while left and lots[entry.book]:
            lot = lots[entry.book][0]
            take = min(left, lot[0])
            part = take / lot[0]
            cost, paid = lot[1] * part, lot[2] * part
            net[entry.book] += (value - quote_fee) * take / total - cost - paid
            lot[0], lot[1], lot[2], left = lot[0] - take, lot[1] - cost, lot[2] - paid, left - take
            if not lot[0]:
                lots[entry.book].pop(0)
        uncovered[entry.book] += left
    return {
        book: (net[book], sum(x[0] for x in lots[book]), sum(x[1] + x[2] for x in lots[book]), uncovered[book]) for book in BOOKS
    }


def summary(state: Fold) -> dict:
    return {
        book: (
            sum(Fraction(m.net) for m in state.matches if m.book == book),
            sum(Fraction(x.remaining) for x in state.opened if x.book == book),
            sum(Fraction(x.cost_left) + Fraction(x.fee_left) for x in state.opened if x.book == book),
            sum(Fraction(x.quantity) for x in state.uncovered if x.book == book),
        )
        for book in BOOKS
    }


def content(state: Fold) -> tuple:
    return (
        sorted((str(m.entry), m.n, str(m.lot), m.quantity, m.cost, m.proceeds, m.net) for m in state.matches),
        sorted((str(x.id), x.remaining, x.cost_left, x.fee_left) for x in state.opened),
        sorted((str(x.entry), x.quantity, x.proceeds, x.fee) for x in state.uncovered),
    )


@given(fills, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None, print_blob=True)
def test_any_order_of_arrival_gives_the_same_result(drawn: list[tuple], chance: random.Random):
    entries = entries_of(drawn)
    shuffled = entries[:]
    chance.shuffle(shuffled)
    assert content(replay(entries)) == content(replay(shuffled))


@given(fills)
@settings(max_examples=200, deadline=None, print_blob=True)
def test_the_fold_equals_one_in_exact_fractions(drawn: list[tuple]):
    """Units and uncovered units exactly; money within one unit of the 24th place per slice."""
    entries = entries_of(drawn)
    state, exact = replay(entries), in_fractions(entries)
    slack = Fraction(len(state.matches) * 4 + 1, 10**24)
    for book, (net, units, cost, missing) in summary(state).items():
        assert (units, missing) == (exact[book][1], exact[book][3])
        assert abs(net - exact[book][0]) <= slack
        assert abs(cost - exact[book][2]) <= slack


@given(fills)
@settings(max_examples=200, deadline=None, print_blob=True)
def test_lots_stay_in_range_and_positions_add_up(drawn: list[tuple]):
    """0 <= remaining <= quantity; buys - sells - base fees = sum(remaining) - uncovered, to the last digit."""
    entries = entries_of(drawn)
    state = replay(entries)
    for lot in state.opened:
        assert 0 <= lot.remaining <= lot.quantity
        assert lot.remaining or (lot.cost_left, lot.fee_left) == (0, 0)
    for book in BOOKS:
        cash = sum(Fraction(leg.amount) for e in entries for leg in e.legs if (leg.account, leg.book, leg.asset) == ("CASH", book, "BTC"))
        _, units, _, missing = summary(state)[book]
        assert cash == units - missing


@given(fills)
@settings(max_examples=200, deadline=None, print_blob=True)
def test_money_adds_up_to_the_last_digit(drawn: list[tuple]):
    """Cash that trading brought = realised - what open lots cost + what uncovered sales brought, exactly."""
    entries = entries_of(drawn)
    state = replay(entries)
    for book in BOOKS:
        cash = sum(Fraction(leg.amount) for e in entries for leg in e.legs if (leg.account, leg.book, leg.asset) == ("CASH", book, "USDT"))
        brought = sum(Fraction(x.proceeds) - Fraction(x.fee) for x in state.uncovered if x.book == book)
        net, _, spent, _ = summary(state)[book]
        assert cash == net - spent + brought


@given(fills, st.integers(0, 24))
@settings(max_examples=100, deadline=None, print_blob=True)
def test_going_on_from_open_lots_equals_one_fold_from_zero(drawn: list[tuple], cut: int):
    """What booking does: the open lots loaded, the rest applied."""
    entries = sorted(entries_of(drawn), key=lambda entry: entry.key)
    first = replay(entries[:cut])
    going_on = Fold(replace(lot) for lot in first.opened if lot.remaining)
    for entry in entries[cut:]:
        going_on.apply(entry)
    whole = replay(entries)
    assert len(first.matches) + len(going_on.matches) == len(whole.matches)
    assert sum(Fraction(m.net) for m in first.matches + going_on.matches) == sum(Fraction(m.net) for m in whole.matches)
