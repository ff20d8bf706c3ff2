"""Alerts, audit trail, settings."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from django.urls import reverse

from accounts.domain.decimals import plain
from accounts.models import Alert, AuditRow, User
from accounts.operations.second_factor import Enrolment as Enrolled
from accounts.queries import alerts as alert_queries
from accounts.queries import audit as audit_queries
from accounts.queries import factors
from amarktai.dashboard import writing
from amarktai.dashboard.pages import audit_values, cursors
from amarktai.dashboard.pages.why import who
from amarktai.dashboard.shapes.overview import AlertLine
from amarktai.dashboard.shapes.parts import Choice
from amarktai.dashboard.shapes.people import Alerts, Audit, AuditLine, Enrolment, Settings
from bots.queries import bots as bot_queries

PAGE = 50
KINDS = (("", "All"), ("unread", "Unread"), ("CRITICAL", "Critical"))
SHORT_HASH = 10
LOOKED_AT = 300  # newest alerts that the lines of the overview are made of


def alerts(*, user: User, query: Mapping[str, str], now: datetime) -> Alerts:
    kind = query.get("show", "")
    mine = alert_queries.visible_to(user=user)
    rows = mine.order_by("-at", "-id")
    if kind == "unread":
        rows = rows.filter(read_at__isnull=True)
    elif kind == "CRITICAL":
        rows = rows.filter(severity=kind)
    if query.get("before"):
        rows = rows.filter(cursors.older(query["before"], column="at"))
    found = list(rows[: PAGE + 1])
    return Alerts(
        lines=_alert_lines(found[:PAGE], user=user, now=now),
        unread=mine.filter(read_at__isnull=True).count(),
        kinds=tuple(Choice(value=value, label=label, url=f"?show={value}", chosen=value == kind) for value, label in KINDS),
        next_url=_older(found, show=kind),
    )


def _older(found: Sequence[Alert] | Sequence[AuditRow], **asked: str) -> str:
    """Where the list goes on, empty at its end."""
    if len(found) <= PAGE:
        return ""
    last = found[PAGE - 1]
    return "?" + urlencode({**asked, "before": cursors.write(last.at, last.id)})


def newest_alerts(*, user: User, most: int, now: datetime) -> tuple[AlertLine, ...]:
    """One line per code, subject and day, its newest: what is told of one bot again and again is one piece of news, and never hides
    what is told of another."""
    zone = ZoneInfo(user.time_zone)
    groups: dict[tuple[str, str, str, date], list[Alert]] = {}
    for alert in alert_queries.visible_to(user=user)[:LOOKED_AT]:
        about = str(alert.data.get("bot") or "")
        groups.setdefault((alert.severity, alert.code, about, alert.at.astimezone(zone).date()), []).append(alert)
    told = list(groups.values())[:most]
    lines = _alert_lines((alike[0] for alike in told), user=user, now=now)
    return tuple(
        replace(line, more=len(alike) - 1, unread=any(alert.read_at is None for alert in alike))
        for line, alike in zip(lines, told, strict=True)
    )


def _alert_lines(found: Iterable[Alert], *, user: User, now: datetime) -> tuple[AlertLine, ...]:
    names = _bot_names(user)
    return tuple(_alert_line(alert, names=names, user=user, now=now) for alert in found)


def _alert_line(alert: Alert, *, names: Mapping[str, str], user: User, now: datetime) -> AlertLine:
    bot = str(alert.data.get("bot") or "")
    return AlertLine(
        bot=names.get(bot, ""),
        bot_url=reverse("dashboard:bot", args=[bot]) if bot in names else "",
        id=str(alert.id),
        severity=alert.severity,
        sentence=alert.sentence,
        code=alert.code,
        at=writing.moment(alert.at, zone=user.time_zone, now=now),
        unread=alert.read_at is None,
    )


def audit(*, user: User, query: Mapping[str, str], now: datetime) -> Audit:
    rows = audit_queries.visible_to(user=user)
    if query.get("before"):
        rows = rows.filter(cursors.older(query["before"], column="at"))
    found = list(rows[: PAGE + 1])
    bots = _bot_names(user)
    return Audit(
        lines=tuple(_audit_line(row, bots=bots, user=user, now=now) for row in found[:PAGE]),
        next_url=_older(found),
    )


def _audit_line(row: AuditRow, *, bots: Mapping[str, str], user: User, now: datetime) -> AuditLine:
    kind, _, key = row.subject.partition(":")
    return AuditLine(
        seq=row.seq,
        at=writing.clock(row.at, zone=user.time_zone, now=now),
        actor=who(row.actor, user=user),
        act=writing.words(row.act.replace(".", " ")),
        subject=bots.get(key) or ("you" if key == str(user.id) else kind.replace("_", " ")),
        subject_url=reverse("dashboard:bot", args=[key]) if key in bots else "",
        subject_id=row.subject,
        changes=audit_values.changes(row),
        reason=row.reason,
        request_id=row.request_id,
        hash=row.hash[:SHORT_HASH],
    )


def settings(
    *, user: User, credential: str, now: datetime, enrolled: Enrolled | None = None, error: str = "", code_error: str = "",
    typed: Mapping[str, str] | None = None,
) -> Settings:
    given = typed or {}
    chosen = given.get("time_zone", user.time_zone)
    return Settings(
        username=user.get_username(),
        email=given.get("email", user.email),
        zones=tuple(Choice(value=zone, label=zone, chosen=zone == chosen) for zone in sorted(available_timezones())),
        currency=user.reporting_currency,
        goal=given.get("goal", plain(user.goal) if user.goal is not None else ""),
        second_factor=factors.status(user=user, credential=credential, now=now).enrolled,
        enrolment=_enrolment(enrolled) if enrolled else None,
        backup_codes=(),
        error=error,
        code_error=code_error,
    )


def _enrolment(enrolled: Enrolled) -> Enrolment:
    """The QR as a data address: an image needs no inline markup."""
    image = b64encode(enrolled.qr_svg.encode()).decode()
    groups = [enrolled.secret[start : start + 4] for start in range(0, len(enrolled.secret), 4)]
    return Enrolment(qr=f"data:image/svg+xml;base64,{image}", seed=" ".join(groups), address=enrolled.uri)


def _bot_names(user: User) -> dict[str, str]:
    return {str(bot.id): bot.name for bot in bot_queries.of(owner=user.id)}

