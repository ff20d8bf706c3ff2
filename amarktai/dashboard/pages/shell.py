"""The frame around every screen."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.queries import alerts
from amarktai.dashboard import writing
from amarktai.dashboard.shapes.parts import Moment
from amarktai.dashboard.shapes.shell import Door, HaltLine, Shell
from ledger.queries import money
from trading.queries import stops, system

DOORS = (
    ("overview", "Overview"), ("bots", "Bots"), ("trades", "Trades"), ("orders", "Orders"), ("money", "Money"),
    ("profits", "Profits"), ("risk", "Risk"), ("stages", "Training"), ("alerts", "Alerts"), ("audit", "Audit"), ("settings", "Settings"),
)  # fmt: skip
AT_HAND = ("overview", "bots", "orders", "money")  # in the phone's bottom bar; the others are behind More
SIMULATED = "sim"
WORKER = "worker"
SOURCES = {
    "EMERGENCY_STOP": "Emergency stop",
    "KILL_SWITCH": "Kill switch",
    "BREAKER": "Circuit breaker",
    "DEFICIT": "A deficit",
}


def build(*, user: User, current: str, now: datetime, wire_seq: int) -> Shell:
    """`wire_seq`: the number of the newest message before the page's figures were read; later ones make it refetch."""
    unread = alerts.visible_to(user=user).filter(read_at__isnull=True)
    severities = list(unread.order_by().values_list("severity", flat=True)[:100])
    venues = {wallet.venue for wallet in money.wallets(owner=user.id)}
    return Shell(
        person=user.get_username(),
        initials=user.get_username()[:2].upper(),
        operator=user.is_staff,
        zone=user.time_zone,
        clock=_clock(user, now),
        mode="PAPER",  # no live venue exists yet: nothing here may look as if real money moved
        simulated=not venues or SIMULATED in venues,
        doors=tuple(
            Door(name=name, label=label, url=reverse(f"dashboard:{name}"), current=name == current, at_hand=name in AT_HAND)
            for name, label in DOORS
        ),
        elsewhere=current not in AT_HAND,
        halts=halt_lines(user=user, now=now),
        unread=len(severities),
        unread_critical="CRITICAL" in severities,
        realtime=settings.POLICY.enable_realtime,
        version=settings.VERSION,
        wire_seq=wire_seq,
        beat_age=_beat_age(now),
    )


def halt_lines(*, user: User, now: datetime) -> tuple[HaltLine, ...]:
    """Halts over everything and over the person one by one; those over single bots are told on the bots."""
    standing = [halt for halt in stops.standing(viewer=user) if halt.scope != "BOT"]
    return tuple(halt_line(halt, user=user, now=now) for halt in standing)


def halt_line(halt: stops.HaltView, *, user: User, now: datetime) -> HaltLine:
    whose = {"GLOBAL": "for everybody", "BOT": f"for {halt.bot_name}"}.get(halt.scope, "for your bots")
    halted = halt.level == "HALTED"
    effect = "No order is placed." if halted else "Only orders that close a position are placed."
    told = halt.reason.rstrip(".")
    said = f"Reason: {told}. " if told and told != SOURCES.get(halt.source) else ""
    url = _resume_url(halt, user)
    who = "" if url else " Only an operator can lift it."
    return HaltLine(
        id=str(halt.id),
        title=f"{SOURCES.get(halt.source, writing.words(halt.source))} {whose}.",
        sentence=f"{said}{effect}{who}",
        halted=halted,
        since=writing.moment(halt.raised_at, zone=user.time_zone, now=now),
        resume_url=url,
        lift="Reset…" if halt.liftable == "BREAKER_RESET" else "Resume",
    )


def _beat_age(now: datetime) -> str:
    """Seconds since a worker was last heard, so that a page need not wait for the next time; empty when none ever was."""
    return next((f"{beat.age_s:.1f}" for beat in system.heartbeats(now=now) if beat.process == WORKER), "")


def _resume_url(halt: stops.HaltView, user: User) -> str:
    if halt.liftable == "OPERATOR":
        return reverse("dashboard:resume", args=["everybody"]) if user.is_staff else ""
    if halt.liftable == "BREAKER_RESET":
        return reverse("dashboard:bot-reset", args=[halt.bot_id]) if halt.bot_id else reverse("dashboard:breaker-reset")
    return reverse("dashboard:resume", args=["mine"])


def _clock(user: User, now: datetime) -> Moment:
    shown = writing.moment(now, zone=user.time_zone)
    return Moment(iso=shown.iso, text=shown.text[-8:], zone=shown.zone)
