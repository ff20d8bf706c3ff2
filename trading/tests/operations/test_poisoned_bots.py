"""One poisoned bot stops nobody else: what it is judged by is broken, it goes to ERROR, and the others order as if it were not there."""

from decimal import Decimal

import pytest

from accounts.models import Alert
from bots.domain.exits import Exits
from trading import gates
from trading.models import BreakerState, Order, TrackRecord
from trading.tests import builders
from trading.tests.builders import flat

pytestmark = pytest.mark.django_db
JUMP = (20_000, 22_000, 20_000, 22_000)


def crowd(owner, size, **changes):
    builders.fund(owner, "1000000")
    return [builders.bot(owner, name=f"bot {number}", capital="10000", born=number, **changes) for number in range(size)]


def statuses(bots):
    for bot in bots:
        bot.refresh_from_db()
    return [bot.status for bot in bots]


def test_a_record_that_is_no_number_fails_its_bot_alone(alice):
    """Bot 5 of eleven has an edge of NaN in its record, so its size cannot be judged. The other ten enter on the jump."""
    bots = crowd(alice, 11)
    TrackRecord.objects.create(bot=bots[5], trades=25, wins=20, net_return_mean=0.01, net_return_deviation=0.01, gross_edge_mean_bps=float("nan"))
    tape = builders.Tape(volume=100_000)
    tape.tick(*flat(20_000, 3), JUMP)
    assert statuses(bots) == ["RUNNING"] * 5 + ["ERROR"] + ["RUNNING"] * 5
    assert set(Order.objects.filter(state="OPEN").values_list("bot", flat=True)) == {bot.id for bot in bots} - {bots[5].id}
    assert Order.objects.filter(bot=bots[5]).count() == 0
    assert len(BreakerState.objects.get(bot=bots[5]).errors) == 1
    tape.tick(*flat(22_000))
    assert builders.balance(bots[0], "BTC")[0] > 0


def test_a_gate_that_breaks_on_one_bot_lets_nothing_of_that_bot_through_and_all_of_the_others(alice, monkeypatch):
    bots = crowd(alice, 7)

    def breaks_on_the_third(request, facts, policy):
        if request.bot == bots[2].id:
            raise LookupError("planted")
        return gates.fee_coverage.judge(request, facts, policy)

    monkeypatch.setattr(gates, "GATES", tuple(breaks_on_the_third if gate is gates.fee_coverage.judge else gate for gate in gates.GATES))
    builders.Tape(volume=100_000).tick(*flat(20_000, 3), JUMP)
    assert statuses(bots) == ["RUNNING"] * 2 + ["ERROR"] + ["RUNNING"] * 4
    assert Order.objects.filter(state="OPEN").count() == 6
    assert not Order.objects.filter(bot=bots[2]).exists()
    assert builders.balance(bots[2]) == (10_000, 0, 0)


def test_an_exit_that_cannot_be_made_is_told_at_once(alice, monkeypatch):
    """Both hold and fall through their stop; one gate breaks on the first of them: a CRITICAL alert, and the other leaves."""
    first, second = crowd(alice, 2, exits=Exits(stop_loss=Decimal("0.05")))
    tape = builders.Tape(volume=100_000)
    tape.tick(*flat(20_000, 3), JUMP, *flat(22_000))
    assert builders.balance(first, "BTC")[0] > 0

    def breaks(request, facts, policy):
        if request.bot == first.id:
            raise ZeroDivisionError("planted")
        return gates.idempotency.judge(request, facts, policy)

    monkeypatch.setattr(gates, "GATES", (breaks, *gates.GATES[1:]))
    tape.tick((22_000, 22_000, 20_000, 20_000))
    alert = Alert.objects.get(code="EXIT_BLOCKED")
    assert (alert.severity, alert.data["bot"]) == ("CRITICAL", str(first.id))
    assert statuses([first, second]) == ["ERROR", "RUNNING"]
    leaving = Order.objects.get(leg="EXIT")
    assert (leaving.bot_id, leaving.state, leaving.reason) == (second.id, "OPEN", "STOP_LOSS")
