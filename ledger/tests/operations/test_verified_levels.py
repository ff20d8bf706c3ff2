"""The proof of the ledger follows units, nav, peak and deepest fall from point to point, and names the first that does not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import User
from ledger.models import EquityPoint, Wallet
from ledger.operations import equity, funding, verify
from ledger.tests import builders as b


@pytest.fixture
def walked(alice: User, btc: Any) -> Wallet:
    """9,000 in, 0.3 BTC at 20,000; the price falls and rises, 1,000 come and 500 go meanwhile."""
    wallet = b.fund(alice, "9000")
    b.filled(b.book(wallet, "9000"), "BUY", "0.3", "20000")
    for minute, price in enumerate(("21000", "17000", "19000", "13000"), start=1):
        at = b.MONDAY + b.minutes(minute)
        b.mark(btc, price, at=at)
        if minute == 2:
            b.fund(alice, "1000", now=at)
        if minute == 3:
            funding.withdraw(wallet=wallet.id, asset="USDT", amount=Decimal(500), actor="user:x", request_id="", now=at)
        equity.snapshot(wallets=[wallet.id], books=[], now=at)
    return wallet


def test_what_was_written_is_what_follows(walked: Wallet) -> None:
    """9,300 over 9,000 units is the peak; at 13,000 the nav is 7,400 over the units that 1,000 bought and 500 gave back."""
    last = EquityPoint.objects.filter(book=None).latest("at", "id")
    assert last.equity == 3000 + 3900 + 1000 - 500
    assert abs(last.peak - Decimal(9300) / 9000) < Decimal("1e-20")
    assert last.deepest == max(EquityPoint.objects.filter(book=None).values_list("deepest", flat=True)) > Decimal("0.2")
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference


@pytest.mark.parametrize("column", ["units", "nav", "peak", "deepest"])
@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_touched_level_is_named_by_its_row(walked: Wallet, column: str, number: int) -> None:
    """A hidden fall flatters whoever is judged by it; the last digit of the 24 is enough to be found."""
    ids = list(EquityPoint.objects.filter(book=None).order_by("at", "id").values_list("id", flat=True))
    touched = ids[number]
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE ledger_equitypoint SET {column} = {column} + 0.000000000000000000000001 WHERE id = %s", [touched])
    verdict = verify.verify()
    assert (verdict.ok, verdict.checks["equity"]) == (False, False)
    first = verdict.first_difference
    assert first is not None
    assert (first.table, first.key.split()[0], first.column) == ("ledger_equitypoint", str(touched), column)
    assert Decimal(first.stored or 0) - Decimal(first.expected or 0) == Decimal("1e-24")


def test_a_point_taken_out_of_the_middle_is_found(walked: Wallet) -> None:
    """Without the point of its peak the fall would look smaller."""
    top = EquityPoint.objects.filter(book=None).order_by("-nav").first()
    assert top is not None
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_equitypoint WHERE id = %s", [top.id])
    found = verify.verify().first_difference
    assert found is not None
    assert found.column in ("peak", "nav", "units", "deepest")


def test_points_of_the_past_written_later_follow_the_newest_of_their_time(walked: Wallet, btc: Any) -> None:
    """A back-fill values yesterday what a person moved today: such a point follows the newest one, and the next one too."""
    for minute in (-60, -30, 9):
        equity.snapshot(wallets=[walked.id], books=[], now=b.MONDAY + b.minutes(minute))
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference


@pytest.mark.django_db(transaction=True)
def test_the_application_can_neither_touch_nor_drop_a_point(walked: Wallet, app_connection: psycopg.Connection[Any]) -> None:
    for statement in ("UPDATE ledger_equitypoint SET deepest = 0", "DELETE FROM ledger_equitypoint"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_connection.execute(statement)
