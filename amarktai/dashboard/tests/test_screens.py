"""The screens without a browser: who sees what, what stays the same as the API, what is refused and how."""

import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from accounts.operations import alerts, second_factor
from accounts.queries import broker
from accounts.tests import builders as people
from accounts.tests.builders import bearer
from accounts.web import clock
from amarktai.dashboard.pages import overview
from bots.models import Bot, Halt
from bots.tests.threads import at_once
from ledger.models import Balance, ProfitBucket, Wallet
from trading.models import Order
from trading.operations import heartbeat
from trading.tests import builders

SCREENS = (
    "/", "/bots/", "/bots/new", "/orders/", "/money/", "/money/?tab=fills", "/alerts/", "/audit/", "/settings/", "/more", "/stop",
    "/money/deposit", "/money/withdraw", "/trades/", "/trades/?range=all", "/profits/", "/profits/?period=monthly", "/risk/", "/stages/",
    "/stages/?stage=QUARANTINE", "/orders/new",
)  # fmt: skip
HTMX = {"HX-Request": "true"}


@pytest.fixture
def holder(alice: User) -> Bot:
    """Alice has 110,000 USDT at `recorded`; her bot has bought 0.01 BTC at 20,000, now worth 20,500: 5 USDT up."""
    builders.fund(alice)
    bot = builders.bot(alice)
    builders.holding(bot)
    builders.mark("20500")
    return bot


def window(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def exact(page: str, label: str) -> str:
    """The exact figure beside a label on the page."""
    found = re.search(rf"<dt>{re.escape(label)}</dt><dd>\s*<span class=\"fig[^\"]*\" title=\"([^\"]*)\"", page)
    assert found, label
    return found[1]


@pytest.mark.parametrize("path", SCREENS)
def test_a_stranger_is_sent_to_the_log_in_and_back(client, db, path):
    answer = client.get(path)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/login?next=%2F")


def test_an_expired_login_in_an_open_page_leads_back_to_that_page(client, db):
    answer = client.get("/", headers={**HTMX, "HX-Current-URL": "http://testserver/orders/?state=FILLED"})

    assert answer["HX-Redirect"] == "/login?next=%2Forders%2F%3Fstate%3DFILLED"


@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_shows_a_person_who_has_nothing_yet(bob, path):
    assert window(bob).get(path).status_code == 200


@pytest.mark.parametrize("path", SCREENS)
def test_every_screen_shows_a_person_with_a_bot_that_trades(alice, holder, path):
    assert window(alice).get(path).status_code == 200


@pytest.mark.parametrize("path", [*SCREENS, "/login", "/register"])
def test_no_screen_holds_a_script_a_style_or_a_handler_of_its_own(alice, holder, path):
    page = (Client() if path in ("/login", "/register") else window(alice)).get(path).content.decode()

    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"(src|href)=\"(https?:)?//(?!www\.tradingview\.com/)", page)


def test_the_bot_and_its_order_have_pages_of_their_own(alice, holder):
    order = Order.objects.get(bot=holder)
    pages = [window(alice).get(path) for path in (f"/bots/{holder.id}/", f"/orders/{order.id}/")]

    assert [page.status_code for page in pages] == [200, 200]
    assert "0.01 BTC" in pages[0].content.decode()


def test_figures_of_the_overview_are_those_of_the_api(alice, holder):
    page = window(alice).get("/").content.decode()
    told = bearer(alice).get("/api/portfolio/summary").json()

    assert told["equity"] == "100005"
    assert exact(page, "Equity") == f"{told['equity']} USDT"
    assert exact(page, "Unrealised") == f"{told['unrealised_profit']} USDT"
    assert exact(page, "Realised, after fees") == f"{told['realised_profit']} USDT"


def test_figures_of_a_bot_are_those_of_the_api(alice, holder):
    page = window(alice).get(f"/bots/{holder.id}/").content.decode()
    told = bearer(alice).get(f"/api/bots/{holder.id}").json()

    assert exact(page, "Equity of its book") == f"{told['book_equity']} USDT"
    assert exact(page, "Fees") == f"{told['fees']} USDT"


def test_the_journal_shows_each_entry_with_the_balance_after_it(alice, holder):
    page = window(alice).get("/money/").content.decode()
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", page.split('id="book"')[1], re.S)
    words = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in rows[1:]]

    assert "Buy 0.01 BTC/USDT at 20,000.00" in words[0]
    assert "99,800.00 USDT" in words[0]
    assert "+100,000.00" in words[-1]
    assert "each sealed to the one before" in page


def test_older_orders_are_on_the_next_page_and_none_is_shown_twice(alice, holder):
    for number in range(60):
        [row] = builders.sent(replace(builders.manual(holder), intent=uuid4(), quantity=Decimal("0.001")), now=builders.utc(2026, 3, 2, 13, number))
        Order.objects.filter(id=row.id).exclude(state="REFUSED").update(state="CANCELLED")
    client = window(alice)
    first = client.get("/orders/").content.decode()
    older = re.search(r'href="(\?before=[^"]+)">Older', first)
    assert older
    second = client.get("/orders/" + older[1].replace("&amp;", "&")).content.decode()
    shown = [re.findall(r'<td class="title nowrap" data-label="Time"><a href="([^"]+)"', page) for page in (first, second)]

    assert len(shown[0]) == 50
    assert len(set(shown[0] + shown[1])) == Order.objects.filter(owner=alice).count() == 61


@pytest.mark.parametrize("path", ["/bots/{bot}/", "/bots/{bot}/stop", "/charts/bots/{bot}", "/orders/{order}/", "/orders/{order}/cancel"])
def test_what_belongs_to_somebody_else_does_not_exist(bob, holder, path):
    order = Order.objects.get(bot=holder)

    assert window(bob).get(path.format(bot=holder.id, order=order.id)).status_code == 404


@pytest.mark.parametrize("path", ["/orders/", "/alerts/", "/audit/"])
@pytest.mark.parametrize("cursor", ["x", "2026-03-02T12:00:00Z_x", "2026-03-02T12:00:00_01a1f770-e17e-79fb-b4d3-795f2f77791d"])
def test_a_cursor_that_is_none_is_refused_in_words(bob, path, cursor):
    answer = window(bob).get(path, {"before": cursor})

    assert answer.status_code == 400
    assert "This page does not exist." in answer.content.decode()


def test_nobody_moves_the_bot_of_somebody_else(bob, holder):
    answer = window(bob).post(f"/bots/{holder.id}/pause", headers=HTMX)
    holder.refresh_from_db()

    assert (answer.status_code, holder.status) == (404, "RUNNING")


def test_an_act_needs_the_token_of_the_page(alice, holder):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")

    assert strict.post(f"/bots/{holder.id}/pause").status_code == 403


def test_one_click_deposits_once_however_often_its_form_arrives(bob):
    form = {"amount": "250.50", "asset": "USDT", "key": "one-click"}
    answers = [window(bob).post("/money/deposit", form, headers=HTMX) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert Balance.objects.get(book__wallet__owner=bob, book__kind="FREE").cash == Decimal("250.50")


@pytest.mark.django_db(transaction=True)
def test_sixteen_arrivals_of_one_click_at_once_deposit_once(bob):
    form = {"amount": "250.50", "asset": "USDT", "key": "one-click"}
    answers = at_once(16, lambda _: window(bob).post("/money/deposit", form, headers=HTMX).status_code)

    assert Counter(answers) == {200: 16}
    assert Balance.objects.get(book__wallet__owner=bob, book__kind="FREE").cash == Decimal("250.50")


def test_a_click_acts_once_although_the_broker_has_lost_everything_in_between(alice, holder):
    """Each act of a page on money: deposit 250.50, withdraw 50.50, a bot with 100; and a demo bot, which gets 10,000 and takes 1,000."""
    bot = {
        "name": "Twice?", "venue": "recorded", "symbol": "BTC/USDT", "timeframe": "1m", "strategy": "ema_cross", "capital": "100",
        "fast": "12", "slow": "26", "volatility": "60", "stop_loss": "2", "take_profit": "", "max_holding": "90",
    }  # fmt: skip
    deposit, withdrawal = ({"venue": "recorded", "amount": amount, "asset": "USDT"} for amount in ("250.50", "50.50"))
    acts = {"/money/deposit": deposit, "/money/withdraw": withdrawal, "/bots/new": bot, "/bots/demo": {}}
    free = Balance.objects.get(book__wallet__venue="recorded", book__kind="FREE", asset="USDT")
    before = free.cash
    for path, form in acts.items():
        answers = []
        for _ in range(2):
            answers.append(window(alice).post(path, {**form, "key": path}, headers=HTMX).status_code)
            broker.connection().flushall()
        assert answers == ([200, 200] if "money" in path else [204, 409]), path

    free.refresh_from_db()
    assert free.cash == before + Decimal(250 - 50 - 100)
    assert Balance.objects.get(book__wallet__venue="sim", book__kind="FREE", asset="USDT").cash == 10_000 - 1_000
    assert sorted(Bot.objects.exclude(id=holder.id).values_list("name", flat=True)) == ["Demo bot", "Twice?"]


def test_a_form_that_comes_again_with_another_amount_moves_nothing(bob):
    form = {"amount": "250.50", "asset": "USDT", "key": "one-click"}
    window(bob).post("/money/deposit", form, headers=HTMX)
    again = window(bob).post("/money/deposit", {**form, "amount": "100"}, headers=HTMX)

    assert (again.status_code, "open the form again" in again.content.decode()) == (409, True)
    assert Balance.objects.get(book__wallet__owner=bob, book__kind="FREE").cash == Decimal("250.50")


def test_a_refused_first_deposit_opens_no_wallet(bob):
    refused = window(bob).post("/money/deposit", {"amount": "1", "asset": "BTC", "key": "k"}, headers=HTMX)

    assert (refused.status_code, Wallet.objects.filter(owner=bob).exists()) == (400, False)


def test_a_refused_click_may_be_made_again(bob):
    form = {"amount": "50", "asset": "USDT", "key": "one-click"}
    window(bob).post("/money/deposit", {**form, "amount": "10", "key": "first"}, headers=HTMX)
    refused = window(bob).post("/money/withdraw", form, headers=HTMX)
    window(bob).post("/money/deposit", {**form, "key": "second"}, headers=HTMX)

    assert (refused.status_code, window(bob).post("/money/withdraw", form, headers=HTMX).status_code) == (422, 200)


@pytest.mark.parametrize("key", ["", "k" * 65])
def test_a_form_that_lost_its_mark_does_nothing_and_says_so(bob, key):
    answer = window(bob).post("/money/deposit", {"amount": "1", "asset": "USDT", "key": key}, headers=HTMX)

    assert answer.status_code == 400
    assert "Open the form again" in answer.content.decode()
    assert not Balance.objects.filter(book__wallet__owner=bob).exists()


@pytest.mark.parametrize("amount", ["-1", "NaN", "1e5", "", "0", "9" * 40, "1,5"])
def test_an_amount_that_is_none_is_refused_in_words_and_books_nothing(bob, amount):
    answer = window(bob).post("/money/deposit", {"amount": amount, "asset": "USDT", "key": "k"}, headers=HTMX)

    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert not Balance.objects.filter(book__wallet__owner=bob).exists()


def test_a_refused_new_bot_keeps_what_was_typed_and_says_why(alice, holder):
    form = {
        "name": "Mine", "venue": "recorded", "symbol": "BTC/USDT", "timeframe": "1m", "strategy": "ema_cross", "capital": "100",
        "fast": "30", "slow": "20", "volatility": "60", "key": "k",
    }  # fmt: skip
    answer = window(alice).post("/bots/new", form)
    page = answer.content.decode()

    assert answer.status_code == 422
    assert "Fast must be smaller than slow." in page
    assert 'value="Mine"' in page
    assert Bot.objects.filter(owner=alice).count() == 1


def test_a_new_bot_is_made_from_the_form_and_shown(alice, holder):
    form = {
        "name": "Second", "venue": "recorded", "symbol": "BTC/USDT", "timeframe": "1m", "strategy": "ema_cross", "capital": "100",
        "fast": "12", "slow": "26", "volatility": "60", "stop_loss": "2", "take_profit": "", "max_holding": "90", "key": "k",
    }  # fmt: skip
    answer = window(alice).post("/bots/new", form)
    made = Bot.objects.get(owner=alice, name="Second")

    assert answer["Location"] == f"/bots/{made.id}/"
    assert (made.stop_loss, made.take_profit, made.max_holding) == (Decimal("0.02"), None, 5400)


def test_one_tap_makes_a_running_demo_bot_with_paper_money(bob):
    answers = [window(bob).post("/bots/demo", {"key": "one-tap"}, headers=HTMX) for _ in range(2)]
    made = Bot.objects.get(owner=bob)

    assert [answer.status_code for answer in answers] == [204, 409]
    assert answers[0]["HX-Redirect"] == f"/bots/{made.id}/"
    assert (made.status, made.book.allocation.amount) == ("RUNNING", Decimal(1000))


def test_stopping_asks_first_and_then_for_nothing(alice, holder):
    client = window(alice)
    asked = client.get("/stop", headers=HTMX).content.decode()
    assert "running bot is paused" in asked
    assert "open position stays as it is" in asked
    assert "nobody sells what is held: stop-loss and take-profit wait until you lift it. To sell now, tick the box below." in asked
    assert 'name="flatten" value="yes">Also close open positions at the market' in asked
    assert not Halt.objects.exists()

    client.post("/stop", headers=HTMX)
    holder.refresh_from_db()

    assert (holder.status, holder.pause_reason) == ("PAUSED", "EMERGENCY_STOP")
    assert 'class="halt halted"' in client.get("/").content.decode()


def test_the_stop_says_beforehand_what_the_way_back_asks_for_and_who_cannot_go_it_yet(bob):
    client = window(bob)
    assert "you have none set up: the stop works all the same" in client.get("/stop", headers=HTMX).content.decode()

    second_factor.install(user=bob, secret=people.SECRET, now=clock.now())
    asked = client.get("/stop", headers=HTMX).content.decode()
    assert "Lifting it needs a reason and a code" in asked
    assert "none set up" not in asked


def test_a_page_brings_the_age_of_the_newest_heartbeat_so_that_it_need_not_wait_for_the_next(bob):
    assert 'data-beat=""' in window(bob).get("/").content.decode()

    heartbeat.beat(processes=("worker", "beat"), now=clock.now() - timedelta(seconds=5))
    [age] = re.findall(r'data-beat="([\d.]+)"', window(bob).get("/").content.decode())
    assert float(age) >= 5


def test_the_question_before_a_stop_stands_under_risk_in_the_menu(bob):
    page = window(bob).get("/stop").content.decode()

    assert re.search(r'href="/risk/" title="Risk" aria-current="page"', page)


def test_the_stop_tells_who_holds_nothing_the_same_and_names_no_box_that_is_not_there(bob):
    asked = window(bob).get("/stop", headers=HTMX).content.decode()

    assert "stop-loss and take-profit wait until you lift it." in asked
    assert "the box below" not in asked
    assert 'name="flatten"' not in asked


@pytest.mark.parametrize(("then", "goes_on_at"), [("/", "/"), ("/money/", "/money/"), ("https://evil.example/", "/"), ("//evil.example", "/")])
def test_a_question_of_its_own_page_goes_on_where_it_says_and_never_to_another_site(alice, holder, then, goes_on_at):
    plain = window(alice).post("/stop", {"then": then}, headers={"Referer": "http://testserver/stop"})
    scripted = window(alice).post("/stop", {"then": then}, headers=HTMX)

    assert (plain.status_code, plain["Location"]) == (302, goes_on_at)
    assert (scripted.status_code, scripted["HX-Redirect"]) == (204, goes_on_at)


def test_a_stop_is_not_lifted_without_a_code(alice, holder):
    client = window(alice)
    client.post("/stop")

    answer = client.post("/resume/mine", {"reason": "drill", "otp": ""}, headers=HTMX)

    assert answer.status_code == 403
    assert Halt.objects.filter(lifted_at__isnull=True).count() == 1


def test_a_member_cannot_stop_or_resume_everybody(alice, bob, holder):
    window(bob).post("/stop")
    holder.refresh_from_db()

    assert holder.status == "RUNNING"
    assert window(bob).post("/resume/everybody", {"reason": "x", "otp": "123456"}, headers=HTMX).status_code == 403


def test_the_log_in_never_leads_to_another_site(client, alice):
    form = {"username": "alice", "password": "correct horse battery staple", "next": "https://evil.example/"}

    assert client.post("/login", form)["Location"] == "/"


def test_a_wrong_password_reads_the_same_for_known_and_unknown_names(client, alice):
    answers = [client.post("/login", {"username": name, "password": "wrong wrong wrong"}) for name in ("alice", "nobody")]
    said = [re.findall(r'role="alert">([^<]*)<', answer.content.decode()) for answer in answers]

    assert said[0] == said[1] == ["User name or password is wrong."]


def test_after_a_stop_all_that_it_paused_can_be_ticked_and_resumed_without_what_was_paused_by_hand(alice, holder):
    by_hand = builders.bot(alice, name="Rests", capital="500")
    window(alice).post(f"/bots/{by_hand.id}/pause", headers=HTMX)
    window(alice).post("/stop", headers=HTMX)
    Halt.objects.update(lifted_at=builders.NOON, lifted_by="user:a", lift_reason="all clear")
    listed = window(alice).get("/bots/?status=EMERGENCY_STOP").content.decode()
    ticked = re.findall(r'name="bot" value="([^"]+)"', listed)
    window(alice).post("/bots/selected", {"move": "resume", "bot": ticked}, headers=HTMX)

    assert (ticked, '<option value="EMERGENCY_STOP" selected>' in listed) == ([str(holder.id)], True)
    assert list(Bot.objects.order_by("status").values_list("status", "pause_reason")) == [("PAUSED", "USER"), ("RUNNING", "")]


def test_the_list_of_bots_sums_what_the_filter_shows(alice, holder):
    builders.bot(alice, name="Other", capital="500", running=False)
    page = window(alice).get("/bots/?q=other").content.decode()

    assert "<b>1</b> of 2 bots" in page
    assert 'title="500 USDT"' in page
    assert "several currencies" not in window(alice).get("/bots/?q=nothing-of-that-name").content.decode()


def test_the_statements_of_the_list_do_not_grow_with_the_bots(alice, holder, django_assert_num_queries):
    client = window(alice)
    client.get("/bots/")
    with django_assert_num_queries(11) as first:
        client.get("/bots/")
    builders.bot(alice, name="Second", capital="100")
    builders.bot(alice, name="Third", capital="100")

    with django_assert_num_queries(len(first.captured_queries)):
        client.get("/bots/")


def test_this_week_and_this_month_count_from_their_first_day_not_from_today(alice):
    """Saturday 14 March 2026: 3 USDT today, 5 on Monday the 9th, 7 on Sunday the 1st, 11 in February."""
    builders.fund(alice)
    book = builders.bot(alice, running=False).book
    for day, net in ((date(2026, 3, 14), "3"), (date(2026, 3, 9), "5"), (date(2026, 3, 1), "7"), (date(2026, 2, 28), "11")):
        ProfitBucket.objects.create(book=book, day=day, currency_id="USDT", gross=Decimal(net), fees=Decimal(0), net=Decimal(net), matches=1)
    page = overview.build(user=alice, range_name="7d", now=builders.utc(2026, 3, 14, 12))

    assert [(one.label, one.money.exact) for one in page.earned[:3]] == [
        ("Today", "3 USDT"), ("This week", "8 USDT"), ("This month", "15 USDT"),
    ]  # fmt: skip


def test_six_alerts_alike_are_one_line_on_the_overview_and_six_in_the_list(alice, holder):
    for bot in range(6):
        alerts.raise_alert(
            person=alice.id, severity="WARNING", code="LOSSES_IN_A_ROW", sentence="Trades lost in a row. Used: 3 of 5.", data={},
            dedup_key=str(bot), now=builders.NOON,
        )  # fmt: skip
    said = [window(alice).get(path).content.decode().count("Trades lost in a row. Used: 3 of 5.") for path in ("/", "/alerts/")]

    assert said == [1, 6]
    assert "5 more like it that day." in window(alice).get("/").content.decode()


def test_what_is_told_of_one_bot_does_not_fold_away_what_is_told_of_another(alice, holder):
    """Two bots: one lost 4 in a row at nine, the other 2 and then 3 after it. Each says its newest; the 2 of 5 is old news."""
    other = builders.bot(alice, name="Other", capital="500", running=False)
    for hour, bot, lost in ((9, holder, 4), (10, other, 2), (11, other, 3)):
        alerts.raise_alert(
            person=alice.id, severity="WARNING", code="BREAKER_LOSSES_IN_A_ROW", sentence=f"Trades lost in a row. Used: {lost} of 5.",
            data={"bot": str(bot.id)}, dedup_key=str(hour), now=builders.utc(2026, 3, 2, hour),
        )  # fmt: skip
    page = window(alice).get("/").content.decode()

    assert re.findall(r"Used: (\d) of 5", page) == ["3", "4"]
    assert "1 more like it that day." in page


def test_alerts_stand_by_the_time_of_what_they_tell_and_name_the_bot(alice, holder):
    for hour in (9, 11, 10):
        alerts.raise_alert(
            person=alice.id, severity="WARNING", code="BREAKER_LOSSES_IN_A_ROW", sentence=f"Three lost at {hour}.",
            data={"bot": str(holder.id)}, now=builders.utc(2026, 3, 2, hour), dedup_key=str(hour),
        )  # fmt: skip
    page = window(alice).get("/alerts/").content.decode()

    assert re.findall(r"Three lost at (\d+)", page) == ["11", "10", "9"]
    assert f'<a href="/bots/{holder.id}/">Trend</a>: Three lost at 11.' in page


def test_the_audit_trail_names_a_bot_instead_of_its_id(alice, holder):
    page = window(alice).get("/audit/").content.decode()

    assert f'<a href="/bots/{holder.id}/">Trend</a>' in page
    assert f"<td>bot:{holder.id}" not in page


def test_a_wrong_first_code_asks_again_in_words(bob):
    asked = window(bob)
    asked.post("/settings/second-factor")
    answer = asked.post("/settings/second-factor/confirm", {"otp": "000000"})
    page = answer.content.decode()

    assert answer.status_code == 403
    assert "The code is wrong, too old or already used." in page
    assert 'name="otp"' in page


def test_who_has_no_second_factor_is_told_where_to_get_one_before_lifting_a_stop(bob):
    page = window(bob).get("/resume/mine", headers=HTMX).content.decode()

    assert "A second factor is needed" in page
    assert 'href="/settings/"' in page
    assert 'name="otp"' not in page


@pytest.mark.parametrize(("field", "given"), [("stop_loss", "150"), ("take_profit", "100"), ("trailing", "100.5")])
def test_an_exit_of_a_hundred_percent_or_more_is_refused_in_percent(alice, holder, field, given):
    form = {
        "name": "Mine", "venue": "recorded", "symbol": "BTC/USDT", "timeframe": "1m", "strategy": "ema_cross", "capital": "100",
        "fast": "20", "slow": "30", "volatility": "60", "key": "k", field: given,
    }  # fmt: skip
    answer = window(alice).post("/bots/new", form)

    assert answer.status_code == 400
    assert "give a percentage below 100." in answer.content.decode()
    assert Bot.objects.filter(owner=alice).count() == 1


def test_the_form_says_what_a_round_trip_costs_and_what_edge_it_asks_for(alice, holder):
    """Margins: 10 for slippage, 5 for safety, 10 that must be left over."""
    page = window(alice).get("/bots/new?venue=recorded&symbol=BTC/USDT").content.decode()
    told = re.search(r"costs (\S+) bps of fees and (\S+) bps of spread and slippage; with (\S+) bps .* at least (\S+) bps", page)

    assert told
    fees, spread, margins, needed = map(Decimal, told.groups())
    assert margins == 25
    assert fees + spread + margins == needed


def test_resume_all_leaves_what_a_stop_paused_and_says_what_to_do(alice, holder):
    Bot.objects.filter(id=holder.id).update(status="PAUSED", pause_reason="EMERGENCY_STOP")
    page = window(alice).post("/bots/resume-all", headers=HTMX).content.decode()
    holder.refresh_from_db()

    assert "0 bots are resumed. 1 bot that the emergency stop paused waits for your own decision: tick and resume." in page
    assert holder.status == "PAUSED"
