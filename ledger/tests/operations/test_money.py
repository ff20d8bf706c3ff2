"""Deposits, capital, reservations and fills as stories of one wallet."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.domain.refusals import Conflict, Malformed, Refusal
from accounts.models import Alert, AuditRow, User
from ledger.models import (
    Allocation,
    Balance,
    Book,
    BookKind,
    EquityPoint,
    Fill,
    JournalEntry,
    Lot,
    LotMatch,
    ProfitBucket,
    Reservation,
    Wallet,
)
from ledger.operations import capital, equity, fills, funding, reservations, verify
from ledger.operations.reservations import Hold
from ledger.tests import builders as b


def row(of: Book, asset: str) -> tuple[Decimal, Decimal, Decimal]:
    found = Balance.objects.get(book=of, asset=asset)
    return found.cash, found.reserved, found.deficit


def proven() -> None:
    """Deferred triggers fired, and every projection equal to a fold from zero."""
    connection.check_constraints()
    verdict = verify.verify()
    assert verdict.ok, verdict.first_difference


def test_a_deposit_is_free_money_with_audit_row_and_equity(alice: User, alice_wallet: Wallet):
    [usdt] = b.balances(alice_wallet)
    assert (usdt.free, usdt.balance, usdt.allocated_balance) == (10000, 10000, 0)
    assert AuditRow.objects.filter(act="wallet.deposit", subject=f"wallet:{alice_wallet.id}").count() == 1
    point = EquityPoint.objects.get(wallet=alice_wallet)
    assert (point.equity, point.net_funding, point.nav) == (10000, 10000, 1)
    proven()


def test_the_same_deposit_told_twice_moves_money_once(alice_wallet: Wallet):
    def put(amount: str):
        return funding.deposit(
            wallet=alice_wallet.id, asset="USDT", amount=Decimal(amount), actor="user:x", request_id="", now=b.MONDAY, external_id="k1"
        )

    assert put("50").seq == put("50").seq == 2
    with pytest.raises(Conflict, match="IDEMPOTENCY_KEY_REUSED"):
        put("51")
    assert b.balances(alice_wallet)[0].balance == 10050


def test_nobody_withdraws_more_than_is_free(alice_wallet: Wallet):
    b.book(alice_wallet, "9000")
    with pytest.raises(Refusal) as refused:
        funding.withdraw(wallet=alice_wallet.id, asset="USDT", amount=Decimal(1001), actor="user:x", request_id="", now=b.MONDAY)
    assert (refused.value.code, refused.value.numbers["free"], refused.value.numbers["asked"]) == ("INSUFFICIENT_FUNDS", 1000, 1001)
    funding.withdraw(wallet=alice_wallet.id, asset="USDT", amount=Decimal(1000), actor="user:x", request_id="", now=b.MONDAY)
    assert b.balances(alice_wallet)[0].free == 0
    proven()


@pytest.mark.parametrize("amount", ["0", "-1", "NaN", "Infinity", "1" + "0" * 39, "0." + "0" * 24 + "1"])
def test_an_amount_that_is_none_is_refused_and_nothing_is_written(alice_wallet: Wallet, amount: str):
    before = JournalEntry.objects.count()
    with pytest.raises(Malformed):
        funding.deposit(wallet=alice_wallet.id, asset="USDT", amount=Decimal(amount), actor="user:x", request_id="", now=b.MONDAY)
    assert JournalEntry.objects.count() == before


def test_capital_moves_into_a_book_and_profit_never_changes_it(alice_wallet: Wallet):
    """5,000 in; 0.1 BTC bought at 20,000 and sold at 21,000 earns 100 less 4.10 fees; the capital stays 5,000."""
    book = b.book(alice_wallet, "5000")
    b.filled(book, "BUY", "0.1", "20000", fee="2")
    b.filled(book, "SELL", "0.1", "21000", fee="2.1", at=b.MONDAY + b.minutes(1))
    assert Allocation.objects.get(book=book).amount == 5000
    assert row(book, "USDT") == (Decimal("5095.9"), 0, 0)
    assert [m.net for m in LotMatch.objects.all()] == [Decimal("95.9")]
    bucket = ProfitBucket.objects.get(book=book)
    assert (bucket.gross, bucket.fees, bucket.net, bucket.matches) == (100, Decimal("4.1"), Decimal("95.9"), 1)
    proven()


def test_a_book_may_give_back_more_than_it_got(alice_wallet: Wallet):
    book = b.book(alice_wallet, "5000")
    b.filled(book, "BUY", "0.1", "20000")
    b.filled(book, "SELL", "0.1", "21000", at=b.MONDAY + b.minutes(1))
    capital.release(book=book.id, asset="USDT", actor="user:x", now=b.MONDAY + b.minutes(2))
    assert Allocation.objects.get(book=book).amount == -100
    assert b.balances(alice_wallet)[-1].free == 10100
    proven()


def test_no_book_gets_more_than_is_free(alice_wallet: Wallet):
    with pytest.raises(Refusal) as refused:
        b.book(alice_wallet, "10000.01")
    assert refused.value.code == "INSUFFICIENT_FREE_FUNDS"
    assert refused.value.numbers["free"] == 10000


@pytest.mark.parametrize("minutes", [5, 0])
def test_a_kept_position_goes_to_the_free_book_with_cost_and_date(alice_wallet: Wallet, minutes: int):
    """Also in the very moment of its fill, behind which an ALLOCATION would sort."""
    book = b.book(alice_wallet, "5000")
    b.filled(book, "BUY", "0.1", "20000", fee="2")
    capital.release(book=book.id, asset="BTC", actor="user:x", now=b.MONDAY + b.minutes(minutes))
    free = Book.objects.get(wallet=alice_wallet, kind="FREE")
    assert not Lot.objects.filter(book=book, remaining__gt=0).exists()
    held = Lot.objects.get(book=free, remaining__gt=0)
    assert (held.asset_id, held.remaining, held.cost_left, held.fee_left, held.opened_at) == ("BTC", Decimal("0.1"), 2000, 2, b.MONDAY)
    assert Allocation.objects.get(book=book).coins_at_cost == -2002
    proven()


def test_coins_as_the_first_capital_of_a_book_count_at_what_they_cost(alice_wallet: Wallet, btc):
    """2 BTC bought for 200 go to the free book, 1 of them on to a book that never had money: its capital is 100 USDT, and 5 more."""
    b.filled(b.book(alice_wallet, "1000"), "BUY", "2", "100")
    b.mark(btc, "100")
    capital.release(book=Book.objects.get(kind="BOT").id, asset="BTC", actor="user:x", now=b.MONDAY + b.minutes(5))
    manual = Book.objects.get(wallet=alice_wallet, kind="MANUAL")
    capital.allocate(book=manual.id, asset="BTC", amount=Decimal(1), actor="user:x", now=b.MONDAY + b.minutes(6))
    capital.allocate(book=manual.id, asset="USDT", amount=Decimal(5), actor="user:x", now=b.MONDAY + b.minutes(7))
    given = Allocation.objects.get(book=manual)
    assert (given.asset_id, given.amount, given.coins_at_cost) == ("USDT", 5, 100)
    assert EquityPoint.objects.filter(book=manual).latest("at").equity == 105
    assert not Alert.objects.filter(code="EQUITY_DISAGREES").exists()
    proven()


def test_coins_handed_to_the_manual_book_are_the_ones_that_the_book_bought(alice_wallet: Wallet, btc):
    """1 BTC bought for 90 lies free already; the one that is handed over was bought later, for 100, and stays the one for 100."""
    first, second = b.book(alice_wallet, "1000"), b.book(alice_wallet, "1000", label="other")
    b.filled(first, "BUY", "1", "90")
    capital.release(book=first.id, asset="BTC", actor="user:x", now=b.MONDAY + b.minutes(5))
    b.filled(second, "BUY", "1", "100", now=b.MONDAY + b.minutes(6))
    b.mark(btc, "100")
    capital.release(book=second.id, asset="BTC", actor="user:x", now=b.MONDAY + b.minutes(7), to=BookKind.MANUAL)
    given = Allocation.objects.get(book__wallet=alice_wallet, book__kind="MANUAL")
    assert (given.asset_id, given.amount, given.coins_at_cost) == ("USDT", 0, 100)
    assert EquityPoint.objects.filter(book=given.book).latest("at").equity == 100
    proven()


def test_a_late_buy_behind_a_kept_position_ends_as_if_it_had_been_in_time(alice_wallet: Wallet):
    """The bot's coins went to FREE when a purchase of an hour earlier is told: the older lot is the one that moved."""
    book = b.book(alice_wallet, "5000")
    b.filled(book, "BUY", "0.1", "20000", at=b.MONDAY + b.minutes(60))
    capital.release(book=book.id, asset="BTC", actor="user:x", now=b.MONDAY + b.minutes(70))
    b.filled(book, "BUY", "0.1", "10000", at=b.MONDAY)
    free = Book.objects.get(wallet=alice_wallet, kind="FREE")
    assert Lot.objects.get(book=free, remaining__gt=0).cost_left == 1000
    assert Lot.objects.get(book=book, remaining__gt=0).cost_left == 2000
    assert AuditRow.objects.filter(act="ledger.refold").count() == 2
    proven()


def test_a_reservation_takes_money_from_what_may_be_spent(alice_wallet: Wallet):
    """1,000 held for an order of 1,000; a second order of 1 finds nothing."""
    book = b.book(alice_wallet, "1000")
    reservations.hold([Hold("o1", book.id, "USDT", Decimal(1000))], now=b.MONDAY)
    assert row(book, "USDT") == (0, 1000, 0)
    with pytest.raises(Refusal, match="INSUFFICIENT_FUNDS"):
        reservations.hold([Hold("o2", book.id, "USDT", Decimal(1))], now=b.MONDAY)
    proven()


def test_a_fill_takes_its_money_from_the_reservation_and_the_rest_is_released(alice_wallet: Wallet):
    """500 held; 0.01 BTC at 20,000 with 0.20 fee takes 200.20; the order ends and 299.80 come back."""
    book = b.book(alice_wallet, "1000")
    reservations.hold([Hold("o1", book.id, "USDT", Decimal(500))], now=b.MONDAY)
    b.filled(book, "BUY", "0.01", "20000", fee="0.2", order="o1")
    assert row(book, "USDT") == (500, Decimal("299.8"), 0)
    assert reservations.close(["o1"], now=b.MONDAY) == 1
    assert reservations.close(["o1"], now=b.MONDAY) == 0
    assert row(book, "USDT") == (Decimal("799.8"), 0, 0)
    held = Reservation.objects.get()
    assert (held.captured, held.released, held.live) == (Decimal("200.2"), Decimal("299.8"), False)
    proven()


def test_a_fill_that_costs_more_than_was_held_takes_the_rest_from_cash(alice_wallet: Wallet):
    book = b.book(alice_wallet, "1000")
    reservations.hold([Hold("o1", book.id, "USDT", Decimal(100))], now=b.MONDAY)
    b.filled(book, "BUY", "0.01", "20000", order="o1")
    assert row(book, "USDT") == (800, 0, 0)
    assert not Reservation.objects.get().live
    proven()


def test_facts_may_overdraw_and_later_inflow_repays_first(alice_wallet: Wallet):
    """1,000 in the book, 1,200 spent: 200 deficit and an alert; 300 more capital leave 100."""
    book = b.book(alice_wallet, "1000")
    b.filled(book, "BUY", "0.06", "20000")
    assert row(book, "USDT") == (0, 0, 200)
    assert Alert.objects.filter(code="WALLET_DEFICIT", person=alice_wallet.owner).count() == 1
    capital.allocate(book=book.id, asset="USDT", amount=Decimal(300), actor="user:x", now=b.MONDAY + b.minutes(1))
    assert row(book, "USDT") == (100, 0, 0)
    proven()


def test_while_a_wallet_owes_nothing_leaves_it_and_a_deposit_repays_first(alice_wallet: Wallet):
    """Two books owe 200 and 50: nothing is withdrawn or set aside for a third; a deposit of 220 repays 200 and 20, one of 100 the
    last 30 and leaves 70 free."""
    free = Book.objects.get(wallet=alice_wallet, kind="FREE")
    first, second, third = b.book(alice_wallet, "1000"), b.book(alice_wallet, "150", label="two"), b.book(alice_wallet, label="three")
    before = row(free, "USDT")[0]
    b.filled(first, "BUY", "0.06", "20000")
    b.filled(second, "BUY", "0.01", "20000")
    later: dict[str, Any] = {"actor": "user:x", "now": b.MONDAY + b.minutes(1)}
    for taken in (
        lambda: funding.withdraw(wallet=alice_wallet.id, asset="USDT", amount=Decimal(1), request_id="", **later),
        lambda: capital.allocate(book=third.id, asset="USDT", amount=Decimal(1), **later),
    ):
        with pytest.raises(Refusal, match="WALLET_DEFICIT"):
            taken()
    funding.deposit(wallet=alice_wallet.id, asset="USDT", amount=Decimal(220), request_id="", **later)
    assert (row(first, "USDT"), row(second, "USDT"), row(free, "USDT")[0]) == ((0, 0, 0), (0, 0, 30), before)
    funding.deposit(wallet=alice_wallet.id, asset="USDT", amount=Decimal(100), request_id="", **later)
    assert (row(second, "USDT"), row(free, "USDT")[0]) == ((0, 0, 0), before + 70)
    funding.withdraw(wallet=alice_wallet.id, asset="USDT", amount=Decimal(70), request_id="", **later)
    proven()


def test_nobody_takes_the_name_of_an_opening_balance(alice_wallet: Wallet):
    with pytest.raises(Malformed, match="IDEMPOTENCY_KEY_REFUSED"):
        funding.deposit(
            wallet=alice_wallet.id, asset="USDT", amount=Decimal(1), actor="user:x", request_id="", now=b.MONDAY, external_id="opening:USDT"
        )


def test_a_trade_told_twice_is_booked_once(alice_wallet: Wallet):
    book = b.book(alice_wallet, "1000")
    told = b.report(book, "BUY", "0.01", "20000", trade="77")
    first, again = fills.record([told, told], now=b.MONDAY)
    [later] = fills.record([told], now=b.MONDAY + b.minutes(9))
    assert (first.status, again.status, later.status) == ("BOOKED", "DUPLICATE", "DUPLICATE")
    assert first.entry_id == again.entry_id == later.entry_id
    assert Fill.objects.count() == 1


def test_a_trade_told_again_with_other_numbers_is_a_conflict_with_an_alert(alice_wallet: Wallet):
    book = b.book(alice_wallet, "1000")
    b.filled(book, "BUY", "0.01", "20000", trade="77")
    other = b.filled(book, "BUY", "0.02", "20000", trade="77")
    assert other.status == "CONFLICT"
    assert Alert.objects.get(code="FILL_CONFLICT").data["quantity"] == "0.02"
    assert row(book, "USDT") == (800, 0, 0)
    proven()


def test_a_sale_without_cover_is_booked_and_a_late_buy_explains_it(alice_wallet: Wallet):
    book = b.book(alice_wallet, "1000")
    b.filled(book, "SELL", "0.5", "100", at=b.MONDAY + b.minutes(60))
    assert row(book, "BTC") == (0, 0, Decimal("0.5"))
    assert Alert.objects.get(code="FILL_UNEXPLAINED").data["quantity"] == "0.5"
    assert not ProfitBucket.objects.exists()
    proven()
    late = b.filled(book, "BUY", "0.5", "90", at=b.MONDAY)
    assert late.status == "BOOKED"
    assert [m.net for m in LotMatch.objects.all()] == [5]
    assert row(book, "BTC") == (0, 0, 0)
    assert AuditRow.objects.filter(act="ledger.refold").count() == 1
    proven()


def test_fills_arriving_late_restate_the_buckets_of_old_days(alice_wallet: Wallet):
    """Sunday's sale was matched with a lot at 100; a purchase at 80 before it turns its profit from 10 into 30."""
    book = b.book(alice_wallet, "1000")
    b.filled(book, "BUY", "1", "100", at=b.MONDAY - b.minutes(60 * 30))
    b.filled(book, "SELL", "1", "110", at=b.MONDAY - b.minutes(60 * 12))
    assert [(x.day.day, x.net) for x in ProfitBucket.objects.all()] == [(1, 10)]
    b.filled(book, "BUY", "1", "80", at=b.MONDAY - b.minutes(60 * 31))
    assert [(x.day.day, x.net) for x in ProfitBucket.objects.all()] == [(1, 30)]
    proven()


def test_equity_is_the_same_counted_both_ways(alice_wallet: Wallet, btc):
    """1,000 in; 0.02 BTC at 20,000 with 0.40 fee; mark 21,000: 599.60 + 420 = 1,019.60, unrealised 19.60."""
    book = b.book(alice_wallet, "1000")
    b.filled(book, "BUY", "0.02", "20000", fee="0.4")
    assert [one.reason for one in equity.snapshot(wallets=[], books=[book.id], now=b.MONDAY)] == ["NO_MARK"]
    b.mark(btc, "21000")
    assert equity.snapshot(wallets=[alice_wallet.id], books=[book.id], now=b.MONDAY + b.minutes(1)) == []
    point = EquityPoint.objects.filter(book=book).latest("at")
    assert (point.equity, point.unrealised, point.net_funding) == (Decimal("1019.6"), Decimal("19.6"), 1000)
    assert point.nav == Decimal("1.0196")
    assert point.holdings == [["BTC", "0.02", "21000", "2026-03-02T09:00:00.000000Z"]]
    assert EquityPoint.objects.filter(book=None).latest("at").equity == Decimal("10019.6")


@pytest.mark.parametrize("side", ["BUY", "SELL"])
def test_the_number_of_statements_does_not_depend_on_the_number_of_fills(alice_wallet: Wallet, side: str):
    books = [b.book(alice_wallet, "500") for _ in range(20)]
    fills.record([b.report(one, "BUY", "0.01", "20000") for one in books], now=b.MONDAY)

    def statements(reports) -> int:
        with CaptureQueriesContext(connection) as caught:
            fills.record(reports, now=b.MONDAY)
        return len(caught)

    one = statements([b.report(books[0], side, "0.001", "20000", at=b.MONDAY + b.minutes(1))])
    many = statements([b.report(of, side, "0.001", "20000", at=b.MONDAY + b.minutes(2)) for of in books for _ in range(5)])
    assert one == many


def test_a_rebuild_writes_the_same_projections_again(alice_wallet: Wallet):
    book = b.book(alice_wallet, "1000")
    b.filled(book, "BUY", "0.02", "20000", fee="0.4")
    b.filled(book, "SELL", "0.01", "21000", fee="0.21", at=b.MONDAY + b.minutes(1))
    before = verify.verify()
    after = verify.verify(rebuild=True, now=b.MONDAY)
    assert before.ok
    assert after.ok, after.first_difference
    assert before.digest == after.digest


@pytest.mark.parametrize(
    ("spoil", "table", "column"),
    [
        ("UPDATE ledger_balance SET cash = cash + 1", "ledger_balance", "cash"),
        ("UPDATE ledger_lot SET cost_left = cost_left + 1", "ledger_lot", "cost_left"),
        ("UPDATE ledger_lotmatch SET quantity = quantity + 1", "ledger_lotmatch", "quantity"),
        ("UPDATE ledger_profitbucket SET matches = 7", "ledger_profitbucket", "matches"),
        ("DELETE FROM ledger_profitbucket", "ledger_profitbucket", "row"),
        ("UPDATE ledger_allocation SET amount = amount + 1", "ledger_allocation", "amount"),
        ("UPDATE ledger_wallet SET entries = 1", "ledger_wallet", "entries, head"),
        ("UPDATE ledger_equitypoint SET cash = cash + 1", "ledger_equitypoint", "cash"),
        ("UPDATE ledger_equitypoint SET equity = equity + 1, unrealised = unrealised + 1", "ledger_equitypoint", "equity"),
        (
            "UPDATE ledger_equitypoint SET net_funding = net_funding - 1, unrealised = unrealised + 1",
            "ledger_equitypoint", "net_funding",
        ),
        (
            "UPDATE ledger_equitypoint SET net_funding = net_funding - 1, unrealised = unrealised + 1 WHERE book_id IS NOT NULL",
            "ledger_equitypoint", "net_funding",
        ),
        ("UPDATE ledger_equitypoint SET realised = realised + 1, unrealised = unrealised - 1", "ledger_equitypoint", "realised"),
        ("UPDATE ledger_reservation SET captured = 300, released = 0, live = false, closed_at = now()", "ledger_balance", "cash"),
    ],
)
def test_each_spoiled_projection_is_named(alice_wallet: Wallet, spoil: str, table: str, column: str):
    book = b.book(alice_wallet, "1000")
    reservations.hold([Hold("o1", book.id, "USDT", Decimal(300))], now=b.MONDAY)
    b.filled(book, "BUY", "0.02", "20000", fee="0.4")
    b.filled(book, "SELL", "0.01", "21000", fee="0.21", at=b.MONDAY + b.minutes(1))
    with connection.cursor() as cursor:
        cursor.execute(spoil)
    verdict = verify.verify()
    assert not verdict.ok
    assert verdict.first_difference is not None
    assert (verdict.first_difference.table, verdict.first_difference.column) == (table, column)
