"""Fills, profits and equity narrowed by bot: one round trip with figures by hand.

Bought 0.01 BTC at 20,000 (fee 0.2), sold at 21,000 (fee 0.21): gross 10, fees 0.41, net 9.59 USDT.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from accounts.domain.chain import stamp
from accounts.models import User
from bots.models import Bot
from ledger.models import Wallet
from ledger.operations import equity
from ledger.tests import builders as money
from trading.tests.doors import builders

BUY, SELL = money.MONDAY, money.MONDAY + timedelta(minutes=5)


@pytest.fixture
def traded(alice: User, alice_wallet: Wallet) -> Bot:
    bot = builders.bot(alice, capital="500", now=money.MONDAY)
    for side, price, fee, at in (("BUY", "20000", "0.2", BUY), ("SELL", "21000", "0.21", SELL)):
        money.filled(bot.book, side, "0.01", price, fee=fee, at=at, now=at)
        money.mark(bot.market, price, at=at)
        equity.snapshot(wallets=[alice_wallet.id], books=[bot.book_id], now=at)
    return bot


def test_fills_name_their_bot_and_are_narrowed_by_it(traded: Bot, alice: User, alice_api: APIClient) -> None:
    idle = builders.bot(alice, name="idle")
    told = alice_api.get(f"/api/ledger/fills?bot={traded.id}").json()["results"]
    assert [(fill["side"], fill["price"], fill["fee"]) for fill in told] == [("SELL", "21000", "0.21"), ("BUY", "20000", "0.2")]
    assert {fill["bot_id"] for fill in told} == {str(traded.id)}
    assert alice_api.get(f"/api/ledger/fills?bot={idle.id}").json()["results"] == []


def test_profits_of_a_bot_and_of_the_person_agree_when_only_it_traded(traded: Bot, alice_api: APIClient) -> None:
    day = BUY.date().isoformat()
    [of_bot] = alice_api.get(f"/api/profits?period=daily&bot={traded.id}&to={day}").json()
    [of_all] = alice_api.get(f"/api/profits?period=daily&to={day}").json()
    assert of_bot == of_all
    assert (of_bot["start"], of_bot["gross"], of_bot["fees"], of_bot["net"]) == (day, "10", "0.41", "9.59")


def test_the_bots_view_adds_up(traded: Bot, alice_api: APIClient) -> None:
    bot = alice_api.get(f"/api/bots/{traded.id}").json()
    assert (bot["allocated_capital"], bot["book_equity"], bot["cash"]) == ("500", "509.59", "509.59")
    assert (bot["realised_profit"], bot["fees"], bot["position"]) == ("9.59", "0.41", None)


def test_equity_of_a_bot_ends_at_its_capital_and_profit(traded: Bot, alice_api: APIClient) -> None:
    line = alice_api.get(f"/api/equity?bot={traded.id}").json()
    assert (line[0]["equity"], line[-1]["equity"], line[-1]["currency"]) == ("500", "509.59", "USDT")
    assert [point["at"] for point in line] == sorted(point["at"] for point in line)


def test_equity_of_the_person_ends_at_all_their_money(traded: Bot, alice_api: APIClient) -> None:
    assert alice_api.get("/api/equity").json()[-1]["equity"] == "10009.59"
    assert alice_api.get(f"/api/equity?from={stamp(SELL)}").json()[0]["at"] == stamp(SELL) == "2026-03-02T09:05:00.000000Z"
    assert alice_api.get("/api/equity?mode=LIVE").json() == []


@pytest.mark.parametrize("path", ["ledger/fills", "profits", "equity"])
def test_anothers_bot_narrows_to_nothing_here(path: str, traded: Bot, bob_api: APIClient) -> None:
    assert bob_api.get(f"/api/{path}?bot={traded.id}").status_code == 404


@pytest.mark.parametrize("question", ["bot=mine", "from=yesterday", "mode=DREAM"])
def test_a_span_that_is_none_is_refused(question: str, alice_api: APIClient) -> None:
    assert alice_api.get(f"/api/equity?{question}").status_code == 400
