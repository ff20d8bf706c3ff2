"""Money over HTTP: whose it is, what is refused, what the answers look like."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from accounts.models import AuditRow, User
from ledger.models import JournalEntry, Wallet
from ledger.operations import equity
from ledger.tests import builders as b

pytestmark = pytest.mark.django_db


@pytest.fixture
def wallet(alice_api: APIClient, alice: User) -> str:
    b.market()
    answer = alice_api.post("/api/wallets", {"venue": "sim", "mode": "PAPER"})
    assert answer.status_code == 201, answer.json()
    return answer.json()["id"]


def put(api: APIClient, wallet: str, amount: Any = "1000", *, act: str = "deposit", asset: str = "USDT", **headers: str) -> Any:
    return api.post(f"/api/wallets/{wallet}/{act}", {"asset": asset, "amount": amount}, headers=headers or None)


def test_a_deposit_answers_with_the_wallet_in_plain_strings(alice_api: APIClient, wallet: str):
    answer = put(alice_api, wallet, "1000.50")
    assert answer.status_code == 200
    assert answer.json()["balances"] == [
        {"asset": "USDT", "balance": "1000.5", "allocated_balance": "0", "reserved_balance": "0", "free": "1000.5", "deficit": "0"}
    ]
    assert alice_api.get("/api/wallets").json()[0]["id"] == wallet


def test_opening_a_wallet_twice_answers_with_the_same_one(alice_api: APIClient, wallet: str):
    again = alice_api.post("/api/wallets", {"venue": "sim"})
    assert again.json()["id"] == wallet
    assert AuditRow.objects.filter(act="wallet.open").count() == 1


def test_the_same_key_moves_money_once_and_refuses_another_amount(alice_api: APIClient, wallet: str):
    headers = {"Idempotency-Key": "k-1"}
    first, again = (put(alice_api, wallet, "50", **headers) for _ in range(2))
    assert first.json() == again.json()
    other = put(alice_api, wallet, "51", **headers)
    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize(
    "amount", ["-1", "0", "NaN", "Infinity", "1e5", "1" * 40, "0." + "1" * 25, "", " 1", "1,5", 1.5, None, True, [], {}]
)
def test_an_amount_that_is_none_is_refused_with_a_sentence_and_books_nothing(alice_api: APIClient, wallet: str, amount: Any):
    for act in ("deposit", "withdraw"):
        answer = put(alice_api, wallet, amount, act=act)
        assert answer.status_code == 400
        assert set(answer.json()) == {"code", "message", "details"}
    assert not JournalEntry.objects.exists()


def test_other_bad_bodies_are_refused(alice_api: APIClient, wallet: str):
    assert put(alice_api, wallet, asset="BTC").json()["code"] == "NOT_A_CURRENCY"
    assert alice_api.post("/api/wallets", {"venue": "nowhere"}).json()["code"] == "UNKNOWN_VENUE"
    assert alice_api.post("/api/wallets", {"venue": "sim", "mode": "REAL"}).status_code == 400
    extra = alice_api.post(f"/api/wallets/{wallet}/deposit", {"asset": "USDT", "amount": "1", "bonus": "9"})
    assert extra.status_code == 400
    assert not JournalEntry.objects.exists()


def test_more_than_is_free_is_refused_with_the_numbers(alice_api: APIClient, wallet: str):
    put(alice_api, wallet, "100")
    answer = put(alice_api, wallet, "100.01", act="withdraw")
    assert (answer.status_code, answer.json()["code"]) == (422, "INSUFFICIENT_FUNDS")
    assert answer.json()["details"] == {"asset": "USDT", "free": "100", "asked": "100.01"}


def test_a_foreign_wallet_does_not_exist(alice_api: APIClient, bob_api: APIClient, wallet: str):
    put(alice_api, wallet, "100")
    for act in ("deposit", "withdraw"):
        assert put(bob_api, wallet, "1", act=act).status_code == 404
        assert put(bob_api, str(uuid4()), "1", act=act).status_code == 404
    assert bob_api.get("/api/wallets").json() == []
    assert bob_api.get("/api/ledger/audit-trail").json()["results"] == []
    assert alice_api.get("/api/wallets").json()[0]["balances"][0]["balance"] == "100"


def test_nobody_without_a_token_sees_money(wallet: str):
    for path in ("wallets", "ledger/fills", "ledger/audit-trail", "portfolio/summary", "profits"):
        assert APIClient().get(f"/api/{path}").status_code == 401


@pytest.fixture
def traded(alice: User) -> Wallet:
    """0.1 BTC at 20,000 for 2, 0.04 of it sold at 21,000 for 0.84; mark 21,000."""
    market = b.market()
    wallet = b.fund(alice, "10000")
    book = b.book(wallet, "5000")
    b.filled(book, "BUY", "0.1", "20000", fee="2", trade="1")
    b.filled(book, "SELL", "0.04", "21000", fee="0.84", trade="2", at=b.MONDAY + b.minutes(5))
    b.mark(market, "21000")
    return wallet


def test_fills_come_newest_first_with_all_fields(alice_api: APIClient, bob_api: APIClient, traded: Wallet):
    page = alice_api.get("/api/ledger/fills", {"limit": 1}).json()
    [newest] = page["results"]
    assert set(newest) >= {
        "id", "wallet_id", "book", "bot_id", "venue", "symbol", "side", "quantity", "price", "fee", "fee_asset", "executed_at",
        "trade_id", "client_order_id", "mode", "bootstrap",
    }  # fmt: skip
    assert (newest["side"], newest["quantity"], newest["price"], newest["fee"]) == ("SELL", "0.04", "21000", "0.84")
    assert newest["executed_at"] == "2026-03-02T09:05:00.000000Z"
    [older] = alice_api.get("/api/ledger/fills", {"limit": 1, "cursor": page["next"]}).json()["results"]
    assert older["trade_id"] == "1"
    assert bob_api.get("/api/ledger/fills").json() == {"results": [], "next": None}


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"side": "BUY"}, 1),
        ({"side": "SELL"}, 1),
        ({"symbol": "ETH/USDT"}, 0),
        ({"symbol": "BTC/USDT"}, 2),
        ({"venue": "binance"}, 0),
        ({"from": "2026-03-02T09:00:00Z", "to": "2026-03-02T09:05:00Z"}, 1),
        ({"from": "2026-03-02T11:05:00+02:00", "side": "SELL", "symbol": "BTC/USDT", "venue": "sim", "mode": "PAPER"}, 1),
        ({"venue": "sim", "mode": "PAPER"}, 2),
        ({"mode": "LIVE"}, 0),
        ({"from": "2026-03-02T09:01:00Z"}, 1),
        ({"to": "2026-03-02T09:01:00Z"}, 1),
    ],
)
def test_fills_are_narrowed(alice_api: APIClient, traded: Wallet, query: dict, number: int):
    assert len(alice_api.get("/api/ledger/fills", query).json()["results"]) == number


@pytest.mark.parametrize("query", [{"side": "UP"}, {"from": "yesterday"}, {"book": "1"}, {"cursor": "x"}, {"limit": "0"}])
def test_a_wrong_filter_is_refused(alice_api: APIClient, traded: Wallet, query: dict):
    assert alice_api.get("/api/ledger/fills", query).status_code == 400


def test_the_audit_trail_shows_lines_and_who_did_it(alice_api: APIClient, alice: User, traded: Wallet):
    entries = alice_api.get("/api/ledger/audit-trail").json()["results"]
    assert [entry["kind"] for entry in entries] == ["FILL", "FILL", "ALLOCATION", "FUNDING"]
    assert len(entries[0]["postings"]) == 5
    assert entries[3]["postings"][0] == {
        "leg_account": "CASH", "book": entries[3]["postings"][0]["book"], "asset": "USDT", "amount": "10000",
    }  # fmt: skip
    [act] = [row for row in entries[3]["audit"] if row["act"] == "wallet.deposit"]
    assert act["actor"] == f"user:{alice.id}"
    assert all(len(entry["hash"]) == 64 for entry in entries)


def test_the_portfolio_adds_up(alice_api: APIClient, traded: Wallet):
    """5,000 free, 3,837.16 in the book, 0.06 BTC at 21,000 = 1,260: 10,097.16; realised 38.36, open 1,260 - 1,201.20."""
    found = alice_api.get("/api/portfolio/summary").json()
    assert (found["equity"], found["cash"], found["allocated"], found["reserved"]) == ("10097.16", "5000", "3837.16", "0")
    assert (found["realised_profit"], found["unrealised_profit"], found["fees"]) == ("38.36", "58.8", "2.84")
    assert (found["currency"], found["complete"], found["positions"][0]["value"]) == ("USDT", True, "1260")
    assert [part["name"] for part in found["by_mode"]] == ["PAPER"]
    assert [part["equity"] for part in found["by_venue"]] == ["10097.16"]
    assert alice_api.get("/api/portfolio/summary", {"mode": "LIVE"}).json()["equity"] == "0"


def test_what_has_no_mark_is_named_and_not_guessed(alice_api: APIClient, alice: User):
    b.market("ETH/USDT")
    b.filled(b.book(b.fund(alice), "1000"), "BUY", "1", "500", symbol="ETH/USDT")
    found = alice_api.get("/api/portfolio/summary").json()
    assert (found["complete"], found["unvalued"], found["positions"][0]["value"]) == (False, ["ETH/USDT"], None)


def test_the_portfolio_says_which_rates_and_marks_are_old(alice_api: APIClient, traded: Wallet):
    """Marks of 2 March 2026 are long past: the figures stand, and what they hang on is named."""
    found = alice_api.get("/api/portfolio/summary").json()
    assert found["stale"] == ["BTC/USDT"]
    assert (found["positions"][0]["stale"], found["positions"][0]["mark_as_of"][:10]) == (True, "2026-03-02")
    assert [(rate["asset"], rate["rate"], rate["stale"]) for rate in found["rates"]] == [("USDT", "1", False)]


def test_the_portfolio_in_another_currency_uses_the_newest_rate_and_says_so(alice_api: APIClient, alice: User, traded: Wallet):
    """18 ZAR per dollar: 10,097.16 x 18; the euros in the wallet have no rate, so they are named and left out."""
    b.mark(b.market("USDT/ZAR", venue="luno"), "18")
    b.fund(alice, "70", asset="EUR")
    User.objects.filter(id=alice.id).update(reporting_currency="ZAR")
    found = alice_api.get("/api/portfolio/summary").json()
    assert (found["currency"], found["equity"], found["complete"], found["unvalued"]) == ("ZAR", "181748.88", False, ["EUR"])
    rates = [(rate["asset"], rate["rate"], rate["source"]) for rate in found["rates"]]
    assert rates == [("EUR", None, ""), ("USDT", "18", "luno"), ("ZAR", "1", "itself")]
    assert {part["name"]: part["equity"] for part in found["by_currency"]} == {"EUR": "70", "USDT": "10097.16"}


def test_both_formulas_for_equity_agree_in_every_part(alice_api: APIClient, alice: User, traded: Wallet):
    """cash + holdings at their marks = net funding + realised + unrealised: 10,000 + 38.36 + 58.80."""
    b.fund(alice, "500", venue="recorded")
    found = alice_api.get("/api/portfolio/summary").json()
    assert (found["equity"], found["net_funding"]) == ("10597.16", "10500")
    assert [part["name"] for part in found["by_venue"]] == ["recorded", "sim"]
    for part in [found, *found["by_mode"], *found["by_venue"], *found["by_currency"]]:
        made_of = [Decimal(part[key]) for key in ("net_funding", "realised_profit", "unrealised_profit")]
        assert Decimal(part["equity"]) == sum(made_of)


def test_real_and_paper_money_stand_side_by_side_and_never_in_one_sum(alice_api: APIClient, alice: User, traded: Wallet, tmp_path: Any):
    path = tmp_path / "fills.csv"
    path.write_text(
        "symbol,side,quantity,price,fee,fee_asset,executed_at,trade_id\n"
        "BTC/USDT,BUY,1,100,0,,2026-03-02T09:00:00Z,1\nBTC/USDT,SELL,1,107,0,,2026-03-03T09:00:00Z,2\n"
    )
    call_command("import_fills", str(path), "--user", alice.username, "--venue", "binance")
    paper, live = (alice_api.get("/api/portfolio/summary", {"mode": mode}).json() for mode in ("PAPER", "LIVE"))
    assert (paper["equity"], live["equity"]) == ("10097.16", "7")
    assert [(part["name"], part["equity"]) for part in live["by_mode"]] == [("LIVE", "7"), ("PAPER", "10097.16")]
    days = alice_api.get("/api/profits", {"mode": "LIVE", "to": "2026-03-03"}).json()
    assert [(row["start"], row["net"]) for row in days] == [("2026-03-03", "7")]


def test_the_drawdown_of_one_wallet_is_read_from_its_newest_point(alice_api: APIClient, alice: User, btc: Any):
    """0.5 BTC at 20,000 in a wallet of 20,000: the mark falls to 12,000 (equity 16,000, down 20 %) and comes back to 18,000."""
    wallet = b.fund(alice, "20000")
    b.filled(b.book(wallet, "10000"), "BUY", "0.5", "20000")
    for minute, price in enumerate(("20000", "12000", "18000"), start=1):
        b.mark(btc, price, at=b.MONDAY + b.minutes(minute))
        equity.snapshot(wallets=[wallet.id], books=[], now=b.MONDAY + b.minutes(minute))
    fall = alice_api.get("/api/portfolio/summary").json()["drawdown"]
    assert fall == {"current": "0.05", "maximum": "0.2", "high_water_mark": "1"}
    b.fund(alice, "20000", venue="recorded", now=b.MONDAY + b.minutes(9))
    fall = alice_api.get("/api/portfolio/summary").json()["drawdown"]
    assert fall == {"current": "0.05", "maximum": "0.2", "high_water_mark": "1"}


def test_profits_by_day_week_and_month(alice_api: APIClient, traded: Wallet):
    for period, start in (("daily", "2026-03-02"), ("weekly", "2026-03-02"), ("monthly", "2026-03-01")):
        rows = alice_api.get("/api/profits", {"period": period, "to": "2026-03-02"}).json()
        assert rows == [{"start": start, "gross": "40", "fees": "1.64", "net": "38.36", "trades": 1, "currency": "USDT", "mode": "PAPER"}]
    assert alice_api.get("/api/profits", {"period": "hourly"}).status_code == 400


def test_a_key_too_long_to_keep_whole_is_refused_so_that_two_keys_are_never_taken_for_one(alice_api: APIClient, wallet: str):
    for last in "ab":
        answer = put(alice_api, wallet, "7", **{"Idempotency-Key": "k" * 80 + last})
        assert (answer.status_code, answer.json()["code"]) == (400, "IDEMPOTENCY_KEY_REFUSED")
    for last in "ab":
        assert put(alice_api, wallet, "7", **{"Idempotency-Key": "k" * 79 + last}).status_code == 200
    assert alice_api.get("/api/wallets").json()[0]["balances"][0]["balance"] == "14"
