"""The proof of the ledger, and of the trades that are told from it: on demand, and as daily life: wallet by wallet, a few at a time,
over all of them and over again. A difference becomes an alert; nothing is mended unless a rebuild is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import structlog

from accounts.operations import alerts
from ledger.models import Wallet
from ledger.operations import anchors, apart, verify
from ledger.operations.verify import Verdict
from ledger.queries import frozen
from trading.models import Heartbeat
from trading.operations import trades
from trading.queries import matched_trades
from trading.queries.system import LEDGER

PAUSE = timedelta(minutes=15)  # between the end of a pass over all wallets and the start of the next
BUDGET_SECONDS = 2.0  # of one call; the wallet that passes it is still finished

log = structlog.get_logger()


@dataclass(slots=True)
class Pass:
    """How far a pass has come: `after` is the newest wallet that was proven, in the order of ids."""

    after: str = ""
    ok: bool = True
    seconds: float = 0.0
    wallets: int = 0
    entries: int = 0


@dataclass(frozen=True, slots=True)
class Anchored:
    """Where the anchors are, and the key they were sealed with."""

    folder: Path
    key: str


def prove(
    *, wallet: UUID | None = None, rebuild: bool = False, anchored: Anchored | None = None, processes: int = 1, now: datetime
) -> Verdict:
    """Check one wallet or all: journal, projections and trades; with `anchored` also that no chain is shorter or other than it was. With
    `rebuild` what is derived is written anew first. With more than one of `processes`, which only a command may ask for, the wallets are
    dealt out to them: it changes nothing but the time."""
    moved = None if anchored is None else anchors.first_unlike(folder=anchored.folder, key=anchored.key, wallet=wallet)
    asked = [(group, rebuild, now) for group in (verify.groups(shares=processes) if wallet is None else [[wallet]])]
    if processes > 1 and len(asked) > 1:
        parts = apart.over("trading.operations.ledger_proof.of_wallets", asked, processes=processes)
    else:
        parts = map(of_wallets, asked)
    verdict = verify.merged(verdict for part in parts for verdict in part)
    verdict.checks.setdefault("trades", True)
    if anchored is not None:
        verdict.found("anchors", moved)
    return verdict


def of_wallets(asked: tuple[Sequence[UUID], bool, datetime]) -> list[Verdict]:
    """The proofs of some wallets: (ids in their order, rebuild, now)."""
    wallets, rebuild, now = asked
    verdicts = list(verify.of_wallets(wallets, rebuild=rebuild, now=now))
    for wallet, verdict in zip(wallets, verdicts, strict=True):
        if rebuild:
            trades.restate_wallet(wallet, now=now)
        with frozen.snapshot():
            verdict.found("trades", matched_trades.first_unlike(wallet=wallet))
    return verdicts


def advance(*, now: datetime, budget_s: float = BUDGET_SECONDS) -> None:
    """Prove the next wallets, or nothing while the pause after the last pass runs. Two at once do the same work twice and
    write it once."""
    row, _ = Heartbeat.objects.get_or_create(process=LEDGER, defaults={"at": now, "detail": {}})
    seen: dict[str, Any] = row.detail
    if "pass" not in seen and "last" in seen and now < datetime.fromisoformat(seen["last"]["at"]) + PAUSE:
        return
    so_far = Pass(**seen.get("pass", {}))
    ended = _prove(so_far, budget_s=budget_s, now=now)
    told = {"last": {**asdict(so_far), "at": now.isoformat()}} if ended else {**seen, "pass": asdict(so_far)}
    Heartbeat.objects.filter(process=LEDGER, detail=seen).update(at=now, detail=told)


def _prove(so_far: Pass, *, budget_s: float, now: datetime) -> bool:
    """Whether the pass has come to its end."""
    began = monotonic()
    before, proven = so_far.seconds, so_far.wallets
    for wallet in _wallets(so_far.after):
        if so_far.wallets > proven and monotonic() - began >= budget_s:
            return False
        verdict = prove(wallet=wallet, now=now)
        so_far.after, so_far.ok = str(wallet), so_far.ok and verdict.ok
        so_far.wallets += 1
        so_far.entries += verdict.entries
        so_far.seconds = round(before + monotonic() - began, 3)
        if not verdict.ok:
            _tell(wallet, verdict, now=now)
    return True


def _wallets(after: str) -> Iterator[UUID]:
    found = Wallet.objects.order_by("id").values_list("id", flat=True)
    return iter(found.filter(id__gt=UUID(after)) if after else found)


def _tell(wallet: UUID, verdict: Verdict, *, now: datetime) -> None:
    first = verdict.first_difference
    told = asdict(first) if first is not None else {}
    log.critical("ledger.difference", wallet=str(wallet), **told)
    failed = ", ".join(name for name, holds in verdict.checks.items() if not holds)
    alerts.raise_alert(
        person=None,
        severity="CRITICAL",
        code="LEDGER_DIFFERENCE",
        sentence=f"The ledger of a wallet does not hold: {failed}. Stop trading and run manage.py verify_ledger --wallet {wallet}.",
        data={"wallet": str(wallet), **told},
        dedup_key=str(wallet),
        now=now,
    )
