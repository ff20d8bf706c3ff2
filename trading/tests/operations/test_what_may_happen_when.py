"""MONEY's table "What may happen when", row by row, through the real tick: who enters, who leaves and why, who cancels.

One bot holds 0.01 BTC bought at 20,000 with every exit set, a second one is flat. Each candle below touches one exit only.
"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Alert
from bots.domain.exits import Exits
from bots.models import Bot
from bots.operations import halts, lifecycle
from ledger.operations import wallets
from trading.models import Order
from trading.operations import cancel, stop
from trading.tests import builders
from trading.tests.builders import NOON, flat

pytestmark = pytest.mark.django_db
D = Decimal
BY: dict[str, Any] = {"actor": "user:a", "request_id": "", "now": NOON}
EXITS = Exits(stop_loss=D("0.05"), take_profit=D("0.20"), trailing=D("0.03"), max_holding=3600)
JUMP = (20_000, 22_000, 20_000, 22_000)
FALL = (20_000, 20_000, 19_500, 19_600)  # the fast mean goes under the slow one: a signal to leave, and no exit is touched
TOUCHED = {
    "STOP_LOSS": [(20_000, 20_000, 18_999, 20_000)],
    "TRAILING": [(20_000, 22_000, 22_000, 22_000), (22_000, 22_000, 21_300, 22_000)],
    "TAKE_PROFIT": [(20_000, 24_000, 20_000, 23_900)],
    "MAX_HOLDING": [],
    "SIGNAL": [FALL],
}
JUDGED = ("STOP_LOSS", "TRAILING", "TAKE_PROFIT", "MAX_HOLDING")


def running(bot):
    pass


def paused(bot):
    lifecycle.pause(bot_id=bot.id, **BY)


def failed(bot):
    lifecycle.fail(reasons={bot.id: "x"}, actor="system:tick", now=NOON)


def tripped(bot):
    lifecycle.trip(reasons={bot.id: "x"}, actor="system:breaker", now=NOON)


def halted(level, scope):
    """A halt of this level and scope over a bot, from a source that pauses nobody."""

    def put(bot):
        subject: dict[str, Any] = {
            "GLOBAL": {"scope": "GLOBAL"},
            "USER": {"scope": "USER", "user": bot.owner_id},
            "USER in a mode": {"scope": "USER", "user": bot.owner_id, "mode": "PAPER"},
            "USER in a wallet": {"scope": "USER", "user": bot.owner_id, "wallet": bot.book.wallet_id},
            "BOT": {"scope": "BOT", "bot": bot.id},
        }[scope]
        halts.raise_halt(**subject, level=level, source="TEST", reason="", **BY)

    return put


SCOPES = ("GLOBAL", "USER", "USER in a mode", "USER in a wallet", "BOT")
ROWS = [
    # name, what is done to both bots, entries, judged exits, exits on a signal
    ("RUNNING", running, True, True, True),
    ("PAUSED", paused, False, True, True),
    ("ERROR", failed, False, True, False),
    ("CIRCUIT_TRIPPED", tripped, False, True, True),
    *[(f"REDUCING {scope}", halted("REDUCING", scope), False, True, True) for scope in SCOPES],
    *[(f"HALTED {scope}", halted("HALTED", scope), False, False, False) for scope in SCOPES],
]
names = pytest.mark.parametrize(("state", "entries", "judged", "signals"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])


@pytest.fixture
def floor(alice):
    """A tape of three flat minutes, a bot that holds since the third of them, and a bot that is flat."""
    builders.fund(alice)
    alice.holder, alice.idle = builders.bot(alice, exits=EXITS), builders.bot(alice, name="idle", born=1)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    builders.holding(alice.holder, at=NOON + timedelta(minutes=2))
    return alice, tape


def sent_by(bot, leg):
    """Orders that went to the venue."""
    return list(Order.objects.filter(bot=bot, leg=leg).exclude(state="REFUSED"))


@names
def test_entries(floor, state, entries, judged, signals):
    person, tape = floor
    state(person.idle)
    tape.tick(JUMP)
    assert bool(sent_by(person.idle, "ENTRY")) is entries
    assert builders.balance(person.idle)[1] > 0 if entries else builders.balance(person.idle) == (10_000, 0, 0)


@names
@pytest.mark.parametrize("reason", TOUCHED)
def test_exits(floor, reason, state, entries, judged, signals):
    """A refused exit is CRITICAL for its owner and tried again at the next candle."""
    person, tape = floor
    bot = person.holder
    state(bot)
    if reason == "MAX_HOLDING":
        Bot.objects.filter(id=bot.id).update(max_holding=60)
        tape.tick(*flat(20_000))
    for candle in TOUCHED[reason]:
        assert not sent_by(bot, "EXIT")
        tape.tick(candle)
    allowed = signals if reason == "SIGNAL" else judged
    found = sent_by(bot, "EXIT")
    assert [order.reason for order in found] == ([reason] if allowed else [])
    if allowed or (reason == "SIGNAL" and bot_is(bot, "ERROR")):
        return
    refused = Order.objects.filter(bot=bot, leg="EXIT").latest("created_at", "id")
    assert (refused.state, refused.refusal, refused.reason) == ("REFUSED", "HALTED", reason)
    assert Alert.objects.filter(code="EXIT_BLOCKED", severity="CRITICAL", person=person).exists()


def bot_is(bot, status):
    bot.refresh_from_db()
    return bot.status == status


@names
def test_cancels(floor, state, entries, judged, signals):
    """An entry that rests at 19,000 is cancelled in every state."""
    person, _ = floor
    [resting] = builders.sent(builders.request(person.idle, price="18000"))
    state(person.idle)
    assert cancel.cancel_all(owner=person.id, **BY) == cancel.CancelReport(cancelled=1, open=0)
    resting.refresh_from_db()
    assert resting.state == "CANCELLED"


def test_a_blocked_exit_is_tried_at_every_candle_and_goes_out_when_the_halt_is_lifted(floor):
    person, tape = floor
    report = stop.emergency_stop(scope="USER", user=person.id, reason="", flatten=False, policy=builders.policy(), **BY)
    for _ in range(3):
        tape.tick(*TOUCHED["STOP_LOSS"])
    assert [order.refusal for order in Order.objects.filter(leg="EXIT")] == ["HALTED"] * 3
    halts.lift(halt_ids=[report.halt_id], reason="over", **BY)
    tape.tick(*TOUCHED["STOP_LOSS"])
    assert [order.reason for order in sent_by(person.holder, "EXIT")] == ["STOP_LOSS"]


def test_a_halt_over_another_wallet_or_mode_is_none_for_this_bot(floor):
    person, tape = floor
    other = wallets.open_wallet(owner=person, venue="sim", mode="PAPER", now=NOON)
    narrower: list[dict[str, Any]] = [{"wallet": other.id}, {"mode": "LIVE"}]
    for narrowed in narrower:
        halts.raise_halt(scope="USER", user=person.id, level="HALTED", source="TEST", reason="", **narrowed, **BY)
    tape.tick(JUMP)
    assert sent_by(person.idle, "ENTRY")


def test_two_halts_count_as_the_stricter_one(floor):
    person, tape = floor
    for level in ("REDUCING", "HALTED"):
        halted(level, "USER")(person.holder)
    tape.tick(*TOUCHED["STOP_LOSS"])
    assert not sent_by(person.holder, "EXIT")
