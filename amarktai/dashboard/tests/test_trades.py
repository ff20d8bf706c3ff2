"""The trades screen: what is filtered, what it comes to, what its file holds, and what a bad address is told."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.tests.builders import bearer
from amarktai.dashboard.tests.builders import refused, round_trip, window
from bots.models import Bot
from trading.models import Trade
from trading.queries import trade_sums
from trading.queries.trade_sums import Wish
from trading.tests import builders

D = Decimal


@pytest.fixture
def trend(alice: User) -> Bot:
    """Alice's bot won 9.6 on 200 in 30 minutes and lost 5.4 on 200 in 45 seconds, after fees of 0.2 each way."""
    builders.fund(alice)
    bot = builders.bot(alice)
    round_trip(bot, bought="20000", sold="21000", seconds=1800)
    round_trip(bot, bought="20000", sold="19500", seconds=45, at=builders.NOON + timedelta(hours=1))
    return bot


def shown(page: str) -> list[str]:
    return re.findall(r'data-label="Result">\s*<span class="pill \w+">(\w+)<', page)


def exact(page: str, label: str) -> str:
    found = re.search(rf"<dt>{re.escape(label)}</dt><dd>\s*<span class=\"fig[^\"]*\" title=\"([^\"]*)\"", page)
    assert found, label
    return found[1]


def test_the_sums_are_those_of_the_api_to_the_last_digit(alice, trend):
    page = window(alice).get("/trades/?range=all").content.decode()
    told = bearer(alice).get("/api/trades").json()["results"]

    assert [one["profit_loss"] for one in told] == ["-5.4", "9.6"]
    assert exact(page, "Profit, after fees") == f"{sum(D(one['profit_loss']) for one in told)} USDT" == "4.2 USDT"
    assert exact(page, "Fees") == f"{sum(D(one['fees']) for one in told)} USDT"
    assert exact(page, "Average trade") == "2.1 USDT"
    assert "<dd>2<div" in page
    assert "50.0 %" in page
    assert "won over lost 1.78" in page  # 9.6 / 5.4
    assert shown(page) == ["Lost", "Won"]


def test_results_spread_in_percent_of_the_money_put_in(alice, trend):
    """9.6 / 200 = +4.8 % and -5.4 / 200 = -2.7 %: the 7.5 between them fit into 24 columns of 0.5 %, so 16 are drawn."""
    found = trade_sums.returns(trade_sums.of(owner=alice.id, wish=Wish()))

    assert [(column.low, column.count) for column in found if column.count] == [(D("-3.0"), 1), (D("4.5"), 1)]
    assert len(found) == 16


def test_holding_times_fall_into_bands(alice, trend):
    found = trade_sums.holding_times(trade_sums.of(owner=alice.id, wish=Wish()))

    assert [(band.low_s, band.high_s, band.trades, band.wins) for band in found if band.trades] == [(0, 60, 1, 0), (900, 3600, 1, 1)]
    assert trade_sums.holding_times(trade_sums.of(owner=alice.id, wish=Wish(symbol="NONE"))) == ()


def test_filters_narrow_the_list_and_its_sums(alice, trend):
    other = builders.bot(alice, name="Other", capital="1000")
    round_trip(other, bought="20000", sold="20100", seconds=300, at=builders.NOON + timedelta(hours=2))
    client = window(alice)

    assert shown(client.get(f"/trades/?range=all&bot={other.id}").content.decode()) == ["Won"]
    assert shown(client.get("/trades/?range=all&market=BTC/USDT@recorded").content.decode()) == ["Won", "Lost", "Won"]
    assert "No trade matches these filters." in client.get("/trades/?range=all&market=DOGE/USDT@sim").content.decode()
    assert "No trade matches these filters." in client.get("/trades/?range=24h").content.decode()
    assert shown(client.get("/trades/?range=custom&from=2026-03-02&to=2026-03-02").content.decode()) == ["Won", "Lost", "Won"]
    assert shown(client.get("/trades/?range=custom&from=2026-03-03").content.decode()) == []


def test_days_are_days_of_the_readers_zone(alice, trend):
    """12:00 UTC on the 2nd is 01:00 on the 3rd in Auckland."""
    User.objects.filter(id=alice.id).update(time_zone="Pacific/Auckland")
    client = window(alice)

    assert shown(client.get("/trades/?range=custom&to=2026-03-02").content.decode()) == []
    assert len(shown(client.get("/trades/?range=custom&from=2026-03-03&to=2026-03-03").content.decode())) == 2


def test_each_trade_leads_to_its_order_and_to_its_entry_in_the_journal(alice, trend):
    page = window(alice).get("/trades/?range=all").content.decode()
    links = re.findall(r'href="(/money/\?[^"#]+)#entry-(\d+)"', page)
    newest = Trade.objects.filter(owner=alice).latest("closed_at")
    journal = window(alice).get(links[0][0].replace("&amp;", "&")).content.decode()

    assert f'href="/orders/{newest.order_id}/"' in page
    assert re.findall(r'<tr id="entry-(\d+)">', journal)[0] == links[0][1]
    assert "Sell 0.01 BTC/USDT at 19,500.00" in journal


@pytest.mark.parametrize(
    "query",
    [
        "bot=x", "bot=1", "range=custom&from=2026-02-30", "range=custom&from=0001-01-01", "range=custom&to=9999-12-31",
        "range=custom&from=2026-W10-1", "range=custom&from=2026-03-05&to=2026-03-01", "before=x", "before=" + "9" * 3000,
        "before=99999-01-01T00:00:00Z_x",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/trades/", "/trades/download"])
def test_a_bad_address_is_refused_in_words(alice, trend, path, query):
    answer = window(alice).get(f"{path}?{query}")

    assert answer.status_code == (200 if path == "/trades/download" and query.startswith("before") else 400)


@pytest.mark.parametrize("path", ["/trades/", "/trades/download", "/profits/", "/charts/periods"])
def test_the_bot_of_somebody_else_does_not_exist(bob, trend, path):
    assert window(bob).get(f"{path}?bot={trend.id}").status_code == 404


def test_unknown_words_in_the_address_mean_the_usual(alice, trend):
    client = window(alice)

    assert client.get("/trades/?range=forever&market=nowhere&order=x").status_code == 200
    assert client.get("/trades/?market=%00").status_code == 400
    assert client.get("/profits/?period=hourly").status_code == 200
    assert client.get("/risk/?order=x").status_code == 200


def test_older_trades_are_on_the_next_page_and_none_is_shown_twice(alice, trend):
    bots = [trend, *(builders.bot(alice, name=f"Bot {number}", capital="1000") for number in range(3))]  # 20 trades judge a bot's edge
    for number in range(53):
        at = builders.NOON + timedelta(hours=3, minutes=2 * number)
        round_trip(bots[number % 4], bought="20000", sold="20100", seconds=60, fee="0", at=at)
    client = window(alice)
    first = client.get("/trades/?range=all").content.decode()
    older = re.search(r'href="(\?range=all&amp;before=[^"]+)">Older', first)
    assert older
    second = client.get("/trades/" + older[1].replace("&amp;", "&")).content.decode()
    orders = [re.findall(r'href="(/orders/[^"]+)">Order<', page) for page in (first, second)]

    assert (len(orders[0]), len(set(orders[0] + orders[1]))) == (50, 55)


def test_the_file_holds_every_filtered_trade_and_numbers_as_they_are(alice, trend):
    answer = window(alice).get("/trades/download?range=all")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))

    assert answer["Content-Disposition"].startswith('attachment; filename="trades-')
    assert [(row["profit_loss"], row["held_seconds"], row["bot"], row["reason"]) for row in rows] == [
        ("-5.4", "45", "Trend", "SIGNAL"), ("9.6", "1800", "Trend", "SIGNAL"),
    ]  # fmt: skip
    assert list(csv.DictReader(io.StringIO(b"".join(window(alice).get("/trades/download?range=24h")).decode()))) == []


def test_the_file_of_somebody_else_is_empty(bob, trend):
    text = b"".join(window(bob).get("/trades/download?range=all")).decode()

    assert text.count("\n") == 1


def test_an_empty_list_says_when_the_next_candle_closes_and_which_gate_says_no(alice, monkeypatch):
    builders.fund(alice)
    client = window(alice)
    assert "you have no bot yet" in client.get("/trades/").content.decode()

    bot = builders.bot(alice, running=False)
    assert "no bot is running" in client.get("/trades/").content.decode()

    Bot.objects.filter(id=bot.id).update(status="RUNNING", pause_reason="")
    assert re.search(r"the next candle closes in \d+\s(s|min)\. No gate has refused anything", client.get("/trades/").content.decode())

    monkeypatch.setattr("accounts.web.clock.now", lambda: builders.NOON + timedelta(minutes=1))
    refused(bot)
    page = client.get("/trades/").content.decode()
    assert "Gate B, fee coverage said no once in the last 24 hours: The expected move does not pay for the round trip." in page
