"""Alerts, audit, settings, and the doors in front of the house."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.overview import AlertLine
from amarktai.dashboard.shapes.parts import Choice, Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    lines: tuple[AlertLine, ...]
    unread: int
    kinds: tuple[Choice, ...]
    next_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    seq: int
    at: Moment
    actor: str
    act: str
    subject: str
    subject_url: str
    subject_id: str
    changes: tuple[tuple[str, str, str], ...]
    reason: str
    request_id: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    lines: tuple[AuditLine, ...]
    next_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A second factor being set up: the QR as a data address, the seed for typing."""

    qr: str
    seed: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    username: str
    email: str
    zones: tuple[Choice, ...]
    currency: str
    goal: str
    second_factor: bool
    enrolment: Enrolment | None
    backup_codes: tuple[str, ...]
    error: str
    code_error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Log in or register: what was typed and what was wrong with it."""

    username: str
    email: str
    error: str
    next: str
    code: bool
