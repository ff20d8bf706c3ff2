"""A line of equity is thinned where its points are stored: a page asks for as many as it draws, however long somebody has traded."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.models import Book, EquityPoint, Wallet
from ledger.queries import equity, sparks
from ledger.tests import builders

pytestmark = pytest.mark.django_db
COLUMNS = ", ".join(str(field.column) for field in EquityPoint._meta.concrete_fields if field.column not in ("id", "at"))


@pytest.fixture
def long_history(alice) -> Wallet:
    """1,001 points, one a minute, the last at the deposit."""
    builders.fund(alice, "1000")
    wallet = Wallet.objects.get(owner=alice)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO ledger_equitypoint (id, at, {COLUMNS}) SELECT gen_random_uuid(), at - make_interval(mins => g), {COLUMNS} "
            "FROM ledger_equitypoint, generate_series(1, 1000) g WHERE wallet_id = %s AND book_id IS NULL",
            [wallet.id],
        )
    return wallet


def minutes_of(wallet: Wallet, *, most: int) -> list[int]:
    """Which minutes the line shows, from 0 for the first to 1000 for the last."""
    newest = EquityPoint.objects.order_by("-at")[0].at
    return [1000 - int((newest - point.at).total_seconds()) // 60 for point in equity.curve(wallet=wallet.id, most=most)]


@pytest.mark.parametrize(("most", "steps"), [(101, {10}), (100, {10, 11}), (11, {100}), (2, {1000})])
def test_a_long_line_has_as_many_points_as_were_asked_for_evenly_from_the_first_to_the_last(long_history, most, steps):
    numbers = minutes_of(long_history, most=most)

    assert (len(numbers), numbers[0], numbers[-1]) == (most, 0, 1000)
    assert {later - before for before, later in pairwise(numbers)} == steps


@pytest.mark.parametrize("most", [1001, 5000])
def test_a_short_line_is_whole(long_history, most):
    assert minutes_of(long_history, most=most) == list(range(1001))


def test_a_line_of_one_point_or_none_is_what_there_is(long_history):
    newest = EquityPoint.objects.order_by("-at")[0].at
    [only] = equity.curve(wallet=long_history.id, frm=newest, most=600)

    assert only.equity == Decimal(1000)
    assert equity.curve(wallet=long_history.id, frm=newest + timedelta(seconds=1), most=600) == []


def test_the_database_sends_only_what_is_drawn(long_history):
    """One statement; what it returns is counted by its own plan."""
    with CaptureQueriesContext(connection) as seen:
        equity.curve(wallet=long_history.id, most=100)
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + seen[0]["sql"])
        [[plan]] = cursor.fetchall()

    assert len(seen) == 1
    assert plan[0]["Plan"]["Actual Rows"] == 100


def small_line(wallet: Wallet, points: list[tuple[int, str]]) -> list[Decimal]:
    """The small line of a book with these points (minutes after the span's begin, worth), in slots of an hour."""
    book = Book.objects.filter(wallet=wallet)[0]
    start = EquityPoint.objects.order_by("-at")[0].at + timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_equitypoint WHERE book_id = %s", [book.id])
        for minutes, worth in points:
            cursor.execute(
                f"INSERT INTO ledger_equitypoint (id, at, {COLUMNS}) SELECT gen_random_uuid(), %s, {COLUMNS} FROM ledger_equitypoint "
                "WHERE wallet_id = %s AND book_id IS NULL LIMIT 1",
                [start + timedelta(minutes=minutes), wallet.id],
            )
            EquityPoint.objects.filter(at=start + timedelta(minutes=minutes)).update(book=book, equity=worth, net_funding=worth)
    return sparks.of_books(books=[book.id], since=start, slot_s=3600).get(book.id, [])


@pytest.mark.parametrize(
    ("points", "line"),
    [
        ([(0, "1000"), (10, "1002"), (130, "1001")], [1000, 1002, 1001]),
        ([(-5000, "990"), (-10, "995"), (10, "1002"), (20, "1003"), (130, "1001")], [995, 1003, 1001]),
        ([(-10, "995")], [995]),
        ([(10, "1000")], [1000]),
        ([], []),
    ],
    ids=["young", "older", "only-before", "one-point", "none"],
)  # fmt: skip
def test_a_small_line_begins_with_what_the_book_was_worth_when_its_span_began(alice, points, line):
    """In 'young' the book is one above its begin: a line from the end of its first hour would fall beside a profit."""
    builders.fund(alice, "1000")

    assert small_line(Wallet.objects.get(owner=alice), points) == [Decimal(worth) for worth in line]
