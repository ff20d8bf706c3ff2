"""Acts that ask first: closing a position, and what is done with many bots at once. Each dialog tells what it will touch."""

import re
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.operations import second_factor
from accounts.tests import builders as people
from accounts.web import clock
from amarktai.dashboard.tests.builders import window
from bots.models import Bot
from ledger.models import Balance
from trading.models import Order
from trading.operations import stop, stopping
from trading.tests import builders
from trading.tests.doors import builders as door_builders

HTMX = {"HX-Request": "true"}
COINS = {"venue": builders.VENUE, "symbol": "BTC/USDT", "mode": "PAPER"}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def holder(alice: User) -> Bot:
    """Alice's bot has bought 0.01 BTC at 20,000, now worth 20,500: 5 USDT up."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.mark("20500")
    return bot


def halted(user: User) -> None:
    stop.emergency_stop(
        scope="USER", user=user.id, reason="", flatten=False, actor=f"user:{user.id}", request_id="", now=clock.now(), policy=builders.policy()
    )


def effects(page: str) -> dict[str, str]:
    """What a dialog says will happen: words -> number."""
    return {words: value for value, words in re.findall(r"<li><b>([^<]*)</b><span>([^<]*)</span></li>", page)}


def free(user: User, venue: str) -> Decimal:
    return Balance.objects.get(book__wallet__owner=user, book__wallet__venue=venue, book__kind="FREE", asset="USDT").cash


def closing_orders() -> list[Order]:
    return list(Order.objects.filter(reason="FLATTEN"))


def test_closing_a_position_asks_with_its_size_and_value_and_sends_one_order_without_a_code(alice, holder):
    client, door = window(alice), f"/bots/{holder.id}/close-position"
    asked = client.get(door, headers=HTMX).content.decode()

    assert f'href="{door}"' in client.get(f"/bots/{holder.id}/").content.decode()
    assert list(effects(asked).values()) == ["0.01 BTC", "205.00 USDT", "+5.00 USDT"]
    assert 'name="otp"' not in asked
    assert closing_orders() == []

    told = [client.post(door, headers=HTMX) for _ in range(2)]
    [order] = closing_orders()

    assert [answer.status_code for answer in told] == [200, 200]
    assert (order.side, order.quantity.normalize(), order.bot, order.state) == ("SELL", Decimal("0.01"), holder, "OPEN")
    assert Bot.objects.get(id=holder.id).status == "RUNNING"


def test_under_a_stop_closing_wants_a_fresh_code_and_a_wrong_one_sends_nothing(alice, holder):
    second_factor.install(user=alice, secret=people.SECRET, now=people.NOON)
    halted(alice)
    client, door = window(alice), f"/bots/{holder.id}/close-position"

    assert 'name="otp"' in client.get(door, headers=HTMX).content.decode()
    assert client.post(door, {"otp": "000000"}, headers=HTMX).status_code == 403
    assert closing_orders() == []
    assert client.post(door, {"otp": people.fresh_code()}, headers=HTMX).status_code == 200
    assert [order.halt_id is not None for order in closing_orders()] == [True]


def test_under_a_stop_who_has_no_second_factor_is_told_where_to_get_one(alice, holder):
    halted(alice)
    asked = window(alice).get(f"/bots/{holder.id}/close-position", headers=HTMX).content.decode()

    assert "A second factor is needed" in asked
    assert 'href="/settings/"' in asked


def test_coins_that_no_bot_holds_are_sold_from_the_money_screen(alice, holder):
    client = window(alice)
    assert "Coins that no bot holds" not in client.get("/money/").content.decode()
    assert "held by no bot" not in client.get("/").content.decode()
    stopping.stop_bot(owner=alice.id, bot_id=holder.id, position="keep", actor="user:a", request_id="", now=clock.now())
    page, overview = (client.get(path).content.decode() for path in ("/money/", "/"))
    asked = client.get("/money/close", COINS, headers=HTMX).content.decode()

    assert 'aria-label="Sell 0.01 BTC at recorded"' in page
    assert "0 of bots, 1 held by no bot" in overview
    assert '<a href="/money/#coins">Held by no bot</a>: 0.01 BTC, worth 205.00 USDT at recorded' in overview
    assert list(effects(asked).values()) == ["0.01 BTC", "205.00 USDT"]
    assert client.post("/money/close", COINS, headers=HTMX).status_code == 200
    assert [(order.bot_id, order.book.kind) for order in closing_orders()] == [(None, "MANUAL")]


def test_nothing_of_somebody_else_is_closed(bob, holder):
    client = window(bob)

    assert client.get(f"/bots/{holder.id}/close-position").status_code == 404
    assert client.post(f"/bots/{holder.id}/close-position", headers=HTMX).status_code == 404
    assert client.post("/money/close", COINS, headers=HTMX).status_code == 409
    assert closing_orders() == []


def test_acts_on_all_bots_list_what_they_touch_and_are_offered_only_where_there_is_something_to_do(alice, holder):
    """One bot runs and holds 0.01 BTC, one is new, one was paused by hand."""
    builders.bot(alice, name="fresh", running=False, born=1)
    Bot.objects.filter(id=builders.bot(alice, name="rests", born=2).id).update(status="PAUSED", pause_reason="USER")
    client = window(alice)
    page = client.get("/bots/").content.decode()
    offered = re.findall(r"(Start all new|Pause all|Resume all|Stop all for good) \((\d+)\)…", page)

    assert offered == [("Start all new", "1"), ("Pause all", "1"), ("Resume all", "1"), ("Stop all for good", "3")]
    assert effects(client.get("/bots/stop-all", headers=HTMX).content.decode()) == {
        "bots are stopped": "3", "open orders are cancelled": "0", "open position: 0.01 BTC": "1",
    }  # fmt: skip
    assert "1 bot is started." in client.post("/bots/start-all", headers=HTMX).content.decode()
    assert "2 bots are paused." in client.post("/bots/pause-all", headers=HTMX).content.decode()
    assert "3 bots are resumed." in client.post("/bots/resume-all", headers=HTMX).content.decode()
    assert "Resume all" not in client.get("/bots/").content.decode()
    assert "3 bots are stopping." in client.post("/bots/stop-all", {"position": "keep"}, headers=HTMX).content.decode()
    assert set(Bot.objects.filter(owner=alice).values_list("status", flat=True)) == {"STOPPED"}
    assert "All bots" not in client.get("/bots/").content.decode()


def test_the_ticked_bots_are_stopped_after_one_question_and_the_others_go_on(alice, bob, holder):
    idle = builders.bot(alice, name="idle", born=1)
    builders.bot(alice, name="stays", born=2)
    client = window(alice)
    asked = client.get(f"/bots/selected/stop?bot={holder.id}&bot={idle.id}", headers=HTMX).content.decode()

    assert "Stop 2 bots for good?" in asked
    assert effects(asked)["open position: 0.01 BTC"] == "1"
    assert sorted(re.findall(r'name="bot" value="([^"]+)"', asked)) == sorted(map(str, (holder.id, idle.id)))
    assert client.get("/bots/selected/stop", headers=HTMX).status_code == 400
    assert window(bob).get(f"/bots/selected/stop?bot={holder.id}", headers=HTMX).status_code == 409
    client.post("/bots/selected/stop", {"bot": [holder.id, idle.id], "position": "keep"}, headers=HTMX)
    assert dict(Bot.objects.filter(owner=alice).values_list("name", "status")) == {"Trend": "STOPPED", "idle": "STOPPED", "stays": "RUNNING"}


def test_a_clone_opens_the_form_with_the_values_of_the_bot(alice, holder):
    Bot.objects.filter(id=holder.id).update(max_holding=90, stop_loss="0.015")
    client = window(alice)
    [address] = set(re.findall(r'href="(/bots/new\?[^"]*)"', client.get("/bots/").content.decode()))
    form = client.get(address.replace("&amp;", "&")).content.decode()

    values = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', form))
    assert (values["name"], values["capital"], values["stop_loss"], values["max_holding"]) == ("Trend copy", "10000", "1.5", "1.5")


def test_money_goes_where_the_address_says_and_the_form_carries_it_there(alice, holder):
    """Typed by hand, `?venue=recorded` named the one wallet in words and moved the money of the other."""
    door_builders.funded(alice, "1000")
    before = {venue: free(alice, venue) for venue in ("sim", "recorded")}
    for path, amount in (("deposit", "50"), ("withdraw", "20")):
        page = window(alice).get(f"/money/{path}?venue=recorded").content.decode()
        assert "PAPER wallet at recorded" in page
        assert '<input type="hidden" name="venue" value="recorded">' in page
        sent = {"venue": "recorded", "amount": amount, "asset": "USDT", "key": path}
        assert window(alice).post(f"/money/{path}", sent, headers=HTMX).status_code == 200

    assert {venue: free(alice, venue) - had for venue, had in before.items()} == {"sim": 0, "recorded": 30}
    money = window(alice).get("/money/").content.decode()
    assert 'href="/money/withdraw?venue=recorded"' in money
    assert 'href="/money/deposit?venue=sim"' in money


@pytest.mark.parametrize("path", ["/money/deposit", "/money/withdraw", "/orders/new", "/bots/new"])
def test_a_venue_that_there_is_not_is_refused_and_not_replaced_by_another(alice, holder, path):
    page = window(alice).get(f"{path}?venue=nowhere")

    assert (page.status_code, "There is no venue &#x27;nowhere&#x27;." in page.content.decode()) == (422, True)
    if path.startswith("/money"):
        sent = {"venue": "nowhere", "amount": "1", "asset": "USDT", "key": "k"}
        before = free(alice, "recorded")
        assert window(alice).post(path, sent, headers=HTMX).status_code == 422
        assert free(alice, "recorded") == before
