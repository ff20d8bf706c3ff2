"""The training and quarantine screen: how far each bot is from the next stage."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.parts import Choice, Meter, Moment, Pill, Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One threshold; `meter` where it counts towards something, else the value alone."""

    label: str
    sentence: str
    met: bool
    value: str
    meter: Meter | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageLine:
    name: str
    url: str
    pill: Pill
    since: Moment
    sentence: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    tabs: tuple[Choice, ...]
    stage: str
    about: str
    lines: tuple[StageLine, ...]
    sheet: Sheet
    empty: str
