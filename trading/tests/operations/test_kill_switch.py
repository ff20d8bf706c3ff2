"""The kill-switch file: obeyed before each claim and each send, a GLOBAL halt within a sweep, and no resume while it is there."""

from datetime import timedelta

import pytest

from accounts.domain.refusals import Conflict
from accounts.models import Alert, AuditRow
from accounts.tests import builders as people
from bots.models import Halt
from trading.models import Order
from trading.operations import act, kill_switch, stop, sweep
from trading.tests import builders
from trading.tests.builders import NOON, flat


def resume(actor, *, otp="", reason="all clear", now=NOON, switch=False):
    return stop.emergency_resume(
        scope="GLOBAL", user=None, reason=reason, otp=otp, actor_user=actor, request_id="r", now=now, kill_switch=switch
    )


@pytest.mark.django_db
def test_the_kill_switch_file_becomes_a_global_halt_and_must_be_gone_to_resume(alice, olga, tmp_path):
    builders.fund(alice)
    bot = builders.bot(alice)
    assert not kill_switch.enforce(tmp_path, policy=builders.policy(), now=NOON)
    (tmp_path / "KILL_SWITCH").touch()
    [refused] = builders.claimed(builders.request(bot), kill_switch=kill_switch.exists(tmp_path)).orders
    assert refused.refusal == "KILL_SWITCH"
    for _ in range(2):
        assert sweep.sweep(data_dir=tmp_path, policy=builders.policy(), now=NOON).kill_switch
    halt = Halt.objects.get()
    assert (halt.scope, halt.level, halt.source) == ("GLOBAL", "HALTED", "KILL_SWITCH")
    with pytest.raises(Conflict, match="KILL_SWITCH_PRESENT"):
        resume(olga, otp=people.code_at(NOON), switch=kill_switch.exists(tmp_path))
    (tmp_path / "KILL_SWITCH").unlink()
    assert not sweep.sweep(data_dir=tmp_path, policy=builders.policy(), now=NOON).kill_switch
    [refused] = builders.claimed(builders.manual(bot)).orders
    assert refused.refusal == "HALTED"
    assert resume(olga, otp=people.code_at(NOON)) == 1
    bot.refresh_from_db()
    assert bot.pause_reason == "EMERGENCY_STOP"


def test_a_data_folder_that_cannot_be_read_counts_as_the_switch(tmp_path):
    (tmp_path / "file").touch()
    assert kill_switch.exists(tmp_path / "file")
    assert not kill_switch.exists(tmp_path / "empty")


def test_a_link_to_nowhere_counts_too_and_so_does_a_folder(tmp_path):
    (tmp_path / "KILL_SWITCH").symlink_to(tmp_path / "nowhere")
    assert kill_switch.exists(tmp_path)
    (tmp_path / "KILL_SWITCH").unlink()
    (tmp_path / "KILL_SWITCH").mkdir()
    assert kill_switch.exists(tmp_path)


@pytest.mark.django_db
def test_it_is_read_before_a_claim_and_again_before_a_send(alice, tmp_path):
    """The file appears between the two: what was claimed is not sent, and its money is free again."""
    builders.fund(alice)
    bot = builders.bot(alice)
    orders = builders.claimed(builders.request(bot)).orders
    (tmp_path / "KILL_SWITCH").touch()
    act.send(orders, market=builders.market(), now=NOON, kill_switch=lambda: kill_switch.exists(tmp_path))
    assert [(order.state, order.refusal) for order in Order.objects.all()] == [("REJECTED", "HALTED_BEFORE_SENDING")]
    assert builders.balance(bot) == (10_000, 0, 0)


@pytest.mark.django_db
def test_a_tick_orders_nothing_under_it_neither_entries_nor_exits(alice):
    builders.fund(alice)
    holder = builders.bot(alice)
    builders.bot(alice, name="idle", born=1)
    tape = builders.Tape()
    tape.tick(*flat(20_000, 3))
    builders.holding(holder, at=NOON + timedelta(minutes=2))
    tape.tick((20_000, 22_000, 20_000, 22_000), kill_switch=True)
    tape.tick((22_000, 22_000, 19_000, 19_000), kill_switch=True)
    refused = Order.objects.filter(candle__gte=NOON + timedelta(minutes=3))
    assert {(order.leg, order.state, order.refusal) for order in refused} == {
        ("ENTRY", "REFUSED", "KILL_SWITCH"), ("EXIT", "REFUSED", "KILL_SWITCH"),
    }  # fmt: skip


@pytest.mark.django_db
def test_its_halt_is_raised_once_with_one_critical_alert_each_and_cancels_and_pauses(alice, tmp_path):
    builders.fund(alice)
    bot = builders.bot(alice)
    [order] = builders.sent(builders.request(bot))
    (tmp_path / "KILL_SWITCH").touch()
    for second in range(3):
        sweep.sweep(data_dir=tmp_path, policy=builders.policy(), now=NOON + timedelta(seconds=2 * second))
    order.refresh_from_db()
    bot.refresh_from_db()
    assert (order.state, bot.pause_reason) == ("CANCELLED", "EMERGENCY_STOP")
    told = Alert.objects.filter(code="KILL_SWITCH").order_by("id").values_list("person", "severity")
    assert list(told) == [(None, "CRITICAL"), (alice.id, "CRITICAL")]  # the operators, and whose bot it has paused
    row = AuditRow.objects.get(act="halt.raise")
    assert (row.actor, row.reason) == ("system:kill-switch", "The kill-switch file was found in the data folder.")


@pytest.mark.django_db
def test_put_back_after_a_resume_it_halts_again(alice, olga, tmp_path):
    (tmp_path / "KILL_SWITCH").touch()
    sweep.sweep(data_dir=tmp_path, policy=builders.policy(), now=NOON)
    (tmp_path / "KILL_SWITCH").unlink()
    resume(olga, otp=people.code_at(NOON))
    (tmp_path / "KILL_SWITCH").touch()
    sweep.sweep(data_dir=tmp_path, policy=builders.policy(), now=NOON + timedelta(seconds=2))
    assert (Halt.objects.count(), Halt.objects.filter(lifted_at__isnull=True).count()) == (2, 1)
