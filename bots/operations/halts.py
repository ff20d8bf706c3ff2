"""Raising and lifting halts under the gate lock, so that no claim is under way while the answer changes.

Lock order: decisions, user counters, books, wallets, audit chains, GATE. So GATE is taken last, and nobody who holds the
shared form asks for the exclusive one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from accounts.domain.identity import new_id
from accounts.domain.refusals import Missing, Refusal
from accounts.operations import alerts, audit
from accounts.queries import sql
from accounts.queries.sql import Asked, Asking
from accounts.realtime import wire
from bots.domain.halts import HaltWish, LevelName, ScopeName, Veto
from bots.models import Bot, Halt
from bots.queries import halts as halt_queries

GATE = 0x414D_4741_5445  # "AMGATE": the key of the one advisory lock between claims and halts
REASON_LENGTH = 200  # of the column
Key = tuple[str, str, UUID | None, str, UUID | None, UUID | None, str, bool]
WHOSE = {"GLOBAL": "Trading of everybody", "USER": "Your trading", "BOT": "Trading of this bot"}
WHAT = {"HALTED": "is stopped: nothing is ordered", "REDUCING": "is restricted: only closing orders are sent"}


def key_of(halt: HaltWish) -> Key:
    """What makes two halts the same one."""
    return (halt.scope, halt.level, halt.user, halt.mode, halt.wallet, halt.bot, halt.source, halt.flatten)


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
    wish = HaltWish(
        scope=scope, level=level, source=source, reason=reason, user=user, mode=mode, wallet=wallet, bot=bot, flatten=flatten
    )
    return raise_halts([wish], actor=actor, request_id=request_id, now=now)[0]


def raise_halts(wishes: Sequence[HaltWish], *, actor: str, request_id: str, now: datetime) -> list[Halt]:
    """The same for many, no two alike, in a constant number of statements -> a halt for each wish, in their order. The pages hear
    which halt stands; the alert names none, for it is written before the gate, where nobody knows yet."""
    if not wishes:
        return []
    with transaction.atomic():
        owners = dict(Bot.objects.filter(id__in=[wish.bot for wish in wishes if wish.bot]).values_list("id", "owner_id"))
        people = [owners[wish.bot] if wish.bot else wish.user for wish in wishes]
        audit.record_many(
            rows=[
                audit.Act(
                    person=person, actor=actor, act="halt.raise", subject=_subject(wish.scope, person, wish.bot), before={},
                    after={**wish.subject, "source": wish.source, "flatten": wish.flatten}, reason=wish.reason, request_id=request_id,
                )
                for wish, person in zip(wishes, people, strict=True)
            ],
            now=now,
        )  # fmt: skip
        _alert(list(zip(wishes, people, strict=True)), now=now)
        close_gate()
        known = _standing(wishes)
        halts = [known.get(key_of(wish)) or _row(wish, actor=actor, now=now) for wish in wishes]
        Halt.objects.bulk_create(halt for halt, wish in zip(halts, wishes, strict=True) if key_of(wish) not in known)
        _publish([(person, _news(halt)) for halt, person in zip(halts, people, strict=True)])
        return halts


def _row(wish: HaltWish, *, actor: str, now: datetime) -> Halt:
    return Halt(
        id=new_id(), scope=wish.scope, level=wish.level, user_id=wish.user, mode=wish.mode, wallet_id=wish.wallet, bot_id=wish.bot,
        source=wish.source, reason=wish.reason[:REASON_LENGTH], flatten=wish.flatten, raised_by=actor, raised_at=now,
    )  # fmt: skip


def _standing(wishes: Sequence[HaltWish]) -> dict[Key, Halt]:
    """Those of these that stand already."""
    alike = Halt.objects.filter(
        Q(bot__in=[wish.bot for wish in wishes if wish.bot]) | Q(bot__isnull=True), lifted_at__isnull=True,
        scope__in={wish.scope for wish in wishes}, source__in={wish.source for wish in wishes},
    )  # fmt: skip
    return {key_of(halt_queries.veto_of(halt)): halt for halt in alike.order_by("-raised_at", "-id")}


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
            lifted_at=now, lifted_by=actor, lift_reason=reason[:REASON_LENGTH]
        )
        if not lifted:
            raise Missing("NO_SUCH_HALT", "None of these halts stands any more.")
        whose: dict[UUID | None, list[str]] = {}
        for row in rows:
            whose.setdefault(_person(row), []).append(str(row.id))
        _publish([(person, {"lifted": ids}) for person, ids in whose.items()])
        return lifted


def tell_again(halt: Veto) -> None:
    """Publish a standing halt once more: whoever raised it may have died between its commit and the telling."""
    person = Bot.objects.values_list("owner_id", flat=True).get(id=halt.bot) if halt.bot else halt.user
    _publish([(person, _news(halt))])


def _alert(wishes: Sequence[tuple[HaltWish, UUID | None]], *, now: datetime) -> None:
    alerts.raise_alerts(
        notices=[
            alerts.Notice(
                person=person, severity="CRITICAL", code=wish.source,
                sentence=f"{WHOSE[wish.scope]} {WHAT[wish.level]}." + (f" Reason: {reason.removesuffix('.')}." if reason else ""),
                data={"scope": wish.scope, "level": wish.level, "bot": wish.bot},
                dedup_key=f"{wish.scope}:{wish.level}:{wish.bot or wish.wallet or wish.mode or person or ''}",
            )
            for wish, person in wishes
            for reason in [wish.reason[:REASON_LENGTH]]
        ],
        now=now,
    )  # fmt: skip


def _news(halt: Halt | Veto) -> dict[str, Any]:
    return {"id": str(halt.id), "scope": halt.scope, "level": halt.level}


def _publish(news: Sequence[tuple[UUID | None, dict[str, Any]]]) -> None:
    """To the persons concerned, and to everybody what is of a GLOBAL halt (None)."""
    wire.publish_many_on_commit([wire.Message(person=person, type="halt", data=data) for person, data in news if person is not None])
    for person, data in news:
        if person is None:
            transaction.on_commit(partial(wire.broadcast, type="halt", data=data), robust=True)


def _person(halt: Halt) -> UUID | None:
    return halt.bot.owner_id if halt.bot else halt.user_id


def _subject(scope: str, person: UUID | None, bot: UUID | None) -> str:
    if scope == "GLOBAL":
        return "system"
    return f"bot:{bot}" if scope == "BOT" else f"user:{person}"


def _lock(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [GATE])
