"""The audit trail: every change by a person, an operator or an automaton, in the transaction of the change itself.

A chain's row lock orders its writers until the caller commits: write the audit row last, just before GATE.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.domain.chain import facts, link
from accounts.domain.identity import new_id
from accounts.models import AuditChain, AuditRow
from accounts.queries.audit import columns


@dataclass(frozen=True, kw_only=True)
class Act:
    """One line for the trail. `person` owns the chain (None: the system chain); `actor` did it ("user:<uuid>",
    "operator:<uuid>", "system:tick"); `subject` is what it was done to ("bot:<uuid>")."""

    person: UUID | None
    actor: str
    act: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    request_id: str


def record(
    *,
    person: UUID | None,
    actor: str,
    act: str,
    subject: str,
    before: dict[str, Any],
    after: dict[str, Any],
    reason: str,
    request_id: str,
    now: datetime,
) -> None:
    """Append one row to the person's chain (None: the system chain) in the caller's transaction."""
    line = Act(
        person=person, actor=actor, act=act, subject=subject, before=before, after=after, reason=reason,
        request_id=request_id,
    )  # fmt: skip
    record_many(rows=[line], now=now)


def record_many(*, rows: Sequence[Act], now: datetime) -> None:
    """Append `rows` in their order, each to its person's chain: the same few statements for one row or a thousand."""
    if not rows:
        return
    with transaction.atomic():
        chains = _locked_chains({row.person for row in rows})
        AuditRow.objects.bulk_create([_chained(chain=chains[row.person], row=row, now=now) for row in rows])
        AuditChain.objects.bulk_update(chains.values(), ["head_seq", "head_hash"])


def _locked_chains(people: Iterable[UUID | None]) -> dict[UUID | None, AuditChain]:
    known = [person for person in people if person is not None]
    wanted = Q(person__in=known)
    if len(known) < len(set(people)):
        wanted |= Q(person__isnull=True)
    locked = AuditChain.objects.select_for_update().filter(wanted).order_by("id")
    chains = {chain.person_id: chain for chain in locked}
    if absent := [AuditChain(person_id=person) for person in people if person not in chains]:
        AuditChain.objects.bulk_create(absent, ignore_conflicts=True)
        chains = {chain.person_id: chain for chain in locked.all()}
    return chains


def _chained(*, chain: AuditChain, row: Act, now: datetime) -> AuditRow:
    written = AuditRow(
        id=new_id(),
        chain=chain,
        seq=chain.head_seq + 1,
        at=now,
        actor=row.actor[:64],
        act=row.act[:64],
        subject=row.subject[:128],
        before=facts(row.before),
        after=facts(row.after),
        reason=facts(row.reason),
        request_id=row.request_id[:64],
        prev_hash=chain.head_hash,
    )
    written.hash = link(previous=chain.head_hash, columns=columns(written))
    chain.head_seq, chain.head_hash = written.seq, written.hash
    return written
