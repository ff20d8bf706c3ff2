"""What a journal came to after each entry, in the order of arrival: always the fold from zero of the entries up to there."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.domain import expected
from ledger.domain.arrivals import Arrivals
from ledger.domain.entries import CASH, Entry, Leg, moved
from ledger.domain.fold import replay
from ledger.domain.numbers import negated
from ledger.tests.domain.test_fold import NINE, WALLET, fill

TREND, GRID, MANUAL = uuid4(), uuid4(), uuid4()
D = Decimal

acts = st.lists(
    st.tuples(
        st.sampled_from(["BUY", "BUY", "SELL", "MOVE", "UNDO", "FEE"]), st.sampled_from([TREND, GRID, MANUAL]), st.integers(1, 900),
        st.integers(1, 900), st.integers(0, 6),
    ),
    min_size=1, max_size=22,
)  # fmt: skip


def entry(kind: str, legs: tuple[Leg, ...], *, minute: int, reverses: UUID | None = None) -> Entry:
    return Entry(uuid4(), WALLET, kind, NINE + timedelta(minutes=minute), "", "test", "", legs, None, legs[0].book, "sim", reverses)


def handed_over(source: UUID, target: UUID, coins: str, *, minute: int) -> Entry:
    return entry("ALLOCATION", moved(source, target, "BTC", D(coins)), minute=minute)


def undone(first: Entry, *, minute: int) -> Entry:
    return entry("REVERSAL", tuple(leg._replace(amount=negated(leg.amount)) for leg in first.legs), minute=minute, reverses=first.id)


def fee_of(first: Entry, paid: str, *, minute: int) -> Entry:
    legs = (Leg(CASH, first.book, "USDT", D(paid).copy_negate()), Leg("FEES", first.book, "USDT", D(paid)))
    return entry("FEE_FIX", legs, minute=minute, reverses=first.id)


def after(*entries: Entry) -> Arrivals:
    so_far = Arrivals()
    for one in entries:
        so_far.take(one)
    so_far.fold_late()
    return so_far


def test_a_sale_is_worth_what_was_known_when_it_came_and_something_else_once_an_older_purchase_is_told():
    """1 bought at 100, sold at 130: 30. Then one bought before at 90 is told: the sale took that one, so 40."""
    so_far = after(fill("BUY", "1", "100", minute=5), fill("SELL", "1", "130", minute=6))
    assert so_far.realised[None, "USDT"] == 30
    so_far.take(fill("BUY", "1", "90", minute=1))
    so_far.fold_late()
    assert so_far.realised[None, "USDT"] == 40


def test_coins_that_were_handed_over_carry_their_cost_as_capital_and_a_late_purchase_changes_it():
    """1 at 100 handed to MANUAL: 100 of capital there, 100 less here. A purchase at 90 before it, told later: 90."""
    first = fill("BUY", "1", "100", minute=5, book=TREND)
    gone = handed_over(TREND, MANUAL, "1", minute=6)
    assert [after(first, gone).capital(book, "USDT") for book in (TREND, MANUAL)] == [-100, 100]
    late = after(first, gone, fill("BUY", "1", "90", minute=1, book=TREND))
    assert [late.capital(book, "USDT") for book in (TREND, MANUAL)] == [-90, 90]


def test_what_is_undone_realised_nothing_and_a_fee_that_was_told_later_counts_at_its_fill():
    bought, sold = fill("BUY", "1", "100", minute=1), fill("SELL", "1", "130", minute=2, fee=None)
    assert after(bought, sold).realised[None, "USDT"] == 30
    assert after(bought, sold, fee_of(sold, "0.5", minute=3)).realised[None, "USDT"] == D("29.5")
    assert after(bought, sold, undone(sold, minute=3)).realised[None, "USDT"] == 0


def story(drawn: list[tuple[str, UUID, int, int, int]], chance: random.Random) -> list[Entry]:
    """Fills, coins handed over, reversals and fees told later; all but the last two, which name their entry, in any order of arrival."""
    made: list[Entry] = []
    named: list[tuple[str, int]] = []
    for number, (act, book, amount, price, minute) in enumerate(drawn):
        if act in ("UNDO", "FEE"):
            named.append((act, amount))
        elif act == "MOVE":
            made.append(handed_over(book, MANUAL if book != MANUAL else TREND, str(D(amount) / 100), minute=minute))
        else:
            fee = None if amount % 3 == 0 else str(D(price) / 1000)
            made.append(fill(act, str(D(amount) / 100), str(price), minute=minute, fee=fee, book=book, trade=str(number)))
    chance.shuffle(made)
    for act, amount in named:
        free = [one for one in made if one.fill and one.id not in {other.reverses for other in made}]
        pending = [one for one in free if one.fill and one.fill.fee is None]
        if act == "UNDO" and free:
            made.append(undone(free[amount % len(free)], minute=amount % 7))
        elif act == "FEE" and pending:
            made.append(fee_of(pending[amount % len(pending)], "0.25", minute=amount % 7))
    return made


@given(acts, st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=300, deadline=None, print_blob=True)
def test_at_every_place_it_is_the_fold_from_zero_of_the_entries_before(drawn: list[tuple], chance: random.Random, every: int):
    """Asked after every, every second ... every fourth entry: what came late meanwhile is folded once."""
    entries = story(drawn, chance)
    so_far = Arrivals()
    for count, one in enumerate(entries, start=1):
        so_far.take(one)
        if count % every:
            continue
        so_far.fold_late()
        fold, money = replay([replace(known) for known in entries[:count]]), expected.allocated(entries[:count])
        whole = so_far.whole()
        assert (whole.matches, whole.opened, whole.uncovered) == (fold.matches, fold.opened, fold.uncovered)
        assert so_far.realised.get((None, "USDT"), 0) == sum((match.net for match in fold.matches), D(0))
        for book in (TREND, GRID, MANUAL):
            assert so_far.realised.get((book, "USDT"), 0) == sum((match.net for match in fold.matches if match.book == book), D(0))
            assert so_far.capital(book, "USDT") == money.get((book, "USDT"), 0) + fold.coins_at_cost.get(book, 0)
