"""The proof of the ledger works out again what each equity point said of funding and profit, and names who, when and how much."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from accounts.models import User
from ledger.domain.entries import CASH, Entry, Leg
from ledger.models import Book, BookKind, EquityPoint, Fill
from ledger.operations import booking, capital, equity, verify
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db
SMALLEST = Decimal("1e-24")


@pytest.fixture
def traded(alice: User, btc: Any) -> Book:
    """1,000 into a book; 0.02 bought at 20,000; half sold at 21,000 with a profit of 10 - 0.2 - 0.21 = 9.59; a point after each, and the
    rest handed over to MANUAL at its cost of 200.2 in the end."""
    wallet = b.fund(alice)
    book = b.book(wallet, "1000")
    b.mark(btc, "21000")
    for minute, (side, quantity, price, fee) in enumerate((("BUY", "0.02", "20000", "0.4"), ("SELL", "0.01", "21000", "0.21"))):
        b.filled(book, side, quantity, price, fee=fee, at=b.MONDAY + b.minutes(minute))
        pointed(book, minute=minute)
    capital.release(book=book.id, asset="BTC", actor="user:x", now=b.MONDAY + b.minutes(3), to=BookKind.MANUAL)
    return book


def pointed(book: Book, *, minute: int) -> None:
    assert equity.snapshot(wallets=[book.wallet_id], books=[book.id], now=b.MONDAY + b.minutes(minute)) == []


def planted(point: EquityPoint, column: str, amount: Decimal) -> verify.Verdict:
    """Change a figure and, as the table demands, the unrealised profit with it: what somebody who owns the database could do."""
    other = "unrealised" if column != "unrealised" else "realised"
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE ledger_equitypoint SET {column} = {column} + %s, {other} = {other} - %s WHERE id = %s", [amount, amount, point.id]
        )
    return verify.verify()


def test_what_stands_holds(traded: Book) -> None:
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference
    last = EquityPoint.objects.filter(book=traded).latest("at")
    assert (last.realised, last.net_funding) == (Decimal("9.59"), 1000 - Decimal("200.2"))
    manual = EquityPoint.objects.get(book__kind="MANUAL")
    assert (manual.net_funding, manual.unrealised) == (Decimal("200.2"), Decimal("9.8"))


@pytest.mark.parametrize("scope", ["BOT", "MANUAL", None])
@pytest.mark.parametrize("column", ["realised", "net_funding"])
@pytest.mark.parametrize("amount", [Decimal(5000), SMALLEST])
def test_a_figure_that_was_moved_into_another_is_found(traded: Book, scope: str | None, column: str, amount: Decimal) -> None:
    """Profit that was none, or capital that was profit; the last digit of the 24 is enough."""
    mine = EquityPoint.objects.filter(book__kind=scope) if scope else EquityPoint.objects.filter(book=None)
    point = mine.latest("at", "id")
    verdict = planted(point, column, amount)
    assert (verdict.ok, verdict.checks["equity"]) == (False, False)
    first = verdict.first_difference
    assert first is not None
    whose = f"book {point.book_id}" if scope else "the wallet"
    assert first.key == f"{point.id} of {whose} in USDT at {point.at:%Y-%m-%dT%H:%M:%S.%fZ}"
    assert first.column == column
    assert Decimal(first.stored or 0) - Decimal(first.expected or 0) == amount


def test_an_unrealised_profit_that_does_not_follow_is_found_where_the_table_lost_its_check(traded: Book) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_equitypoint DROP CONSTRAINT equity_both_ways_equal")
        cursor.execute("UPDATE ledger_equitypoint SET unrealised = unrealised + 1 WHERE book_id IS NULL")
    first = verify.verify().first_difference
    assert first is not None
    assert (first.table, first.column) == ("ledger_equitypoint", "unrealised")


def test_points_of_before_a_late_fill_keep_what_was_known_then(traded: Book) -> None:
    """0.01 bought at 19,000 before all others is told last: the sale has taken that one. Its profit was 9.59 and is 210 - 190 - 0.21
    = 19.79; the points of before say 9.59 and hold, the one after says 19.79."""
    b.filled(traded, "BUY", "0.01", "19000", at=b.MONDAY - b.minutes(5), now=b.MONDAY + b.minutes(9))
    pointed(traded, minute=9)
    said = list(EquityPoint.objects.filter(book=traded).order_by("at", "id").values_list("realised", flat=True))
    assert said == [0, 0, Decimal("9.59"), Decimal("9.59"), Decimal("19.79")]
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference
    assert not planted(EquityPoint.objects.filter(book=traded).latest("at"), "realised", SMALLEST).ok


def test_a_fee_that_is_told_later_counts_from_there_on(traded: Book) -> None:
    """A sale whose fee nobody knew: 410 - 400 of the other book; once the fee of 1 is told, 9."""
    other = b.book(traded.wallet, "1000", label="other")
    b.filled(other, "BUY", "0.02", "20000", at=b.MONDAY + b.minutes(10))
    b.filled(other, "SELL", "0.02", "20500", fee=None, fee_asset=None, at=b.MONDAY + b.minutes(11))
    pointed(other, minute=12)
    sold = Fill.objects.get(book=other, side="SELL")
    legs = (Leg(CASH, other.id, "USDT", Decimal(-1)), Leg("FEES", other.id, "USDT", Decimal(1)))
    at = b.MONDAY + b.minutes(13)
    fix = Entry(
        UUID(int=7), other.wallet_id, "FEE_FIX", at, "", "system:test", "the venue told it", legs, None, other.id, "sim", sold.entry_id
    )
    booking.book([fix], now=at)
    pointed(other, minute=14)
    assert list(EquityPoint.objects.filter(book=other).order_by("at").values_list("realised", flat=True)) == [0, 10, 9]
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference
