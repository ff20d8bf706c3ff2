"""A person closes a position: under a full halt with a fresh code, by an order that carries the halt's id and passes it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.domain.refusals import Conflict, Forbidden
from accounts.models import AuditRow
from accounts.tests import builders as people
from bots.operations import halts
from ledger.models import Balance
from ledger.operations import verify
from trading.models import Order
from trading.operations import act, closing, stop, stopping, sweep
from trading.tests import builders
from trading.tests.builders import NOON, flat

pytestmark = pytest.mark.django_db
D = Decimal
THEN = NOON + timedelta(minutes=2)


@pytest.fixture
def ann():
    """A person with a phone, a bot that holds 0.01 BTC of 200 USDT, and another that holds nothing."""
    ann: Any = people.person("ann", phone=True)
    builders.fund(ann)
    ann.holder, ann.idle = builders.bot(ann), builders.bot(ann, name="idle")
    builders.holding(ann.holder)
    builders.mark("20000")
    return ann


def close(user, *, otp="", now=THEN, switch=act.never, **position):
    wanted = closing.Wanted(**position or {"bot": user.holder.id})
    return closing.close(
        user=user, wanted=wanted, otp=otp, actor=f"user:{user.id}", request_id="r", now=now, policy=builders.policy(), kill_switch=switch
    )


def halted(**subject):
    asked = {"level": "HALTED", "source": "EMERGENCY_STOP", "reason": "", **subject}
    return halts.raise_halt(**asked, actor="operator:o", request_id="", now=NOON)


def press(user=None):
    return stop.emergency_stop(
        scope="USER" if user else "GLOBAL", user=user and user.id, reason="", flatten=False, actor="operator:o", request_id="", now=THEN,
        policy=builders.policy(),
    )  # fmt: skip


def test_without_a_halt_it_needs_no_code_and_sells_all_at_the_next_open(ann):
    """Sold at 19,000 x 0.99985 = 18,997.15: 189.9715."""
    [order] = close(ann)
    assert (order.state, order.type, order.price, order.reducing, order.reason, order.halt_id) == ("OPEN", "MARKET", None, True, "FLATTEN", None)
    row = AuditRow.objects.get(act="position.close")
    assert (row.subject, list(row.before.values())) == (f"bot:{ann.holder.id}", ["0.01"])
    builders.Tape().tick(*flat(19_000, 4))
    order.refresh_from_db()
    assert (order.state, order.filled_value, builders.balance(ann.holder, "BTC")) == ("FILLED", D("189.9715"), (0, 0, 0))
    ann.holder.refresh_from_db()
    assert ann.holder.status == "RUNNING"
    assert verify.verify().ok


SCOPES = {
    "everybody": lambda bot: {"scope": "GLOBAL"},
    "the person": lambda bot: {"scope": "USER", "user": bot.owner_id},
    "their paper money": lambda bot: {"scope": "USER", "user": bot.owner_id, "mode": "PAPER"},
    "the wallet": lambda bot: {"scope": "USER", "user": bot.owner_id, "wallet": bot.book.wallet_id},
    "the bot": lambda bot: {"scope": "BOT", "bot": bot.id},
}


@pytest.mark.parametrize("subject", SCOPES.values(), ids=SCOPES.keys())
def test_under_a_full_halt_it_needs_a_fresh_code_and_carries_the_halts_id(ann, subject):
    halt = halted(**subject(ann.holder))
    for otp, no in (("", "OTP_MISSING"), ("000000", "OTP_WRONG")):
        with pytest.raises(Forbidden) as refused:
            close(ann, otp=otp)
        assert refused.value.code == no
    assert not Order.objects.filter(leg="EXIT").exists()
    assert not AuditRow.objects.filter(act="position.close").exists()
    [order] = close(ann, otp=people.code_at(THEN))
    assert (order.state, order.halt_id) == ("OPEN", halt.id)
    assert AuditRow.objects.get(act="position.close").after == {"halts": [str(halt.id)]}
    sweep.sweep(data_dir=builders.NOWHERE, policy=builders.policy(), now=THEN + timedelta(minutes=5))
    builders.Tape().tick(*flat(19_000, 4))
    order.refresh_from_db()
    assert order.state == "FILLED"


def test_the_code_lets_this_one_order_pass_and_nothing_else(ann):
    ann.second = builders.bot(ann, name="second")
    builders.holding(ann.second)
    press()
    close(ann, otp=people.code_at(THEN))
    entry, leaving = builders.sent(builders.request(ann.idle), builders.manual(ann.idle, side="SELL", leg="EXIT", reducing=True))
    assert {entry.refusal, leaving.refusal} == {"HALTED"}
    with pytest.raises(Forbidden, match="OTP_WRONG"):
        close(ann, otp=people.code_at(THEN), bot=ann.second.id)


def test_asked_again_it_answers_with_the_same_order_and_without_a_code(ann):
    press()
    [first] = close(ann, otp=people.code_at(THEN))
    [again] = close(ann)
    assert (again.id, Order.objects.filter(leg="EXIT").count()) == (first.id, 1)


def test_asked_at_the_same_moment_it_answers_with_the_order_that_came_first(ann):
    """Another closing goes out after this one has seen the position and before it claims: when it asks for the kill switch."""
    first: list[Any] = []

    def meanwhile():
        if not first:
            first.append(None)
            first[0] = close(ann)[0]
        return False

    [answered] = close(ann, switch=meanwhile)
    assert (answered.id, answered.state) == (first[0].id, "OPEN")
    assert list(Order.objects.filter(leg="EXIT").exclude(id=answered.id).values_list("refusal", flat=True)) == ["ALREADY_CLAIMED"]


def test_a_closing_that_a_tick_has_begun_is_not_doubled(ann):
    """The tick's exit of the position has the same intent: it is in flight once."""
    [leaving] = builders.sent(builders.request(ann.holder, side="SELL", candle=1))
    assert leaving.state == "OPEN"
    [found] = close(ann)
    assert (found.id, Order.objects.filter(leg="EXIT").count()) == (leaving.id, 1)


def test_an_operators_stop_that_comes_after_a_closing_under_ones_own_cancels_it_and_it_may_be_confirmed_anew(ann):
    press(ann)
    [own] = close(ann, otp=people.code_at(THEN))
    above = press()
    own.refresh_from_db()
    assert own.state == "CANCELLED"
    [anew] = close(ann, otp=people.code_at(THEN + timedelta(seconds=30)), now=THEN + timedelta(seconds=30))
    assert (anew.state, anew.halt_id, anew.attempt) == ("OPEN", above.halt_id, 2)
    press()
    anew.refresh_from_db()
    assert anew.state == "OPEN"


def test_the_kill_switch_file_alone_lets_nothing_pass_and_its_halt_lets_a_confirmed_closing_pass(ann):
    [refused] = close(ann, switch=lambda: True)
    assert (refused.state, refused.refusal) == ("REFUSED", "KILL_SWITCH")
    halted(scope="GLOBAL", source="KILL_SWITCH")
    [passed] = close(ann, otp=people.code_at(THEN), switch=lambda: True)
    assert passed.state == "OPEN"


def test_a_sell_that_rests_on_all_the_units_does_not_stand_in_the_way(ann):
    """0.01 BTC offered at 30,000 by hand: cancelled, and the closing sells them at the market."""
    offer = builders.request(ann.holder, side="SELL", type="LIMIT", time_in_force="GTC", reason="PERSON")
    [resting] = builders.sent(replace(offer, price=D("30000")))
    assert builders.balance(ann.holder, "BTC") == (0, D("0.01"), 0)
    [order] = close(ann)
    resting.refresh_from_db()
    assert (resting.state, order.state, order.reason) == ("CANCELLED", "OPEN", "FLATTEN")


def test_nothing_held_is_nothing_to_close_and_costs_no_code(ann):
    press()
    for position in ({"bot": ann.idle.id}, {"venue": builders.VENUE, "symbol": "BTC/USDT"}, {"venue": "mtgox", "symbol": "X/Y"}):
        with pytest.raises(Conflict, match="NO_POSITION"):
            close(ann, otp=people.code_at(THEN), **position)
    [order] = close(ann, otp=people.code_at(THEN))
    assert order.state == "OPEN"


def test_somebody_elses_position_is_none(ann, bob):
    with pytest.raises(Conflict, match="NO_POSITION"):
        close(bob, bot=ann.holder.id)
    assert not Order.objects.filter(leg="EXIT").exists()


def test_coins_that_a_stopped_bot_has_handed_over_are_closed_by_hand(ann):
    """The bot is stopped with keep: 0.01 BTC lie in the manual book, whose sale brings 189.9715 less 0.1899715."""
    stopping.stop_bot(owner=ann.id, bot_id=ann.holder.id, position="keep", actor="user:a", request_id="", now=NOON + timedelta(minutes=1))
    press()
    where = {"venue": builders.VENUE, "symbol": "BTC/USDT"}
    with pytest.raises(Forbidden, match="OTP_MISSING"):
        close(ann, **where)
    [order] = close(ann, otp=people.code_at(THEN), **where)
    assert (order.state, order.bot_id, order.book.kind) == ("OPEN", None, "MANUAL")
    assert [again.id for again in close(ann, **where)] == [order.id]
    builders.Tape().tick(*flat(19_000, 4))
    order.refresh_from_db()
    assert (order.state, Balance.objects.get(book=order.book, asset="USDT").cash) == ("FILLED", D("189.7815285"))
    assert verify.verify().ok


def test_a_position_worth_less_than_the_market_takes_is_refused_with_the_numbers(ann):
    builders.mark("200", at=NOON + timedelta(seconds=1))
    [order] = close(ann)
    assert (order.state, order.refusal, D(order.verdicts[-1]["numbers"]["value"])) == ("REFUSED", "UNDER_MINIMUM_NOTIONAL", 2)
