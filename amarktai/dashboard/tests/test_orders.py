"""Orders: by hand, as a file, and what is refused."""

import csv
import io
import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from accounts.models import User
from accounts.web import clock
from amarktai.dashboard.tests.builders import BY_HAND, holding, refused, round_trip, window
from bots.models import Bot
from trading.models import Order
from trading.operations import stopping
from trading.tests import builders
from trading.tests.doors import builders as door_builders


@pytest.fixture
def trend(alice: User) -> Bot:
    builders.fund(alice)
    bot = builders.bot(alice)
    door_builders.funded(alice, "90000")
    door_builders.bot(alice, capital="1000")
    return bot


def typed(**changes: Any) -> dict[str, Any]:
    return {**BY_HAND, **changes}


def test_an_order_by_hand_is_placed_once_however_often_its_form_arrives(alice, trend):
    answers = [window(alice).post("/orders/new", typed()) for _ in range(3)]
    order = Order.objects.get(owner=alice)

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, f"/orders/{order.id}/")] * 3
    assert (order.bot, order.type, order.time_in_force, order.reason) == (None, "LIMIT", "GTC", "PERSON")


def test_an_order_until_a_time_of_ones_own_zone_is_the_same_order_when_the_click_arrives_twice(alice, trend):
    User.objects.filter(id=alice.id).update(time_zone="Africa/Johannesburg")
    ends = clock.now().replace(second=0, microsecond=0) + timedelta(days=2)
    local = f"{ends + timedelta(hours=2):%Y-%m-%dT%H:%M}"
    answers = [window(alice).post("/orders/new", typed(type="POST_ONLY", price="10", size="1", force="GTD", ends=local)) for _ in range(2)]
    order = Order.objects.get(owner=alice)

    assert [answer.status_code for answer in answers] == [302, 302]
    assert (order.type, order.time_in_force, order.expires_at) == ("POST_ONLY", "GTD", ends)


def test_a_gate_that_says_no_is_quoted_and_what_was_typed_stays(alice, trend):
    answer = window(alice).post("/orders/new", typed(counted="quote", size="500000"))
    page = answer.content.decode()
    order = Order.objects.get(owner=alice)

    assert answer.status_code == 422
    assert order.state == "REFUSED"
    assert f'href="/orders/{order.id}/"' in page
    assert 'value="500000"' in page
    assert 'value="20000"' in page
    assert 'name="key" value="one-click"' not in page


@pytest.mark.parametrize(
    "changes",
    [
        {"size": ""}, {"size": "-1"}, {"size": "NaN"}, {"size": "1e5"}, {"size": "9" * 30}, {"size": "1,5"}, {"price": ""}, {"price": "0"},
        {"price": "9" * 12}, {"side": "HOLD"}, {"type": "STOP"}, {"force": "MAYBE"}, {"counted": "both"}, {"venue": "nowhere"},
        {"symbol": "NO/PE"}, {"key": ""}, {"force": "GTD", "ends": ""},
        {"force": "GTD", "ends": "9999-01-01T00:00"}, {"force": "GTD", "ends": "2020-01-01T00:00"}, {"type": "POST_ONLY", "force": "IOC"}, {"price": "20000.001"},
    ],
)  # fmt: skip
def test_what_is_no_order_is_refused_in_words_and_stores_nothing(alice, trend, changes):
    answer = window(alice).post("/orders/new", typed(**changes))

    assert 400 <= answer.status_code < 500
    assert re.search(r'role="alert">[^<]{10,}', answer.content.decode())
    assert not Order.objects.filter(owner=alice).exists()


def test_the_form_says_what_a_round_trip_costs_and_what_is_free(alice, trend):
    page = window(alice).get("/orders/new?venue=sim&symbol=BTC/USDT").content.decode()

    assert re.search(r"needs an expected edge of at least \d\d(\.\d+)? bps\.", page)  # its spread is that of this second
    assert "Gate B refuses" not in page
    assert "Free: 89,000.00 USDT." in page
    assert 'name="price"' not in page
    assert 'name="price"' in window(alice).get("/orders/new?venue=recorded&type=LIMIT").content.decode()


def test_the_file_holds_the_closed_orders_of_the_filter(alice, trend):
    round_trip(trend, bought="20000", sold="20400")
    refused(trend, at=builders.NOON + timedelta(hours=1))
    client = window(alice)
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get("/orders/download")).decode())))
    only = list(csv.DictReader(io.StringIO(b"".join(client.get("/orders/download?state=REFUSED")).decode())))

    assert [row["state"] for row in rows] == ["REFUSED", "FILLED", "FILLED"]
    assert [(row["state"], row["refusal"], row["slippage_bps"]) for row in only] == [("REFUSED", "EDGE_UNDER_COST", "")]
    assert rows[1]["fees"] == "0.2"


@pytest.mark.parametrize("path", ["/orders/", "/orders/download"])
def test_a_bad_or_foreign_bot_in_the_address_is_refused(alice, bob, trend, path):
    assert window(alice).get(f"{path}?bot=x").status_code == 400
    assert window(bob).get(f"{path}?bot={trend.id}").status_code == 404


@pytest.mark.parametrize("path", ["/orders/", "/orders/download"])
@pytest.mark.parametrize("state", ["BAD", "filled", "OPEN", "FILLED,REFUSED", "' OR 1=1 --"])
def test_a_state_that_is_none_is_refused_and_not_read_as_all(alice, trend, path, state):
    answer = window(alice).get(path, {"state": state})

    assert (answer.status_code, answer["Content-Type"]) == (400, "text/html; charset=utf-8")
    assert "there is no such state" in answer.content.decode()


def test_an_order_says_how_long_it_is_in_force_and_how_far_it_is_filled(alice, trend):
    [order] = builders.sent(builders.manual(trend, quantity=Decimal("0.01")))
    builders.booked(builders.fill(order, price="20000", quantity="0.004"))
    page = window(alice).get("/orders/").content.decode()

    assert "at once or cancelled" in page
    assert 'aria-label="40 % filled"' in page


def test_an_order_that_ended_with_a_part_filled_says_so_and_a_market_order_is_called_one(alice, trend):
    """Bought at once, at most 50 bps dearer: sent as a limit at 20,100 over a price of 20,000. A limit at 20,000 is a limit."""
    for price, force, state in (("20100", "IOC", "EXPIRED"), ("20000", "GTC", "CANCELLED"), ("20000", "IOC", "")):
        [order] = builders.sent(replace(builders.manual(trend), price=Decimal(price), time_in_force=force))
        builders.booked(builders.fill(order, price="20000", quantity="0.004"))
        if state:
            Order.objects.filter(id=order.id).update(state=state)
    page = re.sub(r"\s+", " ", window(alice).get("/orders/").content.decode())

    assert page.count('<span class="pill warn">Partly filled, the rest expired</span>') == 1
    assert page.count('<span class="pill warn">Partly filled, the rest cancelled</span>') == 1
    assert '<span class="pill busy">Partially filled</span>' in page
    assert (page.count("Buy market"), page.count("Buy limit")) == (1, 2)


def test_a_sale_shows_the_coins_that_there_are_to_sell_and_a_purchase_the_money(alice, trend):
    """0.01 BTC that a bot has handed over; what it could be counted in changes nothing."""
    holding(trend)
    builders.mark("20000")
    stopping.stop_bot(owner=alice.id, bot_id=trend.id, position="keep", actor="user:a", request_id="", now=clock.now())
    client = window(alice)
    shown = {
        (side, counted): client.get(f"/orders/new?venue=recorded&symbol=BTC/USDT&side={side}&counted={counted}").content.decode()
        for side in ("BUY", "SELL") for counted in ("quote", "base")
    }  # fmt: skip

    for counted in ("quote", "base"):
        assert "To sell: 0.01 BTC." in shown["SELL", counted]
        assert "Free: 99,800.00 USDT." in shown["BUY", counted]
        assert "BTC." not in shown["BUY", counted]
        assert "Free:" not in shown["SELL", counted]


@pytest.mark.parametrize(("side", "said"), [("BUY", "the rest ends unfilled"), ("SELL", "until all is sold")])
def test_the_form_says_how_much_of_a_market_order_is_filled(alice, trend, side, said):
    page = window(alice).get(f"/orders/new?venue=recorded&symbol=BTC/USDT&side={side}").content.decode()
    waits = window(alice).get(f"/orders/new?venue=recorded&symbol=BTC/USDT&side={side}&type=LIMIT").content.decode()

    assert "at most one part in 10 of what is traded in" in page
    assert said in page
    assert "at most one part" not in waits


def test_a_new_bot_takes_its_order_type_and_breaker_profile_from_the_form(alice, trend):
    form = {
        "name": "Waits", "venue": "recorded", "symbol": "BTC/USDT", "timeframe": "1m", "strategy": "ema_cross", "capital": "1000",
        "fast": "20", "slow": "30", "volatility": "60", "order_type": "POST_ONLY", "profile": "conservative", "key": "k",
    }  # fmt: skip
    window(alice).post("/bots/new", form)
    made = Bot.objects.get(name="Waits")

    assert (made.order_type, made.profile) == ("POST_ONLY", "conservative")
    assert "post only order" in window(alice).get(f"/bots/{made.id}/").content.decode()
    assert window(alice).post("/bots/new", {**form, "name": "Odd", "order_type": "MAGIC", "key": "k2"}).status_code == 400


def states(page: str) -> list[tuple[str, datetime]]:
    """The states of an order as its page lists them, oldest first, with their times."""
    part = page.split('id="order-history"')[1].split("</section>", maxsplit=1)[0]
    return [(state, datetime.fromisoformat(at)) for state, at in re.findall(r'<b>([^<]+)</b>.*?<time datetime="([^"]+)"', part, re.S)]


def test_states_stand_in_the_order_in_which_the_order_came_into_them_though_its_fill_is_older(alice, trend):
    """Decided on a candle that closed at noon, made three seconds later, filled at the open of noon, booked twelve seconds after it."""
    made, known = builders.NOON + timedelta(seconds=3), builders.NOON + timedelta(seconds=12)
    [order] = builders.sent(builders.request(trend), now=made)
    builders.booked(builders.fill(order, price="20000", at=builders.NOON), now=known)
    page = window(alice).get(f"/orders/{order.id}/").content.decode()
    told = states(page)

    assert [state for state, _ in told] == ["Sending", "Open", "Filled"]
    assert [at for _, at in told] == sorted(at for _, at in told)
    assert told[-1] == ("Filled", known)
    assert "On paper a fill has the price and the time of a candle&#x27;s open" in page


def test_a_fill_that_is_younger_than_its_order_needs_no_word(alice, trend):
    [order] = builders.sent(builders.manual(trend))
    builders.booked(builders.fill(order, price="20000", at=builders.NOON + timedelta(minutes=1)), now=builders.NOON + timedelta(minutes=2))

    assert "On paper a fill has" not in window(alice).get(f"/orders/{order.id}/").content.decode()


def test_the_list_says_which_price_it_shows(alice, trend):
    """A limit that waits at 19,000; one filled at 20,000; a purchase at the market that may pay 20,100 at most."""
    builders.sent(replace(builders.manual(trend), price=Decimal(19000), time_in_force="GTC"))
    [filled] = builders.sent(replace(builders.manual(trend), price=Decimal(20000), time_in_force="GTC"))
    builders.booked(builders.fill(filled, price="20000"))
    builders.sent(replace(builders.manual(trend), price=Decimal(20100), time_in_force="IOC"))
    page = re.sub(r"<[^>]+>", " ", window(alice).get("/orders/").content.decode())

    assert re.search(r"19,000\.00 +limit", page)
    assert re.search(r"20,000\.00 +average", page)
    assert re.search(r"20,100\.00 +worst allowed", page)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"price": "25000", "size": "100", "counted": "quote"}, "buys at most 0.004 BTC, worth about 80.00 USDT at the last price"),
        ({"price": "20000.01"}, "buys at most 0.01 BTC, worth about 200.00 USDT"),
        ({"side": "SELL", "price": "19000"}, "sells at most 0.01 BTC, worth about 200.00 USDT"),
        ({"type": "POST_ONLY", "price": "20001"}, "a post-only order that would trade at once is cancelled"),
        ({"price": "20000"}, ""), ({"side": "SELL", "price": "20000"}, ""), ({"type": "MARKET"}, ""), ({"size": "x", "price": "99999"}, ""),
    ],
)  # fmt: skip
def test_the_form_says_when_a_limit_is_through_the_market(alice, trend, changes, said):
    """The last price is 20,000: 100 USDT at a limit of 25,000 are 0.004 BTC, worth 80."""
    builders.mark("20000")
    query = urlencode(typed(venue="recorded", **changes))
    page = window(alice).get(f"/orders/new?{query}").content.decode()
    [part] = re.findall(r'<div id="o-crossing".*?</div>', page, re.S)
    told = re.sub(r"<[^>]+>", "", part).strip()

    assert (said in told) if said else not told
    assert not said or "The last price is 20,000.00 USDT" in told


def test_a_limit_through_the_market_that_is_sent_is_not_said_to_wait_for_its_price(alice, trend):
    [through] = builders.sent(replace(builders.manual(trend), price=Decimal(99999), time_in_force="GTC"))
    [waits] = builders.sent(replace(builders.manual(trend), price=Decimal(19000), time_in_force="GTC"))
    client = window(alice)

    assert "Its limit is through the market" in client.get(f"/orders/{through.id}/").content.decode()
    assert "it waits until the market comes to its price" in client.get(f"/orders/{waits.id}/").content.decode()
