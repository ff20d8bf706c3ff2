"""The form of a new bot says what its settings expect and what its money is enough for; screens say what is old, open or not there."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command

from accounts.models import User
from accounts.web import clock
from amarktai.dashboard.pages import costs, first_settings
from amarktai.dashboard.tests.builders import holding, window
from bots.models import Bot
from bots.models.bot import OrderType
from bots.strategies import families
from ledger.models import Mark
from ledger.tests import builders as ledger_builders
from trading.market import store
from trading.tests import builders

pytestmark = pytest.mark.django_db


@pytest.fixture
def trend(alice: User) -> Bot:
    builders.fund(alice)
    builders.mark("20000")
    return builders.bot(alice)


def told(page: str) -> str:
    """What the form says about what was typed."""
    found = re.search(r'id="outlook".*?</div>', page, re.S)
    assert found
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found.group().replace("\u00a0", " "))))


def form(**typed: str) -> str:
    return "/bots/new?" + "&".join(f"{name}={value}" for name, value in {"venue": "recorded", "symbol": "BTC/USDT", "strategy": "ema_cross", **typed}.items())


def test_the_form_compares_the_edge_that_the_settings_expect_with_what_an_entry_costs(alice, trend):
    """EMA 2 over 3 crosses upwards where the price rises by 200 bps: volatility of 2 candles counts 2/3 of that move, 133.33, and
    0.035 x sqrt(2 x 3) x 133.33 = 11.43. A mean of 99 candles has not gone through 100 candles often enough to cross."""
    rows = [*builders.flat(20_000, 80), *builders.flat(20_400, 20)]
    store.append(market_id=trend.market_id, timeframe="1m", window=builders.window(rows))
    said = told(window(alice).get(form(fast="2", slow="3", volatility="2")).content.decode())

    assert re.search(r"Your edge: 11\.43 bps\. Your cost: 48 bps with margins\. In the last \S+ \S+ here", said)
    assert "gave 1 signal to enter; it would not have passed." in said
    assert "gave no signal to enter" in told(window(alice).get(form(fast="90", slow="99", volatility="2")).content.decode())


def test_without_candles_it_says_so_instead_of_an_edge(alice, trend):
    assert "too few candles here yet" in told(window(alice).get(form()).content.decode())


@pytest.mark.parametrize(
    ("capital", "said"),
    [
        ("500", "is too little: it would trade nothing."), ("5000", "is enough; 85,000.00 USDT would stay free."),
        ("95000", "is enough, but only 90,000.00 USDT is free."),
    ],
)  # fmt: skip
def test_the_form_says_whether_the_capital_is_enough_for_the_smallest_trade(alice, trend, capital, said):
    """The market takes 0.002 BTC and more, 40 USDT; bought at most 0.5 % dearer with 0.1 % of fee that is 40.2402, and a new bot
    commits 1 % of its book: 4,024.02. Of 100,000 USDT 90,000 are free."""
    text = told(window(alice).get(form(capital=capital)).content.decode())

    assert said in text
    assert "worth 40.00 USDT; at first a bot commits 1.0 % of its book to a trade, so it needs 4,024.02 USDT of capital." in text


@pytest.mark.parametrize("kind", OrderType.values)
def test_form_outlook_and_why_panel_tell_the_one_figure_that_gate_b_asks_for(alice, kind):
    """At this venue a taker pays 20 bps of fees and 3 of spread and slippage both ways; who waits pays neither spread nor slippage in."""
    builders.fund(alice)
    builders.mark("20000")
    trend = builders.bot(alice, order_type=kind)
    rows = [*builders.flat(20_000, 80), *builders.flat(20_400, 20)]
    store.append(market_id=trend.market_id, timeframe="1m", window=builders.window(rows))
    manner = {} if kind == "MARKET" else {"type": kind, "time_in_force": "GTD", "expires_at": builders.NOON + timedelta(minutes=5)}
    wish = builders.request(trend, **manner)
    [order] = builders.claimed(wish if kind == "MARKET" else replace(wish, price=Decimal(20_000))).orders
    [asked] = [said.numbers["needed_bps"] for said in order.verdicts if said.gate == "B"]
    page = window(alice).get(form(fast="2", slow="3", volatility="2", order_type=kind)).content.decode()

    assert f"at least {asked} bps" in page
    assert f"Your cost: {asked} bps with margins" in told(page)
    assert costs.text(costs.needed(bot=trend, now=clock.now())) == f"{asked} bps"
    assert (asked == "48") == (kind == "MARKET")


@pytest.mark.parametrize(("capital", "idle"), [("500", True), ("5000", False)])
def test_a_bot_that_would_trade_nothing_says_so_in_its_why_panel(alice, trend, capital, idle):
    """The smallest trade needs 4,024.02 USDT of capital, see above."""
    poor = builders.bot(alice, name="Other", born=1, capital=capital)
    page = window(alice).get(f"/bots/{poor.id}/").content.decode().split('id="why"')[1].replace("\u00a0", " ")

    said = "It would trade nothing: the smallest trade here needs 4,024.02 USDT of capital, and its book has 500.00 USDT."
    assert (said in page) == idle
    assert ("would trade nothing" in page) == idle


@pytest.mark.parametrize("family", sorted(first_settings.TRIED))
def test_the_usual_settings_of_a_family_are_settings_that_it_takes_and_name_all_it_has(family):
    strategy = families()[family]

    for usual in first_settings.TRIED[family]:
        assert set(usual) == {one.name for one in strategy.parameters}
        assert strategy.validate({one.name: one.read(usual[one.name]) for one in strategy.parameters})


def typed_in(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', page))


def test_another_family_begins_with_its_own_values_not_with_those_of_the_one_before(alice, trend):
    before = "recorded BTC/USDT 1m ema_cross"
    values = typed_in(window(alice).get(form(strategy="rsi_reversion", place=before, volatility="20", name="Mine")).content.decode())

    assert (values["volatility"], values["period"], values["name"]) == ("3", "300", "Mine")
    assert values["place"] == "recorded BTC/USDT 1m rsi_reversion"


def test_the_form_and_the_refusal_name_the_same_money(alice, trend):
    """90,000.005 USDT are free: whoever asks for a cent more than 90,000.00 is refused, so that is what both say."""
    ledger_builders.fund(alice, "0.005")
    page = window(alice).get(form(capital="99999999")).content.decode()

    assert "only 90,000.00 USDT is free" in told(page)
    assert "90,000.01" not in page


def restless(trend: Bot) -> None:
    """A price that moves by one percent a minute for 600 minutes, then leaves its range upwards."""
    rows = [row for minute in range(600) for row in builders.flat(20_000 + 200 * (minute % 2), 1)]
    store.append(market_id=trend.market_id, timeframe="1m", window=builders.window([*rows, *builders.flat(20_600, 30)]))


def test_the_form_begins_with_the_usual_settings_that_would_have_passed_most_often_and_says_so(alice, trend):
    """Only a channel of 120, 240 or 480 minutes is full after 600 minutes and left then; one of 720 never is."""
    restless(trend)
    page = window(alice).get(form(strategy="donchian_breakout")).content.decode()

    assert "Filled in is what would have passed the fee gate most often here lately, of 4 usual settings" in told(page)
    assert "would have passed" in told(page)
    assert typed_in(page)["entry"] in ("120", "240", "480")


def test_where_none_of_the_usual_settings_would_have_passed_the_form_says_that_the_bot_may_do_nothing(alice, trend):
    store.append(market_id=trend.market_id, timeframe="1m", window=builders.window(builders.flat(20_000, 630)))

    assert "None of the 5 usual settings of this strategy gave a signal here lately that would have passed" in told(
        window(alice).get(form()).content.decode()
    )


def test_settings_that_nobody_touched_are_chosen_anew_at_another_market_and_typed_ones_stay(alice, trend):
    restless(trend)
    there = "sim ETH/USDT 1m donchian_breakout"
    begun = {"strategy": "donchian_breakout", "place": there, "entry": "720", "exit": "360", "volatility": "60"}

    assert typed_in(window(alice).get(form(**begun)).content.decode())["entry"] != "720"
    assert typed_in(window(alice).get(form(**{**begun, "entry": "721"})).content.decode())["entry"] == "721"
    assert typed_in(window(alice).get(form(**{**begun, "place": "recorded BTC/USDT 1m donchian_breakout"})).content.decode())["entry"] == "720"


@pytest.mark.parametrize("path", ["/bots/new?venue=recorded", "/orders/new?venue=recorded"])
def test_a_venue_without_a_market_says_so_and_takes_no_form(bob, path):
    page = window(bob).get(path).content.decode()

    assert "This venue has no market yet" in page
    assert re.search(r'type="submit" disabled>', page)


def test_careful_bots_show_their_position_against_the_share_of_equity_that_it_may_be(alice, trend):
    """0.01 BTC of 20,000 is 200 of 100,000: 0.20 % of the equity."""
    careful = builders.bot(alice, name="Careful", born=1, profile="conservative")
    assert "Position, of your equity" not in window(alice).get("/risk/").content.decode().split('id="limits"')[0]
    holding(careful)
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", window(alice).get("/risk/").content.decode()))

    assert re.search(r"At risk, of your equity conservative bots, paper 0\.20 % of \d+ %", page)
    assert len(re.findall(r"Position, of your equity +0\.20 % of \d+ %", page)) == 1


def test_what_waits_for_a_fee_and_what_no_purchase_explains_is_listed_with_what_it_needs(alice):
    wallet = ledger_builders.fund(alice, now=clock.now())
    ledger_builders.market()
    book = ledger_builders.book(wallet, "1000", now=clock.now())
    assert "Not finished yet" not in window(alice).get("/money/").content.decode()
    ledger_builders.filled(book, "BUY", "0.01", "20000", fee=None, fee_asset=None, trade="no-fee", now=clock.now(), at=clock.now())
    ledger_builders.filled(book, "SELL", "0.03", "20000", trade="uncovered", now=clock.now(), at=clock.now())
    page = window(alice).get("/money/").content.decode()

    assert "<b>Fee is not known</b>: Buy 0.01 BTC at 20,000.00, bot, sim" in page
    assert "<b>0.02 BTC unexplained</b>: Sell 0.03 BTC at 20,000.00, bot, sim" in page


def test_a_price_that_was_told_long_ago_is_called_old(alice, trend):
    holding(trend)
    Mark.objects.update(as_of=clock.now())
    assert "rests on an old price" not in window(alice).get("/money/").content.decode()
    Mark.objects.update(as_of=clock.now() - timedelta(hours=3))
    page = window(alice).get("/money/").content.decode()

    assert "rests on an old price of BTC/USDT" in page
    assert '<span class="warn">old: </span>' in page


def test_money_of_each_mode_stands_by_itself_and_what_has_no_price_is_no_loss(alice, tmp_path, capsys):
    """Live, imported: 1,000 put in, 0.02 BTC bought at 20,000 and half of it sold at 21,000: 10 realised, 200 spent on what has no
    price, so 1,000 - 400 + 210 = 810 = 1,000 + 10 - 200. On paper 500."""
    ledger_builders.fund(alice, "500")
    lines = ("symbol,side,quantity,price,fee,fee_asset,executed_at,trade_id", "BTC/USDT,BUY,0.02,20000,0,USDT,2026-03-02T12:00:00Z,in")
    told = tmp_path / "fills.csv"
    told.write_text("\n".join([*lines, "BTC/USDT,SELL,0.01,21000,0,USDT,2026-03-02T13:00:00Z,out"]))
    call_command("import_fills", str(told), "--user", "alice", "--venue", "binance", "--opening-balance", "USDT=1000")
    page = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", window(alice).get("/money/").content.decode()))
    found = re.search(r"PAPER Equity ([\d,.]+) USDT.*? LIVE Equity ([\d,.]+) USDT", page)
    assert found

    assert found.groups() == ("500.00", "810.00")
    assert re.search(r"Put in, less taken out 1,000\.00 USDT Realised, after fees \D*10\.00 USDT Unrealised 0\.00 USDT Cost of what has no price \D?200\.00", page)
    assert "BTC has no price: only its cost is known" in page
    assert "no price is known" in page
    assert len(re.findall(r"Withdraw", page)) == 2  # of the page and of the paper wallet: live money moves at the venue
    assert "PAPER alone; LIVE stands under Money" in re.sub(r"<[^>]+>", "", window(alice).get("/").content.decode())
