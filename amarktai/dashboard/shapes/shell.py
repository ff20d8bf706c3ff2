"""What is visible on every screen: mode, halts, connection, alerts, clock, person."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.parts import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A line of the navigation; `at_hand`: also in the phone's bottom bar."""

    name: str
    label: str
    url: str
    current: bool
    at_hand: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltLine:
    id: str
    title: str
    sentence: str
    halted: bool
    since: Moment
    resume_url: str
    lift: str = "Resume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    person: str
    initials: str
    operator: bool
    zone: str
    clock: Moment
    mode: str
    simulated: bool
    doors: tuple[Door, ...]
    elsewhere: bool
    halts: tuple[HaltLine, ...]
    unread: int
    unread_critical: bool
    realtime: bool
    version: str
    wire_seq: int = 0
    beat_age: str = ""
