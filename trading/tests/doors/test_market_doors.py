"""GET /api/markets: the universe as everybody sees it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from accounts.web import clock
from trading.domain.costs import Top
from trading.market import quotes, store
from trading.operations import memory as memories
from trading.tests import builders
from trading.tests.market_builders import market, window

pytestmark = pytest.mark.django_db


def test_each_market_comes_with_rules_price_volume_history_and_reasons(alice_api: APIClient) -> None:
    """An hour of minutes at 20,000.00 with one coin each: 1.2 million USDT, and far less than seven days."""
    now = clock.now().replace(second=0, microsecond=0)
    place = market()
    store.append(market_id=place.pk, timeframe="1m", window=window(*[2_000_000] * 60, start=now - timedelta(hours=1)))
    [told] = alice_api.get("/api/markets?venue=recorded&quote=USDT").json()
    assert (told["price"], told["volume_24h"], told["history_days"]) == ("20000", "1200000", 0.04)
    assert (told["bid"], told["spread_bps"], told["quote_age_s"], told["found_wrong"]) == (None, None, None, {})
    assert (told["tradable"], told["excluded"]) == (False, ["SHORT_HISTORY"])
    assert told["reasons"] == [{"code": "SHORT_HISTORY", "sentence": "Candles of 0 days are stored; 7 days is the least."}]
    assert told["rules_age_s"] > 0
    [span] = told["history"]
    assert (span["timeframe"], span["candles"], span["missing"], span["close"]) == ("1m", 60, 0, "20000")
    assert span["first"] == f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%S.000000Z}"


def test_everybody_sees_the_same(alice_api: APIClient, bob_api: APIClient) -> None:
    quotes.remember(tops={market(venue="sim").pk: Top(Decimal(10), Decimal(12), clock.now())}, now=clock.now())
    hers, his = (api.get("/api/markets?venue=sim").json() for api in (alice_api, bob_api))
    for told in (*hers, *his):
        for name in ("price_age_s", "quote_age_s", "rules_age_s"):
            del told[name]
    assert hers == his != []


def test_a_spike_and_a_gap_are_counted_where_everybody_can_read_it(alice: User, alice_api: APIClient) -> None:
    """Thirty flat minutes, one at a tenth more that the next one contradicts, then two minutes that never came."""
    builders.fund(alice)
    builders.bot(alice)
    tape = builders.Tape()
    tape.tick(*builders.flat(20_000, 30), (20_000, 22_000, 20_000, 22_000), *builders.flat(20_000, 1))
    tape.minute += 2
    tape.tick(*builders.flat(20_000, 1))
    memories.save(tape.memory, candle=int((tape.now - timedelta(minutes=1)).timestamp()), now=tape.now)
    [told] = alice_api.get("/api/markets").json()
    assert told["found_wrong"] == {"CANDLE_HELD": 1, "CANDLE_DROPPED": 1, "CANDLE_MISSING": 2}


@pytest.mark.parametrize("query", ["quote=" + "X" * 21, "quote=%00", "venue=%00", "venue=" + "x" * 21])
def test_nonsense_in_the_query_is_refused(alice_api: APIClient, query: str) -> None:
    assert alice_api.get(f"/api/markets?{query}").status_code == 400


@pytest.mark.parametrize("query", ["quote=NOPE", "quote=usdt", "quote=' OR 1=1", "venue=recorded&quote=EUR"])
def test_a_quote_that_nothing_is_traded_for_has_no_markets(alice_api: APIClient, query: str) -> None:
    market()
    answer = alice_api.get(f"/api/markets?{query}")
    assert (answer.status_code, answer.json()) == (200, [])


def test_without_a_token_nothing_is_told(client: APIClient) -> None:
    assert client.get("/api/markets").status_code == 401
