"""What a newcomer reads: when something is done, what it takes, why nothing happened; no figure that says nothing."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import User
from amarktai.dashboard.pages import curves, filling, overview
from amarktai.dashboard.tests.builders import BY_HAND, holding, refused, round_trip, window
from bots.models import Bot
from ledger.models import JournalEntry
from trading.domain.matcher import ENDINGS
from trading.models import Order, Stream
from trading.operations import manual_cash
from trading.tests import builders
from trading.tests.doors import builders as door_builders

pytestmark = pytest.mark.django_db
NOON = builders.NOON


@pytest.fixture
def trend(alice: User) -> Bot:
    builders.fund(alice)
    builders.mark("20000")
    return builders.bot(alice)


def text(user: User, path: str, part: str = "") -> str:
    """What a page says from the element with this id on."""
    page = window(user).get(path).content.decode()
    return read(page[page.index(f'id="{part}"') :] if part else page)


def read(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))).replace("\u00a0", " ")


def test_closing_by_hand_says_at_which_candle_and_the_page_shows_that_it_is_being_sold(alice):
    """A minute candle of the simulated market: its open is the price, known when it has closed, two minutes at most."""
    door_builders.funded(alice)
    bot = door_builders.bot(alice, capital="500")
    assert "within 2\u00a0min." in filling.ahead(venue="sim", timeframe="1m")
    order = Order(market=bot.market, timeframe="1m", created_at=NOON + timedelta(seconds=26))

    said = filling.of(order, zone="Africa/Johannesburg")

    assert said == (
        "Its price is the open of the 1m candle of 14:01:00, booked when that candle has closed at 14:02:00 Africa/Johannesburg."
    )


def test_a_position_that_is_being_sold_cannot_be_sold_once_more(alice, trend):
    holding(trend)
    assert "Close position…" in text(alice, f"/bots/{trend.id}/", "held")

    asked = text(alice, f"/bots/{trend.id}/close-position")
    done = read(window(alice).post(f"/bots/{trend.id}/close-position", headers={"HX-Request": "true"}).content.decode())
    shown = text(alice, f"/bots/{trend.id}/", "held").split("Parameters")[0]

    for said in (asked, done, shown):
        assert "candles come with a replay only" in said
    assert "Being sold" in shown
    assert "Close position…" not in shown


def test_an_order_without_a_fill_says_what_it_waits_for_or_what_ended_it(alice, trend):
    said = refused(trend)
    pages = {}
    for number, state in enumerate(("OPEN", "CANCELLED")):
        [waits] = builders.sent(
            replace(builders.request(trend, candle=5 + number, intent=uuid4()), price=Decimal(19000), time_in_force="GTC")
        )
        Order.objects.filter(id=waits.id).exclude(state=state).update(state=state)
        pages[state] = text(alice, f"/orders/{waits.id}/", "order-fills")

    assert "A gate said no, so nothing was sent or filled: The expected move does not pay" in text(
        alice, f"/orders/{said.id}/", "order-fills"
    )
    assert "it waits until the market comes to its price." in pages["OPEN"]
    assert "it was cancelled before the market came to its price." in pages["CANCELLED"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("TIME_OVER", "Its time was over."),
        ("PRICE_PAST_BOUND", "The market opened past its limit."),
        ("POST_ONLY_WOULD_TAKE", "The venue turned it down: it would have taken from the book instead of resting there."),
    ],
)
def test_an_expired_order_gives_one_reason_which_is_the_one_it_ended_for(alice, trend, code, said):
    [waits] = builders.sent(builders.manual(trend, price=Decimal(19_000), time_in_force="GTC"))
    builders.booked(replace(builders.fill(waits, price="1"), kind="EXPIRED", code=code))

    assert f"Nothing was filled. {said} " in text(alice, f"/orders/{waits.id}/", "order-fills")
    page = text(alice, f"/orders/{waits.id}/")
    assert page.count(said) == 2  # its last state, and why it has no fill
    assert [other for other in ENDINGS.values() if other != said and other in page] == []


def test_a_bot_that_no_tick_has_looked_at_says_so_once_and_how_to_go_on(alice, trend):
    """The stream of its market ticks for others; it was never judged itself."""
    new = builders.bot(alice, name="New", running=False, born=1)
    Stream.objects.update_or_create(market=new.market, timeframe="1m", run="", defaults={"ticked_at": NOON})
    page = text(alice, f"/bots/{new.id}/", "bot-figures")

    assert "Last tick not yet its market ticked" in page
    assert "Now: It is new: start it." in page
    assert "No trade is closed yet, and this bot is not running." in page
    assert "no bot is running" not in page
    assert "No tick has been read" not in page


def test_one_trade_is_one_trade_in_the_words_of_the_drawing(alice, trend):
    round_trip(trend, bought="20000", sold="20400", at=NOON)
    answer = curves.profit_answer(user=alice, now=NOON + timedelta(hours=2))

    assert answer["points"][-1]["label"].endswith(", 1 trade")


def test_the_journal_says_in_words_where_money_was_moved_to_and_by_whom(alice):
    door_builders.funded(alice, "90000")
    door_builders.bot(alice, capital="500", name="Mine")
    assert window(alice).post("/orders/new", BY_HAND).status_code == 302
    order = Order.objects.get(owner=alice)
    window(alice).post(f"/orders/{order.id}/cancel")
    manual_cash.return_idle(now=JournalEntry.objects.latest("recorded_at").recorded_at + timedelta(minutes=1))
    page = text(alice, "/money/", "book")

    assert "Type What happened" in page
    assert "Moved Set aside for an order by hand" in page
    assert "Moved Set aside for Mine" in page
    assert "Moved Back to free money" in page
    assert "the system, as no order needs it" in page
    assert "manual" not in page


def test_an_order_by_hand_that_is_too_dear_says_what_is_free_with_thousands_apart(alice):
    """2 BTC at 20,000 cost 40,000 and the fee of 40; 9,500 are free."""
    door_builders.funded(alice, "10000")
    door_builders.bot(alice, capital="500")
    said = read(window(alice).post("/orders/new", {**BY_HAND, "size": "2"}).content.decode())

    assert "Not enough free USDT for this order. Needed 40,040.00 USDT, had 9,500.00 USDT: 30,540.00 USDT short." in said


def test_what_is_not_there_is_neither_well_nor_failing(alice):
    """On an empty platform there is no watch, no market that was ticked and no venue that was asked."""
    page = overview.build(user=alice, range_name="7d", now=NOON)

    assert {check.name for check in page.checks if check.absent} == {"Watch", "Ticks", "Market data"}
    assert all(check.ok for check in page.checks if check.absent)


@pytest.mark.parametrize(("profile", "first"), [("standard", "4100"), ("conservative", "4100")])
def test_the_form_of_a_new_bot_begins_with_enough_and_says_beside_the_field_what_it_takes(alice, trend, profile, first):
    """See test_outlook: the smallest trade at this market needs 4,024.02 USDT of capital; whole hundreds above are 4,100."""
    path = f"/bots/new?venue=recorded&symbol=BTC/USDT&profile={profile}"
    page = window(alice).get(path).content.decode()

    assert re.search(r'id="f-capital"\s+name="capital"\s+value="([^"]*)"', page).group(1) == first  # type: ignore[union-attr]
    assert "At least 4,024.02 USDT, or it would trade nothing." in read(page)
    assert 'value="100"' in window(alice).get(f"{path}&capital=100").content.decode()


def test_the_two_ways_to_the_equity_add_up_as_they_are_written(alice, trend):
    """Bought and sold at 20,000 with a fee of 0.198 each way: realised -0.396 of 100,000. Then 0.01 at 20,000, now 20,000.4: 0.004.
    To the cent that were 100,000.00 - 0.40 + 0.00 = 99,999.61."""
    round_trip(trend, bought="20000", sold="20000", fee="0.198", at=NOON)
    holding(trend, at=NOON + timedelta(hours=1))
    builders.mark("20000.4")
    page = text(alice, "/money/", "proof")
    earned = page[page.index("Put in, less taken out") :]

    assert re.findall(r"[\u2212+]?[\d,]+\.\d+", earned)[:4] == ["100,000.000", "\u22120.396", "+0.004", "99,999.608"]


def test_a_list_that_begins_to_be_needed_comes_with_a_refetch(bob):
    """The place of `By venue and mode` is there before the second venue is."""
    assert 'id="parts"' in window(bob).get("/money/").content.decode()

