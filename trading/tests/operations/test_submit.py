"""A person's order: once per key for ever, with money lent from the free book, exact under concurrency."""

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from accounts.domain.refusals import Conflict, Malformed, Refusal
from bots.models import Halt
from bots.tests.threads import at_once
from ledger.models import Balance, JournalEntry
from ledger.operations import verify
from trading.domain import shortfall
from trading.domain.costs import Top
from trading.market import quotes, store
from trading.models import BreakerState, BreakerTrip, Order, Stream, Trade
from trading.operations import cancel, manual_cash, submit
from trading.operations import memory as memories
from trading.operations.act import never
from trading.operations.placing import ManualOrder
from trading.operations.tick import tick
from trading.tests import builders
from trading.tests.builders import NOON, flat

D = Decimal


@pytest.fixture
def quoted(alice):
    """alice has 10,000 USDT; the recorded market closed at 20,000.00 at noon, quoted 19,999 to 20,001."""
    builders.fund(alice, "10000")
    market = builders.market()
    store.append(market_id=market.id, timeframe="1m", window=builders.window(flat(20_000), first=-1))
    quotes.remember(tops={market.id: Top(D(19_999), D(20_001), NOON)}, now=NOON)
    return alice


def buy(user, *, key="k-1", now=NOON, quantity: str | None = "0.01", changes=None, **body):
    asked = {"venue": "recorded", "symbol": "BTC/USDT", "side": "BUY", "quantity": D(quantity) if quantity else None, **body}
    return submit.submit_manual(
        owner=user.id, body=ManualOrder(**asked), key=key, actor=f"user:{user.id}", request_id="r", now=now,
        policy=builders.policy(**{"burst_limit_orders_per_exchange": 10**6, **(changes or {})}), kill_switch=never,
    )  # fmt: skip


def money(kind):
    row = Balance.objects.get(book__kind=kind, asset="USDT")
    return row.cash, row.reserved


def settle_next(row=(20_000, 20_000, 20_000, 20_000), *, minute=0):
    """The next candle of the market's stream, stored and ticked."""
    window = builders.window([row], first=minute)
    store.append(market_id=builders.market().id, timeframe="1m", window=window)
    stream, _ = Stream.objects.get_or_create(market=builders.market(), timeframe="1m", run="")
    at = NOON + timedelta(minutes=minute + 1)
    price = D(row[3])
    return tick(memories.recall(stream), window, policy=builders.policy(), now=at, top=Top(price, price, at))


@pytest.mark.django_db
def test_a_market_order_is_an_ioc_limit_at_the_slippage_bound_and_borrows_what_it_holds(quoted):
    """The ask is 20,001 (the close and half of 0.5 bps x 2), bounded 50 bps above: 20,101.00 down to the tick; 0.01 of it with
    the fee: 201.01 x 1.001 = 201.21101."""
    order = buy(quoted)
    assert (order.state, order.type, order.time_in_force, order.price) == ("OPEN", "LIMIT", "IOC", D("20101.00"))
    assert [said["gate"] for said in order.verdicts] == ["clamp", "data", "A", "B", "C", "D", "cover"]
    assert order.verdicts[3]["code"] == "EDGE_NOT_STATED"
    assert money("MANUAL") == (0, D("201.21101"))
    assert money("FREE") == (D("9798.78899"), 0)
    settle_next()
    order.refresh_from_db()
    assert (order.state, order.filled_value, order.fees) == ("FILLED", D("200.03"), D("0.20003"))  # 20,000 x 1.00015 = 20,003
    assert money("MANUAL") == (D("0.98098"), 0)
    assert verify.verify().ok


@pytest.mark.django_db
def test_nobody_buys_on_a_quote_that_is_too_old_but_may_sell(quoted):
    """The newest close is 31 seconds old; 30 are allowed. The coins of an earlier purchase can be sold all the same."""
    buy(quoted)
    settle_next()
    late = NOON + timedelta(seconds=31)
    order = buy(quoted, key="k-2", now=late)
    assert (order.state, order.refusal, order.verdicts[-1]["numbers"]["age_seconds"]) == ("REFUSED", "QUOTE_STALE", "31")
    assert buy(quoted, key="k-3", now=late, side="SELL").state == "OPEN"


@pytest.mark.django_db
def test_a_quote_amount_buys_whole_steps_within_it(quoted):
    """300 / (20,101 x 1.001 x 0.001) = 14.9: 0.014 BTC."""
    assert buy(quoted, quantity=None, quote_amount=D(300)).quantity == D("0.014")


@pytest.mark.django_db
def test_what_was_bought_can_be_sold_and_makes_a_trade(quoted):
    bought = buy(quoted)
    settle_next()
    sold = buy(quoted, key="k-2", side="SELL", now=NOON + timedelta(minutes=1))
    assert (sold.state, sold.type, sold.price, sold.reducing) == ("OPEN", "MARKET", None, True)
    settle_next(minute=1)
    sold.refresh_from_db()
    assert sold.state == "FILLED"
    assert sold.trade.profit_loss == (D("199.97") - D("0.19997")) - (D("200.03") + D("0.20003"))
    assert bought.intent != sold.intent
    assert verify.verify().ok


@pytest.mark.django_db
def test_nothing_is_sold_that_is_not_held(quoted):
    order = buy(quoted, side="SELL")
    assert (order.state, order.refusal) == ("REFUSED", "INSUFFICIENT_FUNDS")


@pytest.mark.django_db
def test_what_a_refused_order_borrowed_is_given_back(quoted):
    order = buy(quoted, changes={"enable_trading": False})
    assert (order.state, order.refusal) == ("REFUSED", "TRADING_DISABLED")
    assert money("FREE") == (10_000, 0)
    order = buy(quoted, key="k-2", quantity="1")
    assert (order.state, order.refusal) == ("REFUSED", "INSUFFICIENT_FUNDS")
    assert money("FREE") == (10_000, 0)


@pytest.mark.django_db
def test_what_a_sale_by_hand_brought_is_free_again_although_another_order_by_hand_still_rests(quoted):
    """Bought and sold at 20,003 and 19,997, 0.20003 and 0.19997 of fees: 10,000 less 0.06 less 0.4. The order that rests holds
    0.01 x 19,000 with its fee: 190.19. The 29th second belongs to what was just lent, the 31st no more."""
    buy(quoted)
    settle_next()
    buy(quoted, key="k-2", side="SELL", now=NOON + timedelta(minutes=1))
    buy(quoted, key="k-3", type="LIMIT", price=D(19_000), time_in_force="GTC", now=NOON + timedelta(minutes=1))
    settle_next(minute=1)
    written = JournalEntry.objects.latest("recorded_at").recorded_at
    assert manual_cash.return_idle(now=written + timedelta(seconds=29)) == 0
    assert money("MANUAL")[0] > 0
    assert manual_cash.return_idle(now=written + timedelta(seconds=31)) == 1
    assert money("MANUAL") == (0, D("190.19"))
    assert money("FREE") == (D("9999.54") - D("190.19"), 0)
    assert verify.verify().ok


@pytest.mark.django_db
def test_an_order_by_hand_that_is_too_dear_is_told_what_is_free_and_not_what_its_book_holds(quoted):
    order = buy(quoted, quantity="1")
    said = order.verdicts[-1]
    assert said["sentence"] == "Not enough free USDT for this order."
    assert D(said["numbers"]["free"]) == 10_000
    assert shortfall.of(code=order.refusal, numbers=said["numbers"]) == "Needed 20,121.11 USDT, had 10,000.00 USDT: 10,121.11 USDT short."


@pytest.mark.django_db
def test_the_same_key_and_body_answer_with_the_same_order_in_its_present_state_for_ever(quoted):
    first = buy(quoted)
    settle_next()
    again = buy(quoted, now=NOON + timedelta(days=3_650))
    assert (again.id, again.state) == (first.id, "FILLED")
    assert Order.objects.count() == 1


@pytest.mark.django_db
def test_a_key_with_another_body_is_a_conflict_and_a_refused_order_keeps_its_key(quoted):
    buy(quoted)
    with pytest.raises(Conflict, match="IDEMPOTENCY_KEY_REUSED"):
        buy(quoted, quantity="0.011")
    refused = buy(quoted, key="k-2", quantity="5")
    assert refused.state == "REFUSED"
    assert buy(quoted, key="k-2", quantity="5").id == refused.id
    assert Order.objects.count() == 2


@pytest.mark.django_db
def test_two_people_may_use_the_same_key(quoted, bob):
    builders.fund(bob, "10000")
    assert buy(quoted).id != buy(bob).id


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_with_one_key_make_one_order(quoted):
    answers = at_once(16, lambda _: buy(quoted))
    assert not [each for each in answers if isinstance(each, Exception)], answers
    assert len({order.id for order in answers}) == 1
    assert Order.objects.count() == 1
    assert money("FREE") == (D("9798.78899"), 0)
    assert money("MANUAL") == (0, D("201.21101"))
    assert verify.verify().ok


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_with_one_key_and_two_bodies_make_one_order_and_eight_conflicts(quoted):
    answers = at_once(16, lambda n: buy(quoted, quantity="0.01" if n % 2 else "0.02"))
    kinds = Counter(type(each).__name__ for each in answers)
    assert kinds == {"Order": 8, "Conflict": 8}, answers
    assert Order.objects.count() == 1
    assert verify.verify().ok


@pytest.mark.django_db(transaction=True)
def test_of_thirty_two_submits_at_once_against_a_limit_of_ten_exactly_ten_pass(quoted):
    """Each holds 201.21; there is money for 49, so nothing but the limit refuses."""
    answers = at_once(32, lambda n: buy(quoted, key=f"k-{n}", changes={"burst_limit_orders_per_exchange": 10}))
    assert not [each for each in answers if isinstance(each, Exception)], answers
    assert Counter((order.state, order.refusal) for order in answers) == {("OPEN", ""): 10, ("REFUSED", "BURST_LIMIT"): 22}
    assert money("MANUAL") == (0, D("2012.1101"))
    assert money("FREE") == (D("7987.8899"), 0)
    assert verify.verify().ok


@pytest.mark.django_db(transaction=True)
def test_sixteen_submits_at_once_against_money_for_five_grant_exactly_five(quoted):
    """0.09 BTC holds 1,810.89909; 10,000 pays five of them."""
    answers = at_once(16, lambda n: buy(quoted, key=f"k-{n}", quantity="0.09"))
    assert not [each for each in answers if isinstance(each, Exception)], answers
    assert Counter((order.state, order.refusal) for order in answers) == {("OPEN", ""): 5, ("REFUSED", "INSUFFICIENT_FUNDS"): 11}
    assert money("MANUAL")[1] == 5 * D("1810.89909")
    assert verify.verify().ok


@pytest.mark.django_db(transaction=True)
def test_orders_on_a_bots_book_are_once_per_key_and_exact_too(quoted):
    """The bot has 1,010: five orders of 201.21101 fit into 1,006.05505. Four keys, each asked four times at once, then twelve more."""
    bot = builders.bot(quoted, capital="1010")
    same = at_once(16, lambda n: buy(quoted, key=f"k-{n % 4}", bot_id=bot.id, expected_edge_bps=D(100)))
    assert not [each for each in same if isinstance(each, Exception)], same
    assert len({order.id for order in same}) == 4
    rest = at_once(12, lambda n: buy(quoted, key=f"r-{n}", bot_id=bot.id, expected_edge_bps=D(100)))
    assert not [each for each in rest if isinstance(each, Exception)], rest
    assert Counter((order.state, order.refusal) for order in rest) == {("OPEN", ""): 1, ("REFUSED", "INSUFFICIENT_FUNDS"): 11}
    assert builders.balance(bot) == (D("3.94495"), D("1006.05505"), 0)
    with pytest.raises(Conflict, match="IDEMPOTENCY_KEY_REUSED"):
        buy(quoted, key="k-0", bot_id=bot.id, quantity="0.02", expected_edge_bps=D(100))


@pytest.mark.django_db
def test_live_orders_and_unknown_places_are_refused_and_nothing_is_stored(quoted, bob):
    for user, body, code in (
        (quoted, {"mode": "LIVE"}, "LIVE_NOT_ALLOWED"), (quoted, {"venue": "moon"}, "UNKNOWN_VENUE"),
        (quoted, {"symbol": "DOGE/USDT"}, "UNKNOWN_SYMBOL"), (bob, {}, "NO_WALLET"),
        (quoted, {"type": "LIMIT", "price": D("20000.005")}, "OFF_TICK"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as no:
            buy(user, **body)
        assert no.value.code == code
    assert not Order.objects.exists()


RESTING: dict[str, Any] = {"type": "LIMIT", "price": D("19999")}


@pytest.mark.django_db
def test_a_limit_rests_until_it_is_cancelled_and_holds_its_price_with_the_fee(quoted):
    """0.01 x 19,999 x 1.001 = 200.18999. A minute that touches 19,999 leaves it, one that trades through it fills it as a maker:
    the market's makers pay 0.1 % too."""
    order = buy(quoted, **RESTING)
    assert (order.state, order.type, order.time_in_force, order.price, order.expires_at) == ("OPEN", "LIMIT", "GTC", D(19_999), None)
    assert money("MANUAL") == (0, D("200.18999"))
    settle_next((20_000, 20_000, 19_999, 20_000))
    order.refresh_from_db()
    assert order.state == "OPEN"
    settle_next((20_000, 20_000, 19_998, 20_000), minute=1)
    order.refresh_from_db()
    assert (order.state, order.filled_value, order.fees) == ("FILLED", D("199.99"), D("0.19999"))
    assert money("MANUAL") == (0, 0)
    assert verify.verify().ok


@pytest.mark.django_db
def test_a_limit_that_crosses_the_book_pays_the_takers_price_and_gets_back_what_it_held_beyond_it(quoted):
    """A bound of 20,500 holds 205.205; filled at 20,003.00 it costs 200.23003."""
    order = buy(quoted, type="LIMIT", price=D(20_500))
    assert money("MANUAL") == (0, D("205.205"))
    settle_next()
    order.refresh_from_db()
    assert (order.state, order.filled_value) == ("FILLED", D("200.03"))
    assert money("MANUAL") == (D("4.97497"), 0)


@pytest.mark.django_db
def test_an_order_that_is_cancelled_in_part_frees_the_rest_to_the_last_digit(quoted):
    """0.2 at 19,999 hold 4,003.7998; a minute has 0.1 for us: 1,999.9 and a fee of 1.9999. Then 2,001.9 comes back."""
    order = buy(quoted, quantity="0.2", **RESTING)
    assert money("MANUAL") == (0, D("4003.7998"))
    settle_next((20_000, 20_000, 19_990, 20_000))
    order.refresh_from_db()
    assert (order.state, order.filled_quantity) == ("PARTIALLY_FILLED", D("0.1"))
    assert money("MANUAL") == (0, D("2001.8999"))
    cancel.cancel(owner=quoted.id, order_id=order.id, actor="user:a", request_id="", now=NOON + timedelta(minutes=1))
    assert money("MANUAL") == (D("2001.8999"), 0)
    again = buy(quoted, quantity="0.2", now=NOON + timedelta(hours=1), **RESTING)
    assert (again.id, again.state, again.filled_quantity) == (order.id, "CANCELLED", D("0.1"))
    assert verify.verify().ok


@pytest.mark.django_db
def test_a_dated_order_ends_by_itself_and_its_key_still_answers_after_its_end(quoted):
    """Good until 12:02: the candle that opens then ends it."""
    dated = {**RESTING, "time_in_force": "GTD", "expires_at": NOON + timedelta(minutes=2)}
    order = buy(quoted, **dated)
    for minute in range(2):
        settle_next(minute=minute)
        order.refresh_from_db()
        assert order.state == "OPEN"
    settle_next(minute=2)
    order.refresh_from_db()
    assert (order.state, order.filled_quantity) == ("EXPIRED", 0)
    assert money("MANUAL") == (D("200.18999"), 0)
    assert buy(quoted, now=NOON + timedelta(days=1), **dated).id == order.id


@pytest.mark.django_db
def test_a_limit_to_sell_in_parts_is_one_trade_once_it_is_sold(quoted):
    """0.15 bought in two minutes at the market, offered at 20,001: 0.1, then 0.05."""
    buy(quoted, quantity="0.1")
    settle_next()
    buy(quoted, key="k-2", quantity="0.05", now=NOON + timedelta(minutes=1))
    settle_next(minute=1)
    offer = buy(quoted, key="k-3", side="SELL", quantity="0.15", type="POST_ONLY", price=D(20_001), now=NOON + timedelta(minutes=2))
    assert (offer.type, offer.time_in_force, offer.reducing) == ("POST_ONLY", "GTC", True)
    settle_next((20_000, 20_010, 20_000, 20_000), minute=2)
    offer.refresh_from_db()
    assert (offer.state, offer.filled_quantity, Trade.objects.count()) == ("PARTIALLY_FILLED", D("0.1"), 0)
    settle_next((20_000, 20_010, 20_000, 20_000), minute=3)
    offer.refresh_from_db()
    assert (offer.state, offer.trade.amount, offer.trade.exit_price) == ("FILLED", D("0.15"), D(20_001))
    assert verify.verify().ok


@pytest.mark.django_db
def test_a_market_order_may_ask_for_all_or_nothing(quoted):
    """A minute has 0.1 for us: 0.11 is killed, 0.1 is filled; the same when it is sold again."""
    killed = buy(quoted, quantity="0.11", time_in_force="FOK")
    assert (killed.type, killed.time_in_force, killed.price) == ("LIMIT", "FOK", D(20_101))
    settle_next()
    whole = buy(quoted, key="k-2", quantity="0.1", time_in_force="FOK", now=NOON + timedelta(minutes=1))
    settle_next(minute=1)
    sold = buy(quoted, key="k-3", side="SELL", quantity="0.1", time_in_force="FOK", now=NOON + timedelta(minutes=2))
    assert (sold.type, sold.price) == ("MARKET", None)
    settle_next((20_000, 20_000, 20_000, 20_000, 900), minute=2)
    for order, state in ((killed, "EXPIRED"), (whole, "FILLED"), (sold, "EXPIRED")):
        order.refresh_from_db()
        assert (order.state, order.filled_quantity > 0) == (state, state == "FILLED")


@pytest.mark.django_db
def test_an_order_as_it_was_asked_for_before_orders_had_an_end_is_the_same_wish_today(quoted):
    """The digest of this body, as stored by the version before `expires_at`."""
    order = buy(quoted)
    before = {
        "venue": "recorded", "symbol": "BTC/USDT", "side": "BUY", "type": "MARKET", "mode": "PAPER", "quantity": "0.01",
        "quote_amount": None, "price": None, "time_in_force": None, "bot_id": None, "expected_edge_bps": None,
    }  # fmt: skip
    assert order.request_hash == sha256(json.dumps(before, sort_keys=True).encode()).hexdigest()


@pytest.mark.django_db
def test_what_contradicts_itself_is_refused_and_nothing_is_stored_or_lent(quoted):
    for body in ({"type": "LIMIT"}, {**RESTING, "type": "POST_ONLY", "time_in_force": "IOC"}, {**RESTING, "expires_at": NOON}):
        with pytest.raises(Malformed):
            buy(quoted, **body)
    assert not Order.objects.exists()
    assert money("FREE") == (10_000, 0)


@pytest.mark.django_db
def test_what_a_person_asks_for_on_a_careful_bots_book_is_judged_by_that_bots_limits(quoted):
    """Worth 10,000, of which one position may be 500: 0.026 BTC at 20,001 are 520.03."""
    careful = builders.bot(quoted, name="careful", capital="2000", profile="conservative")
    plain = builders.bot(quoted, name="plain", capital="2000", born=1)
    stated: dict[str, Any] = {"expected_edge_bps": D(500), "type": "LIMIT", "price": D(20_000)}
    assert buy(quoted, bot_id=careful.id, quantity="0.026", **stated).refusal == "POSITION_SIZE"
    assert buy(quoted, key="k-2", bot_id=careful.id, quantity="0.02", **stated).refusal == ""
    assert buy(quoted, key="k-3", bot_id=careful.id, quantity="0.01", **stated).refusal == "POSITION_SIZE"
    assert buy(quoted, key="k-4", bot_id=plain.id, quantity="0.026", **stated).refusal == ""


@pytest.mark.django_db
def test_an_order_by_hand_that_finds_the_limits_of_its_person_reached_trips_their_breaker(quoted):
    """Worth fell from 1.5 to 1.0, 33 % from its peak: the order is refused, and what it found halts what opens."""
    BreakerState.objects.create(
        owner=quoted, mode="PAPER", equity=10_000, funding=10_000, nav=1, peak=D("1.5"), day=NOON.date(), day_nav=1, week_nav=1,
        updated_at=NOON,
    )  # fmt: skip
    order = buy(quoted)
    assert (order.state, order.refusal, BreakerTrip.objects.get().limit) == ("REFUSED", "DRAWDOWN", "DRAWDOWN")
    halt = Halt.objects.get()
    assert (halt.level, halt.source, halt.user_id) == ("REDUCING", "BREAKER", quoted.id)
    assert (buy(quoted, key="k-2").refusal, BreakerTrip.objects.count()) == ("REDUCING", 1)
