"""Which audit rows a person sees (the own chain; operators all), and whether a chain is whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet, Subquery

from accounts.domain.chain import GENESIS, link, stamp
from accounts.models import AuditChain, AuditRow, User


@dataclass(frozen=True, kw_only=True)
class Break:
    """The first row of a chain that is not what was written; `seq` is where a row is missing or differs."""

    chain: UUID
    seq: int
    found: str


def visible_to(*, user: User) -> QuerySet[AuditRow]:
    """Newest first. The chain is looked up first: its index then has the rows in their order."""
    rows = AuditRow.objects.select_related("chain").order_by("-id")
    return rows if user.is_staff else rows.filter(chain_id=Subquery(AuditChain.objects.filter(person=user).values("id")[:1]))


def breaks() -> Iterator[Break]:
    """At most one break per chain, recomputed from the rows."""
    for chain in AuditChain.objects.order_by("id").iterator():
        if (broken := _first_break(chain)) is not None:
            yield broken


def columns(row: AuditRow) -> dict[str, Any]:
    """What the hash of a row covers: every column but the hashes."""
    return {
        "id": str(row.id),
        "chain": str(row.chain_id),
        "seq": row.seq,
        "at": stamp(row.at),
        "actor": row.actor,
        "act": row.act,
        "subject": row.subject,
        "before": row.before,
        "after": row.after,
        "reason": row.reason,
        "request_id": row.request_id,
    }


def _first_break(chain: AuditChain) -> Break | None:
    previous, expected = GENESIS, 1
    for row in AuditRow.objects.filter(chain=chain, seq__lte=chain.head_seq).order_by("seq").iterator():
        if row.seq != expected:
            return Break(chain=chain.id, seq=expected, found="row missing")
        if row.prev_hash != previous or row.hash != link(previous=previous, columns=columns(row)):
            return Break(chain=chain.id, seq=row.seq, found="row changed")
        previous, expected = row.hash, expected + 1
    if expected - 1 != chain.head_seq or previous != chain.head_hash:
        return Break(chain=chain.id, seq=expected, found="head differs")
    return None
