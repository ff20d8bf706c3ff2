"""The risk screen: every limit with its use, the halts in force, what has tripped before."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.parts import Choice, Meter, Moment, Pill, Sheet
from amarktai.dashboard.shapes.shell import HaltLine


@dataclass(frozen=True, slots=True, kw_only=True)
class BotRisk:
    """One bot's limits; `profile`: which set of them."""

    name: str
    url: str
    pill: Pill
    profile: str
    meters: tuple[Meter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TripLine:
    """`reset_url` is empty once it is reset; then `told` says who did and why."""

    at: Moment
    whose: str
    url: str
    limit: str
    sentence: str
    pill: Pill
    told: str
    reset_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """`rule`: why the person's own limits are what they are, and when they change; `watched`: how many bots have limits in all."""

    status: Pill
    sentence: str
    halts: tuple[HaltLine, ...]
    running: int
    meters: tuple[Meter, ...]
    counts: tuple[Meter, ...]
    rule: str
    bots: tuple[BotRisk, ...]
    watched: int
    sheet: Sheet
    orders: tuple[Choice, ...]
    trips: tuple[TripLine, ...]
    next_url: str
    reset_url: str
