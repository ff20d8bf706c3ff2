"""Raising and lifting halts under the gate lock, so that no claim is under way while the answer changes.

Lock order: decisions, user counters, books, wallets, audit chains, GATE. So GATE is taken last, and nobody who holds the
shared form asks for the exclusive one.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts.domain.identity import new_id
from accounts.domain.refusals import Missing, Refusal
from accounts.operations import alerts, audit
from accounts.queries import sql
from accounts.queries.sql import Asked, Asking
from accounts.realtime import wire
from bots.domain.halts import LevelName, ScopeName, Veto
from bots.models import Bot, Halt

GATE = 0x414D_4741_5445  # "AMGATE": the key of the one advisory lock between claims and halts
WHOSE = {"GLOBAL": "Trading of everybody", "USER": "Your trading", "BOT": "Trading of this bot"}
WHAT = {"HALTED": "is halted: nothing is ordered", "REDUCING": "is restricted: only closing orders are sent"}


def share_gate() -> None:
    """Taken by each claim as its last lock; then it reads the halts in a fresh statement. Held until commit."""
    sql.ask(sharing_gate())


def sharing_gate() -> Asking[None]:
    """The same, as an asking."""
    yield [Asked("SELECT pg_advisory_xact_lock_shared(%s)", (GATE,))]


def close_gate() -> None:
    """The exclusive form: waits for the claims under way, and later ones queue behind it. Held until commit."""
    _lock("SELECT pg_advisory_xact_lock(%s)")


def raise_halt(
    *,
    scope: ScopeName,
    level: LevelName,
    source: str,
    reason: str,
    actor: str,
    request_id: str,
    now: datetime,
    user: UUID | None = None,
    mode: str = "",
    wallet: UUID | None = None,
    bot: UUID | None = None,
    flatten: bool = False,
) -> Halt:
    """Raise a halt with its audit row and CRITICAL alert; when this returns and commits, nothing under it is claimed.

    The same halt (scope, level, subject, source, flatten) that already stands is answered again instead of a second
    row, so that whoever repeats a stop finishes it. Its audit row is written each time.
    """
    subject = {"scope": scope, "level": level, "user": user, "mode": mode, "wallet": wallet, "bot": bot}
    with transaction.atomic():
        person = Bot.objects.values_list("owner_id", flat=True).get(id=bot) if bot else user
        halt = Halt(
            id=new_id(), scope=scope, level=level, user_id=user, mode=mode, wallet_id=wallet, bot_id=bot, source=source,
            reason=reason[:200], flatten=flatten, raised_by=actor, raised_at=now,
        )  # fmt: skip
        audit.record(
            person=person, actor=actor, act="halt.raise", subject=_subject(scope, person, bot), before={},
            after={**subject, "source": source, "flatten": flatten}, reason=reason, request_id=request_id, now=now,
        )  # fmt: skip
        _tell(halt=halt, person=person, now=now)
        close_gate()
        known = Halt.objects.filter(
            lifted_at__isnull=True, scope=scope, level=level, user=user, mode=mode, wallet=wallet, bot=bot, source=source,
            flatten=flatten,
        ).first()  # fmt: skip
        if known is not None:
            return known
        halt.save(force_insert=True)
        return halt


def lift(*, halt_ids: Collection[UUID], actor: str, reason: str, request_id: str, now: datetime) -> int:
    """Lift these halts and answer how many stood. The door has asked for the second factor and the right to do it.

    Refusal REASON_REQUIRED without a reason, Missing NO_SUCH_HALT when none of them stands.
    """
    if not reason.strip():
        raise Refusal("REASON_REQUIRED", "Say why the halt is lifted.")
    with transaction.atomic():
        rows = list(Halt.objects.filter(id__in=halt_ids, lifted_at__isnull=True).select_related("bot").order_by("id"))
        audit.record_many(
            rows=[
                audit.Act(
                    person=_person(row), actor=actor, act="halt.lift", subject=_subject(row.scope, _person(row), row.bot_id),
                    before={"halt": row.id, "level": row.level, "source": row.source, "raised_at": row.raised_at},
                    after={"lifted_by": actor}, reason=reason, request_id=request_id,
                )
                for row in rows
            ],
            now=now,
        )  # fmt: skip
        close_gate()
        lifted = Halt.objects.filter(id__in=halt_ids, lifted_at__isnull=True).update(
            lifted_at=now, lifted_by=actor, lift_reason=reason[:200]
        )
        if not lifted:
            raise Missing("NO_SUCH_HALT", "None of these halts stands any more.")
        _publish({_person(row) for row in rows}, {"lifted": [str(row.id) for row in rows]})
        return lifted


def tell_again(halt: Veto) -> None:
    """Publish a standing halt once more: whoever raised it may have died between its commit and the telling."""
    person = Bot.objects.values_list("owner_id", flat=True).get(id=halt.bot) if halt.bot else halt.user
    _publish({person}, {"id": str(halt.id), "scope": halt.scope, "level": halt.level})


def _tell(*, halt: Halt, person: UUID | None, now: datetime) -> None:
    why = f" Reason: {halt.reason.removesuffix('.')}." if halt.reason else ""
    alerts.raise_alert(
        person=person,
        severity="CRITICAL",
        code=halt.source,
        sentence=f"{WHOSE[halt.scope]} {WHAT[halt.level]}.{why}",
        data={"halt": halt.id, "scope": halt.scope, "level": halt.level, "bot": halt.bot_id},
        dedup_key=f"{halt.scope}:{halt.level}:{halt.bot_id or halt.wallet_id or halt.mode or person or ''}",
        now=now,
    )
    _publish({person}, {"id": str(halt.id), "scope": halt.scope, "level": halt.level})


def _publish(people: set[UUID | None], data: dict[str, Any]) -> None:
    """To the persons concerned, and to everybody where a GLOBAL halt is among them (None)."""
    wire.publish_many_on_commit(
        [wire.Message(person=person, type="halt", data=data) for person in people if person is not None]
    )
    if None in people:
        transaction.on_commit(lambda: wire.broadcast(type="halt", data=data), robust=True)


def _person(halt: Halt) -> UUID | None:
    return halt.bot.owner_id if halt.bot else halt.user_id


def _subject(scope: str, person: UUID | None, bot: UUID | None) -> str:
    if scope == "GLOBAL":
        return "system"
    return f"bot:{bot}" if scope == "BOT" else f"user:{person}"


def _lock(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [GATE])
