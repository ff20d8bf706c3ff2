"""Pages of the journal: the balance after each entry, on every page, without reading what is older."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection

from accounts.models import User
from ledger import migrations
from ledger.models import EquityPoint
from ledger.operations import equity
from ledger.queries import pages, portfolio
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db


def test_each_entry_shows_the_balance_after_it_on_every_page(alice: User):
    """10,000 in; 1,000 to a book (moves nothing out of the wallet); 0.01 BTC for 200 + 0.20; 0.005 sold for 110."""
    b.market()
    wallet = b.fund(alice, "10000")
    book = b.book(wallet, "1000")
    b.filled(book, "BUY", "0.01", "20000", fee="0.2")
    b.filled(book, "SELL", "0.005", "22000", at=b.MONDAY + b.minutes(1))
    whole = pages.of_wallet(wallet=wallet.id, before=None, most=10)
    after = {row.seq: {change.asset: change.after for change in row.changes} for row in whole}
    assert after[4] == {"BTC": Decimal("0.005"), "USDT": Decimal("9909.8")}
    assert after[3] == {"BTC": Decimal("0.01"), "USDT": Decimal("9799.8")}
    assert (after[2], after[1]) == ({"USDT": 10000}, {"USDT": 10000})
    for before in (5, 4, 3, 2):
        [row] = pages.of_wallet(wallet=wallet.id, before=before, most=1)
        assert {change.asset: change.after for change in row.changes} == after[row.seq]
    assert pages.of_wallet(wallet=wallet.id, before=1, most=5) == []


def test_what_the_newest_point_keeps_of_the_fall_equals_a_fold_of_all_points(alice: User, btc):
    """Deposits between the falls, thirds among the navs; the points of before the migration get the same."""
    wallet = b.fund(alice, "9000")
    b.filled(b.book(wallet, "9000"), "BUY", "0.3", "20000")
    for minute, price in enumerate(("21000", "17000", "19000", "13000", "23000", "22000"), start=1):
        b.mark(btc, price, at=b.MONDAY + b.minutes(minute))
        if minute % 2:
            b.fund(alice, "777.7", now=b.MONDAY + b.minutes(minute))
        equity.snapshot(wallets=[wallet.id], books=[], now=b.MONDAY + b.minutes(minute))
    kept = dict(EquityPoint.objects.values_list("id", "deepest"))
    EquityPoint.objects.update(deepest=0)
    with connection.cursor() as cursor:
        cursor.execute((Path(migrations.__file__).parent / "sql" / "deepest_falls.sql").read_text())
    assert dict(EquityPoint.objects.values_list("id", "deepest")) == kept
    found = portfolio.summary(owner=alice.id, now=b.MONDAY).drawdown
    with connection.cursor() as cursor:
        cursor.execute("SELECT nav, peak FROM ledger_equitypoint WHERE book_id IS NULL ORDER BY at, id")
        navs = cursor.fetchall()
    falls = [float((peak - nav) / peak) for nav, peak in navs]
    assert float(found.maximum) == pytest.approx(max(falls), abs=1e-15)
    assert float(found.current) == pytest.approx(falls[-1], abs=1e-15)
    assert found.high_water_mark == max(peak for _, peak in navs)
