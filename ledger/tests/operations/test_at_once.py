"""Many at once against the real database: what is granted is what was there."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from accounts.domain.refusals import Refusal
from accounts.models import Alert
from accounts.tests.builders import person
from ledger.models import Balance, Book, Fill, Market, Reservation
from ledger.operations import capital, equity, fills, reservations, verify
from ledger.operations.reservations import Hold
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db(transaction=True)
SIXTEEN = 16


def all_at_once(act: Callable[[int], str], *, times: int = SIXTEEN) -> list[str]:
    """`act(number)` in so many threads, started together; what each answered."""
    start = Barrier(times)

    def one(number: int) -> str:
        try:
            start.wait(timeout=60)
            return act(number)
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(one, range(times)))


@pytest.fixture
def book() -> Book:
    b.market()
    return b.book(b.fund(person("iris"), "10000"), "500")


def test_sixteen_holds_of_100_against_500_grant_exactly_five(book: Book):
    def hold(number: int) -> str:
        reservations.hold([Hold(f"o{number}", book.id, "USDT", Decimal(100))], now=b.MONDAY)
        return "HELD"

    answers = all_at_once(hold)
    assert (answers.count("HELD"), answers.count("INSUFFICIENT_FUNDS")) == (5, 11)
    assert Reservation.objects.count() == 5
    row = Balance.objects.get(book=book, asset="USDT")
    assert (row.cash, row.reserved) == (0, 500)
    assert verify.verify().ok


def test_sixteen_books_want_1000_of_9500_and_nine_get_it(book: Book):
    others = [b.book(book.wallet) for _ in range(SIXTEEN)]

    def allocate(number: int) -> str:
        capital.allocate(book=others[number].id, asset="USDT", amount=Decimal(1000), actor="user:x", now=b.MONDAY)
        return "GOT"

    answers = all_at_once(allocate)
    assert (answers.count("GOT"), answers.count("INSUFFICIENT_FREE_FUNDS")) == (9, 7)
    assert verify.verify().ok


def test_one_trade_told_sixteen_times_at_once_is_booked_once(book: Book):
    told = b.report(book, "BUY", "0.01", "20000", trade="77")
    answers = all_at_once(lambda number: str(fills.record([told], now=b.MONDAY)[0].status))
    assert (answers.count("BOOKED"), answers.count("DUPLICATE")) == (1, 15)
    assert Fill.objects.count() == 1
    assert verify.verify().ok


def test_fills_holds_and_capital_of_two_wallets_mixed_leave_a_whole_ledger(book: Book):
    """Batches that cross wallets and books in both orders neither dead-lock nor lose a cent."""
    other = b.book(b.fund(person("jack"), "10000"), "500")
    pair = (book, other)

    def mixed(number: int) -> str:
        for turn in range(4):
            tag = f"{number}-{turn}"
            both = pair if number % 2 else pair[::-1]
            at = b.MONDAY + b.minutes(number * 4 + turn)
            fills.record([b.report(of, "BUY", "0.001", "20000", trade=tag, at=at, fee="0.02") for of in both], now=at)
            reservations.hold([Hold(f"{tag}-{pair.index(of)}", of.id, "USDT", Decimal(1)) for of in both], now=at)
            capital.allocate(book=both[0].id, asset="USDT", amount=Decimal(5), actor="user:x", now=at)
            reservations.close([f"{tag}-{pair.index(of)}" for of in both], now=at)
        return "DONE"

    assert set(all_at_once(mixed, times=8)) <= {"DONE", "INSUFFICIENT_FUNDS"}
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference


def test_valuing_beside_eight_bookers_never_sees_half_a_fill(book: Book):
    """The two formulas for equity agree at every point, whoever books meanwhile."""
    b.mark(Market.objects.get(), "20000")

    def act(number: int) -> str:
        for turn in range(6):
            at = b.MONDAY + b.minutes(turn)
            if number % 2:
                fills.record([b.report(book, "BUY", "0.001", "20000", fee="0.02", trade=f"{number}-{turn}", at=at)], now=at)
            elif equity.snapshot(wallets=[book.wallet_id], books=[book.id], now=at):
                return "UNKNOWN"
        return "DONE"

    assert set(all_at_once(act)) == {"DONE"}
    assert not Alert.objects.filter(code="EQUITY_DISAGREES").exists()
