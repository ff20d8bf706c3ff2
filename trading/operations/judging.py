"""Judging a tick: what the strategies say of each member, who fails for it, navs linked and held against the limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

import numpy as np
import structlog

from bots.domain.candles import Window
from bots.domain.genome import Genome
from bots.operations import lifecycle
from bots.strategies import strategy
from trading.domain import breaker as rules
from trading.domain import reading
from trading.domain.breaker import Numbers, Use
from trading.domain.policy import Policy
from trading.domain.requests import Nav
from trading.operations import breaker, halving, signals
from trading.operations.breaker import BotLevels
from trading.operations.claim import Trip
from trading.operations.memory import Memory
from trading.queries.roster import UNREADABLE, Member

log = structlog.get_logger()

NEARLY = 0.999  # readings are floats: what comes within a thousandth of a limit to warn at is judged exactly
STORE_EVERY = 15  # candles between two writings of levels when nothing happened
UNSOUND = "Its strategy failed, or answered with a number that no market has."
GONE = "Its strategy is not installed here, or no longer takes its parameters."
LARGEST_EDGE_BPS = 1e9
LEVELS = ("nav", "nav_peak", "nav_day", "nav_week")


def read(memory: Memory, window: Window, counted: Window) -> None:
    """Bring the readings of every member up to the newest candle of the window, in place; `counted`: the candles that count now."""
    roster = memory.roster
    assert roster is not None
    members = roster.members
    _group(memory, members)
    said = signals.gather(memory, counted, missed=len(window) > 1)
    rows = reading.carry(memory.readings, [member.id for member in members])
    reading.restart(rows, roster.since)
    where = np.array(memory.places, dtype=np.int64)
    for name in said.dtype.names or ():
        rows[name] = said[name][where]
    unsound = ~(np.abs(rows["edge_bps"]) < LARGEST_EDGE_BPS)  # also what is not a number at all
    rows["direction"][unsound], rows["edge_bps"][unsound], rows["ready"][unsound] = 0, 0.0, 0
    memory.unsound = np.flatnonzero(unsound).tolist()
    rows["candle"], rows["close"], rows["skipped"] = window.times[-1], window.close[-1], len(window) - 1
    closed = int(window.times[-1]) + window.seconds
    equity = roster.money + roster.units * (float(memory.closes[-1]) / 10**window.price_places)
    reading.link_nav(rows, equity=equity, allocated=roster.allocated, closed=closed, before=memory.closed or closed)
    memory.readings, memory.closed, memory.price_places = rows, closed, window.price_places


def fail_unsound(memory: Memory, *, now: datetime) -> int:
    """Put running bots whose strategy failed, is gone, or answered with a number that is not finite or absurd into ERROR -> how
    many. Their signals are dropped already, so that nobody else is held up."""
    roster = memory.roster
    assert roster is not None
    return fail([roster.members[index] for index in memory.unsound], reason=UNSOUND, now=now)


def fail(members: Sequence[Member], *, reason: str, now: datetime) -> int:
    """Put those of them that run into ERROR, and count an error of each for its breaker -> how many."""
    running = [member for member in members if member.status == "RUNNING"]
    reasons = {member.id: GONE if member.genome is UNREADABLE else reason for member in running}
    halving.done(partial(_to_error, reasons, now=now), list(reasons), what="bot.fail", now=now)
    for member in running:
        log.error("bot.unsound", bot=str(member.id), genome=str(member.genome))
    breaker.note_errors([(member.owner, member.mode, member.id) for member in running], now=now)
    return len(running)


def _to_error(reasons: Mapping[UUID, str], bots: Sequence[UUID], *, now: datetime) -> int:
    """Those of these bots that still run."""
    return len(lifecycle.fail(reasons={bot: reasons[bot] for bot in bots}, actor="system:tick", now=now))


def _group(memory: Memory, members: tuple[Member, ...]) -> None:
    """Distinct genomes in the order of the members that bring them, and each member's place among them."""
    place: dict[Genome, int] = {}
    memory.places = [place.setdefault(member.genome, len(place)) for member in members]
    memory.genomes = list(place)


def version_of(family: str) -> int:
    """Version of a family's rules, kept on each decision; 0 for one that is gone."""
    return strategy(family).version if family else 0


def nav_of(memory: Memory, index: int) -> Nav:
    """Breaker levels of the member at `index` as this tick has linked them."""
    row = memory.readings[index]
    now, peak, day, week = (Decimal(repr(float(row[name]))) for name in LEVELS)
    return Nav(now, peak, day, week)


def breaches(memory: Memory, *, policy: Policy, now: datetime, eventful: bool) -> list[Trip]:
    """Members whose numbers reach a breaker limit; levels are stored when something happened and every few candles."""
    roster = memory.roster
    assert roster is not None
    if not roster.members:
        return []
    seconds = memory.closed - int(memory.readings["candle"][0])
    if eventful or (not memory.stream.run and (memory.closed // seconds) % STORE_EVERY == 0):  # nobody looks into a replay meanwhile
        breaker.store_bots(_levels(memory, all_of_them=not eventful), now=now)
    found: list[Trip] = []
    warnings = []
    for index in _suspects(memory, policy):
        member = roster.members[index]
        if member.status == "CIRCUIT_TRIPPED" or member.pause_reason == "STOPPING":
            continue
        numbers = Numbers(nav_of(memory, index), member.record.loss_streak, 0)
        limits = policy.limits(member.profile)
        use = rules.judge(numbers, limits)
        if use is not None:
            found.append(Trip(member.owner, member.mode, member.id, use))
        else:
            warnings += [(member, use) for use in rules.uses(numbers, limits) if use.warns]
    _warn(memory, warnings, now=now)
    return found


def _suspects(memory: Memory, policy: Policy) -> list[int]:
    """Places whose falls or streaks come near any profile's limit: only these are judged exactly."""
    roster = memory.roster
    assert roster is not None
    rows = memory.readings
    both = [policy.limits("standard"), policy.limits("conservative")]
    warn = float(rules.WARN_AT)
    near = np.zeros(len(rows), dtype=bool)
    for level, limit in (
        ("nav_peak", min(x.max_drawdown for x in both)),
        ("nav_day", min(x.max_daily_loss for x in both)),
        ("nav_week", min(x.max_weekly_loss or Decimal(1) for x in both)),
    ):
        near |= rows["nav"] <= rows[level] * (1 - warn * float(limit) * NEARLY)
    streak = int(min(x.max_consecutive_losses for x in both) * warn)
    near |= np.array([member.record.loss_streak >= streak for member in roster.members])
    return [int(index) for index in np.flatnonzero(near)]


def _warn(memory: Memory, warnings: list[tuple[Member, Use]], *, now: datetime) -> None:
    """Tell each warning once a day and bot."""
    day = memory.closed // reading.DAY
    fresh = [(member, use) for member, use in warnings if (member.id, use.limit, day) not in memory.told]
    memory.told |= {(member.id, use.limit, day) for member, use in fresh}
    breaker.warn([(member.owner, member.id, use) for member, use in fresh], now=now)


def _levels(memory: Memory, *, all_of_them: bool) -> list[BotLevels]:
    roster = memory.roster
    assert roster is not None
    return [
        BotLevels(member.owner, member.id, member.mode, nav_of(memory, index))
        for index, member in enumerate(roster.members)
        if all_of_them or member.units > 0 or member.record.trades
    ]
