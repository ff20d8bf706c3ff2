"""The dialogs before acts on many bots at once: how many it touches, and what becomes of what they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.domain.refusals import Conflict
from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.shapes.parts import Act, Question
from bots.domain.lifecycle import EMERGENCY_STOP, NEW, STOPPING
from bots.models import Bot
from bots.queries import bots as bot_queries
from trading.queries import bots as bot_views
from trading.queries import orders


@dataclass(frozen=True)
class _All:
    """An act on all bots that `takes` says it is about."""

    label: str
    icon: str
    title: str
    sentence: str
    effect: tuple[str, str]
    takes: Callable[[Bot], bool]


ALL = {
    "start": _All(
        "Start all new", "play", "Start all new bots?", "Each decides at the close of its next candle, and trades its own capital.",
        ("new bot starts", "new bots start"), lambda bot: bot.pause_reason == NEW,
    ),
    "pause": _All(
        "Pause all", "pause", "Pause all running bots?", "They open nothing new. The exits of what they hold are still judged.",
        ("running bot is paused", "running bots are paused"), lambda bot: bot.status == "RUNNING",
    ),
    "resume": _All(
        "Resume all", "play", "Resume all paused bots?",
        "Bots that an emergency stop paused stay as they are: tick those that shall go on and resume them.",
        ("paused bot goes on", "paused bots go on"),
        lambda bot: bot.status == "ERROR" or (bot.status == "PAUSED" and bot.pause_reason not in (NEW, STOPPING, EMERGENCY_STOP)),
    ),
    "stop": _All(
        "Stop all for good", "square", "Stop all your bots for good?",
        "A stopped bot cannot be started again; its history stays. To let bots rest, pause them instead.",
        ("bot is stopped", "bots are stopped"), lambda bot: bot.status != "STOPPED" and bot.pause_reason != STOPPING,
    ),
}  # fmt: skip


def acts(found: Sequence[Bot]) -> tuple[Act, ...]:
    """What can be done with all bots now, with how many it would touch."""
    counted = ((name, act, sum(act.takes(bot) for bot in found)) for name, act in ALL.items())
    return tuple(
        Act(label=f"{act.label} ({count})…", url=_url(name), icon=act.icon, ask=True, danger=name == "stop")
        for name, act, count in counted
        if count
    )


def question(*, name: str, user: User, now: datetime) -> Question:
    """The dialog before an act on all bots; its number is what the act will find, unless something happens meanwhile."""
    act = ALL[name]
    taken = [bot for bot in bot_queries.of(owner=user.id) if act.takes(bot)]
    effects = [(act.effect[len(taken) != 1], str(len(taken)))]
    held = 0
    if name in ("pause", "stop"):
        more, held = _effects(taken, user=user, stops=name == "stop", now=now)
        effects += more
    return Question(
        title=act.title, sentence=act.sentence, effects=tuple(effects), url=_url(name), confirm=act.label, back=reverse("dashboard:bots"),
        danger=name == "stop", positions=held > 0 and name == "stop",
    )  # fmt: skip


def stop_selected(*, bots: Sequence[Bot], user: User, now: datetime) -> Question:
    """The same for the bots that a person has ticked."""
    taken = [bot for bot in bots if ALL["stop"].takes(bot)]
    if not taken:
        raise Conflict("NOTHING_TO_STOP", "All of these bots are stopped or stopping already.")
    effects, held = _effects(taken, user=user, stops=True, now=now)
    return Question(
        title=f"Stop {taken[0].name} for good?" if len(taken) == 1 else f"Stop {len(taken)} bots for good?",
        sentence=ALL["stop"].sentence, effects=((ALL["stop"].effect[len(taken) != 1], str(len(taken))), *effects),
        url=reverse("dashboard:bots-stop-selected"), confirm="Stop them" if len(taken) > 1 else "Stop bot",
        back=reverse("dashboard:bots"), danger=True, positions=held > 0, bots=tuple(str(bot.id) for bot in taken),
    )  # fmt: skip


def _effects(taken: Sequence[Bot], *, user: User, stops: bool, now: datetime) -> tuple[list[tuple[str, str]], int]:
    """What they have working and what they hold; and how many hold something."""
    ids = {bot.id for bot in taken}
    working = sum(order.bot_id in ids for order in orders.pending(owner=user.id))
    views = [view for view in bot_views.views(bots=taken, now=now) if view.position is not None]
    held = ", ".join(writing.quantity(view.position.units, view.position.asset) for view in views[:3] if view.position)
    if len(views) > 3:
        held += f" and {len(views) - 3} more"
    if not stops:
        orders_do = _of(working, "open order; an entry that waits is withdrawn", "open orders; entries that wait are withdrawn")
        positions_do = _of(len(views), "open position stays, with its exits", "open positions stay, with their exits")
        return [(orders_do, str(working)), (positions_do, str(len(views)))], len(views)
    orders_do = _of(working, "open order is cancelled", "open orders are cancelled")
    positions_do = _of(len(views), "open position", "open positions") + (f": {held}" if held else "")
    return [(orders_do, str(working)), (positions_do, str(len(views)))], len(views)


def _of(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _url(name: str) -> str:
    return reverse(f"dashboard:bots-{name}-all")
