"""Risk, profits, portfolio and timeline: figures equal to the API, addresses that mean nothing, pages that lose no line."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.tests.builders import bearer
from amarktai.dashboard.pages import periods, profits
from amarktai.dashboard.tests.builders import holding, refused, round_trip, trip, window
from bots.models import Bot
from bots.operations import lifecycle
from trading.models import BreakerState, Order, TrackRecord
from trading.tests import builders

D = Decimal
NOON = builders.NOON


@pytest.fixture
def trend(alice: User) -> Bot:
    """Alice's bot won 9.6 on 2 March at noon and lost 5.4 on the 3rd, after fees of 0.4 each."""
    builders.fund(alice)
    bot = builders.bot(alice)
    round_trip(bot, bought="20000", sold="21000")
    round_trip(bot, bought="20000", sold="19500", at=NOON + timedelta(days=1))
    return bot


@pytest.fixture
def noon_after(monkeypatch) -> None:
    """It is 4 March, 12:00 UTC."""
    monkeypatch.setattr("accounts.web.clock.now", lambda: NOON + timedelta(days=2))


def texts(page: str, section: str) -> list[str]:
    body = page.split(f'id="{section}"')[1].split("</section>", maxsplit=1)[0]
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)]


@pytest.mark.parametrize(("period", "first"), [("daily", "3 Mar 2026"), ("weekly", "week of 2 Mar 2026"), ("monthly", "March 2026")])
def test_each_period_shows_what_the_api_says(alice, trend, noon_after, period, first):
    page = window(alice).get(f"/profits/?period={period}&bot={trend.id}").content.decode()
    told = bearer(alice).get(f"/api/profits?period={period}&bot={trend.id}").json()
    exact = re.findall(r'title="(-?[0-9.]+) USDT"', page.split('id="periods"')[1])

    assert exact == [one[name] for one in reversed(told) for name in ("gross", "fees", "net")]
    assert first in " ".join(texts(page, "periods"))


def test_the_sums_of_the_days_are_those_of_the_month(alice, trend, noon_after):
    page = profits.build(user=alice, query={}, now=NOON + timedelta(days=2))
    [total] = page.sums

    assert (total.net.exact, total.gross.exact, total.fees.exact, total.trades, total.won) == ("4.2 USDT", "5 USDT", "0.8 USDT", "2", "1 of 2")
    assert (total.best.exact, total.worst.exact) == ("9.6 USDT", "-5.4 USDT")


def test_fees_say_whether_what_is_still_held_is_among_them(alice, trend, noon_after):
    """Two round trips for 0.8; what was bought last cost 0.2 and is not sold."""
    holding(trend, fee="0.2", at=NOON + timedelta(days=1, hours=12))
    shown = {path: re.sub(r"\s+", " ", window(alice).get(path).content.decode()) for path in ("/", "/profits/", "/trades/?range=all")}

    assert re.search(r"Fees paid, of all fills<span[^>]*>also of what is still held; 2 trades closed</span></dt><dd> <span [^>]*title=\"1 USDT\"", shown["/"])
    assert re.search(r"<dt>Fees</dt><dd><span [^>]*title=\"0.8 USDT\".{0,150}of the 2 closed, both ways", shown["/profits/"])
    assert re.search(r"<dt>Fees</dt><dd><span [^>]*title=\"0.8 USDT\".{0,150}of these trades, both ways", shown["/trades/?range=all"])


def test_a_drawing_of_profits_holds_the_same_figures(alice, trend, noon_after):
    points = window(alice).get("/charts/periods?period=daily").json()["points"]

    assert [point["net"] for point in points if D(point["net"])] == ["9.6", "-5.4"]
    assert len(points) == profits.FEWEST
    assert window(alice).get("/charts/periods?period=weekly").json()["points"][-1]["label"] == "week of 2 Mar 2026: +4.20 USDT, 2 closed"


def test_no_profit_yet_is_said_and_not_drawn(bob):
    assert "you have no bot yet" in window(bob).get("/profits/").content.decode()
    assert window(bob).get("/charts/periods").json() == {"points": []}


def test_every_limit_of_the_api_is_on_the_risk_screen_with_its_use(alice, trend, noon_after):
    page = window(alice).get("/risk/").content.decode()
    api = bearer(alice)
    entries = next(one for one in api.get("/api/limits/status").json()["counts"] if one["name"] == "MAX_TRADES_PER_USER_DAILY")
    breakers = api.get("/api/circuit-breaker/status").json()["breakers"]
    streak = next(one for breaker in breakers if breaker["scope"] == "BOT" for one in breaker["limits"] if one["name"] == "LOSSES_IN_A_ROW")

    assert f"Entries today: {entries['value']} of {entries['limit']}" in page
    assert f"Losses in a row: {int(D(streak['value']))} of {int(D(streak['limit']))}" in page
    assert page.count("Drawdown:") == len(breakers)


def test_the_risk_screen_says_which_bot_makes_ones_own_limits_strict_and_when_they_are_not(alice, trend, noon_after):
    """Standard: 20 % of drawdown, 10 % in a day. Conservative: 10 %, 3 % and 7 % in a week, which count for all bots while one runs."""
    builders.bot(alice, name="Careful", capital="1000", profile="conservative")
    BreakerState.objects.create(owner=alice, mode="PAPER", updated_at=NOON)

    def told() -> str:
        page = window(alice).get("/risk/").content.decode().replace("\u00a0", " ")
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split('id="own"')[1].split("</section>")[0]))

    strict, usual = "a drawdown of 10 %, a loss of 3 % in a day and 7 % in a week", "a drawdown of 20 %, a loss of 10 % in a day and no limit for a week"
    assert f"These limits are strict ({strict}) because Careful runs with the conservative profile" in told()
    assert f"While no such bot runs they are {usual}." in told()
    assert "Loss this week" in told()

    lifecycle.pause(bot_id=Bot.objects.get(name="Careful").id, actor="user:test", request_id="", now=NOON + timedelta(days=2))

    assert f"These limits are {usual}. While a bot with the conservative profile runs, they are stricter for all your bots: {strict}." in told()
    assert "Loss this week" not in told()


def test_a_trip_stands_on_the_risk_screen_until_it_is_reset_with_a_reason(alice, trend):
    trip(trend)
    client = window(alice)
    page = client.get("/risk/").content.decode()
    assert "1 bot tripped" in page
    assert "The limit is reached: 5 of 5." in page
    assert f'href="/bots/{trend.id}/reset"' in page

    assert client.post(f"/bots/{trend.id}/reset", {"reason": " "}, headers={"HX-Request": "true"}).status_code == 422
    assert client.post(f"/bots/{trend.id}/reset", {"reason": "looked into it"}, headers={"HX-Request": "true"}).status_code == 200
    page = client.get("/risk/").content.decode()
    assert "Not tripped" in page
    assert "by you: looked into it" in page


def test_the_risk_of_somebody_else_is_not_shown(bob, trend):
    trip(trend)
    page = window(bob).get("/risk/").content.decode()

    assert "No breaker has ever tripped." in page
    assert "Nothing is stopped." in page


def test_a_refusal_in_the_timeline_says_what_was_missing_and_a_sale_what_it_brought(alice, trend):
    refused(trend, at=NOON + timedelta(days=1, hours=1))
    page = window(alice).get(f"/bots/{trend.id}/").content.decode()
    why = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split('id="why"')[1]))

    assert "Needed 48 bps, had 31 bps: 17 bps short." in why
    assert re.search(r"Closed with ▼ down .5\.40 USDT", why)
    assert "Start" in why
    assert "by you" in why


def test_the_timeline_is_paged_and_no_line_is_lost_or_told_twice(alice, trend):
    for number in range(40):
        refused(trend, at=NOON + timedelta(days=1, hours=1, minutes=number))
    client = window(alice)
    seen: list[str] = []
    address = f"/bots/{trend.id}/"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'href="(/orders/[^"]+)">Details', page)
        older = re.search(r'href="(\?before=[^"#]+)#why">Older', page)
        address = f"/bots/{trend.id}/" + older[1].replace("&amp;", "&") if older else ""

    assert len(seen) == len(set(seen)) == Order.objects.filter(bot=trend).count() == 44


ROW = "01a1f770-e17e-79fb-b4d3-795f2f77791d"


@pytest.mark.parametrize(
    "before",
    ["x", "9999", f"2026-03-02T12:00:00_{ROW}", f"9999-12-31T23:59:59-23:59_{ROW}", f"0001-01-01T00:00:00+23:59_{ROW}"],
    ids=["no time", "no row", "no zone", "after the last year", "before the first"],
)  # fmt: skip
def test_a_bad_cursor_is_refused_in_words_on_every_page_that_goes_on(alice, trend, before):
    for path in (f"/bots/{trend.id}/", "/risk/", "/orders/", "/trades/", "/alerts/", "/audit/"):
        assert (path, window(alice).get(path, {"before": before}).status_code) == (path, 400)


def test_a_cursor_of_another_zone_is_the_same_moment(alice, trend):
    """Half a second beside the half minute: PostgreSQL would not read this zone."""
    for path in (f"/bots/{trend.id}/", "/risk/", "/orders/", "/trades/", "/alerts/", "/audit/"):
        assert (path, window(alice).get(path, {"before": f"2026-01-01T00:00:00+00:00:30.5_{ROW}"}).status_code) == (path, 200)


def test_changes_of_a_bots_settings_stand_on_its_page_with_before_and_after(alice, trend):
    assert bearer(alice).patch(f"/api/bots/{trend.id}", {"exits": {"stop_loss": "0.02"}}, format="json").status_code == 200
    page = window(alice).get(f"/bots/{trend.id}/").content.decode()
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split('id="changes"')[1].split("</section>")[0]))

    assert "Changed" in told
    assert "stop loss 2.00 %" in told
    assert "Made" in told


def test_two_ways_to_the_equity_agree_and_equal_the_api(alice, trend):
    holding(trend, at=NOON + timedelta(days=1, hours=2))
    builders.mark("20500")
    page = window(alice).get("/money/").content.decode()
    told = bearer(alice).get("/api/portfolio/summary").json()
    sums = re.findall(r'<div class="sum"><dt>Equity</dt><dd><span class="fig" title="([^"]+)"', page)

    assert sums == [f"{told['equity']} USDT"] * 2 == ["100009.2 USDT"] * 2
    assert "They agree to the last digit" in page
    assert "20,500.00 USDT" in page


def test_a_position_without_a_price_is_named_and_left_out(alice, trend, monkeypatch):
    holding(trend, at=NOON + timedelta(days=1, hours=2))
    monkeypatch.setattr("ledger.queries.worth._MARKS", "SELECT NULL::uuid, '', '', '', NULL::numeric, NULL::timestamptz WHERE %s::text[] IS NULL")
    page = window(alice).get("/money/").content.decode()

    assert "no price is known" in page
    assert "BTC has no price: only its cost is known" in page


@pytest.mark.parametrize("name", ["hourly", "", "DAILY"])
def test_an_unknown_period_means_days(name):
    assert periods.known(name) == "daily"


def test_a_bot_in_training_shows_its_evidence_against_each_threshold_as_the_api_does(alice, trend):
    page = window(alice).get("/stages/").content.decode()
    [told] = bearer(alice).get("/api/bots/stages").json()["results"]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))

    assert told["stage"] == "TRAINING"
    assert told["sentence"] in text
    for threshold in told["thresholds"]:
        assert f'title="{threshold["sentence"]}"' in page
    assert f"Trades {told['trades']} of 25" in text
    assert "No bot is in quarantine." in window(alice).get("/stages/?stage=QUARANTINE").content.decode()
    assert "Quarantine 1" not in text


@pytest.mark.parametrize(
    ("trades", "said"),
    [(0, "unknown: two trades"), (1, "unknown: two trades"), (20, "+0.427 % (mean +1.000 %, less 0.573 % of uncertainty)")],
)
def test_how_sure_the_mean_is_is_unknown_until_two_trades_tell(alice, trend, trades, said):
    told = {"trades": trades, "net_return_mean": 0.01 if trades else 0, "net_return_deviation": 0.02 if trades > 1 else 0}
    TrackRecord.objects.update_or_create(bot=trend, defaults=told)
    page = window(alice).get("/stages/").content.decode().replace("\u00a0", " ")

    assert said in page
    assert ("Met: " in page) == (trades == 20)


def test_a_bot_in_quarantine_stands_on_the_other_tab(alice, bob, trend):
    Bot.objects.filter(id=trend.id).update(stage="QUARANTINE")

    assert "Still asked for" in window(alice).get("/stages/?stage=QUARANTINE").content.decode()
    assert "Trend" not in window(bob).get("/stages/?stage=QUARANTINE").content.decode()
