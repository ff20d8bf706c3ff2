"""Alerts as rows: raised once per ten minutes and subject, listed, marked as read. Delivery reads these rows later."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.domain.chain import facts
from accounts.domain.identity import new_id
from accounts.models import Alert, User
from accounts.queries import alerts as alert_queries
from accounts.queries import sql
from accounts.realtime import wire

SeverityName = Literal["INFO", "WARNING", "CRITICAL"]
DEDUP_WINDOW = timedelta(minutes=10)
_TELL_EACH = """
INSERT INTO accounts_alert (id, person_id, severity, code, sentence, data, dedup_key, at)
SELECT new.id, new.person, %s, %s, %s, %s::jsonb, %s, %s FROM unnest(%s::uuid[], %s::uuid[]) AS new(id, person)
WHERE NOT EXISTS (
    SELECT FROM accounts_alert a WHERE a.person_id = new.person AND a.code = %s AND a.dedup_key = %s AND a.at > %s
)
RETURNING id, person_id
"""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One alert to raise. `person` None means all operators; `dedup_key` tells apart subjects of one code."""

    person: UUID | None
    severity: SeverityName
    code: str
    sentence: str
    data: dict[str, Any] = field(default_factory=dict)
    dedup_key: str = ""


def raise_alert(
    *,
    person: UUID | None,
    severity: SeverityName,
    code: str,
    sentence: str,
    data: dict[str, Any],
    now: datetime,
    dedup_key: str = "",
) -> None:
    """Store one alert in the caller's transaction and publish it after commit, unless the same (person, code,
    dedup_key) was raised in the last ten minutes."""
    notice = Notice(person=person, severity=severity, code=code, sentence=sentence, data=data, dedup_key=dedup_key)
    raise_alerts(notices=[notice], now=now)


def raise_alerts(*, notices: Sequence[Notice], now: datetime, window: timedelta = DEDUP_WINDOW) -> None:
    """The same for many, in a constant number of statements; `window`: how long the same alert is not raised again.

    Two transactions that raise the same alert at the same moment both store it: a lock here would make the stop wait
    for a claim, and an alert told twice does no harm.
    """
    if not notices:
        return
    seen: set[tuple[UUID | None, str, str]] = set(
        Alert.objects.filter(
            Q(person__in=[notice.person for notice in notices if notice.person]) | Q(person__isnull=True),
            code__in={notice.code for notice in notices},
            at__gt=now - window,
        ).values_list("person_id", "code", "dedup_key")
    )
    fresh: list[Alert] = []
    for notice in notices:
        key = (notice.person, notice.code[:64], notice.dedup_key[:200])
        if key not in seen:
            seen.add(key)
            fresh.append(_row(notice=notice, now=now))
    Alert.objects.bulk_create(fresh)
    wire.publish_many_on_commit(_messages(fresh))


def tell_each(
    *, people: Collection[UUID], severity: SeverityName, code: str, sentence: str, data: dict[str, Any], now: datetime, dedup_key: str = "",
) -> None:  # fmt: skip
    """One and the same alert to each of these people, in one statement however many they are."""
    if not people:
        return
    code, dedup_key = code[:64], dedup_key[:200]
    told = sql.fetch(
        _TELL_EACH, severity, code, facts(sentence), json.dumps(facts(data)), dedup_key, now, [new_id() for _ in people], list(people),
        code, dedup_key, now - DEDUP_WINDOW,
    )  # fmt: skip
    wire.publish_many_on_commit(
        [wire.Message(person=person, type="alert", data={"id": str(id_), "severity": severity, "code": code}) for id_, person in told]
    )


def mark_read(*, user: User, ids: Sequence[UUID] | None, now: datetime) -> int:
    """Mark these alerts (None: all) of the user as read and answer how many changed; foreign ids change nothing."""
    with transaction.atomic():
        unread = alert_queries.visible_to(user=user).filter(read_at__isnull=True)
        if ids is not None:
            unread = unread.filter(id__in=ids)
        return unread.update(read_at=now)


def _row(*, notice: Notice, now: datetime) -> Alert:
    return Alert(
        person_id=notice.person,
        severity=notice.severity,
        code=notice.code[:64],
        sentence=facts(notice.sentence),
        data=facts(notice.data),
        dedup_key=notice.dedup_key[:200],
        at=now,
    )


def _messages(rows: Iterable[Alert]) -> list[wire.Message]:
    rows = list(rows)
    operators: list[UUID] = []
    if any(row.person_id is None for row in rows):
        operators = list(User.objects.filter(is_staff=True, is_active=True).values_list("id", flat=True))
    return [
        wire.Message(person=person, type="alert", data={"id": str(row.id), "severity": row.severity, "code": row.code})
        for row in rows
        for person in ([row.person_id] if row.person_id else operators)
    ]
