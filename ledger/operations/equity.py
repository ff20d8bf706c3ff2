"""Equity points: what wallets and books were worth at a moment, with the marks they were valued at.

A scope whose worth is unknown (a holding without a mark) gets no point: nothing is guessed, and its owner is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.operations import alerts
from accounts.operations.alerts import Notice
from accounts.queries import sql
from accounts.queries.sql import Asking
from ledger.domain.nav import FIRST, Level, risen
from ledger.domain.numbers import CONTEXT, ZERO, text24
from ledger.models import Wallet
from ledger.operations import bulk
from ledger.operations.bulk import NULL, escaped
from ledger.operations.reservations import lock_wallets
from ledger.queries import worth
from ledger.queries.worth import Price, Worth

A_DAY = timedelta(days=1)
_POINT = (
    "id", "wallet_id", "book_id", "currency_id", "at", "seq", "cash", "holdings", "equity", "net_funding", "realised",
    "unrealised", "units", "nav", "peak", "deepest",
)  # fmt: skip
_LAST = """
SELECT k.scope, k.currency, e.net_funding, e.units, e.nav, e.peak, e.deepest FROM unnest(%s::uuid[], %s::text[]) AS k(scope, currency)
CROSS JOIN LATERAL (SELECT * FROM ledger_equitypoint p WHERE p.wallet_id = k.scope AND p.book_id IS NULL
    AND p.currency_id = k.currency ORDER BY p.at DESC, p.id DESC LIMIT 1) e
UNION ALL
SELECT k.scope, k.currency, e.net_funding, e.units, e.nav, e.peak, e.deepest FROM unnest(%s::uuid[], %s::text[]) AS k(scope, currency)
CROSS JOIN LATERAL (SELECT * FROM ledger_equitypoint p WHERE p.book_id = k.scope
    AND p.currency_id = k.currency ORDER BY p.at DESC, p.id DESC LIMIT 1) e
"""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A scope that got no point, and why: NO_MARK with the assets, or DISAGREES when the two formulas differ."""

    wallet: UUID
    book: UUID | None
    currency: str
    reason: str
    assets: tuple[str, ...] = ()


def snapshot(
    *, wallets: Sequence[UUID], books: Sequence[UUID], now: datetime, marks: Mapping[UUID, Price] | None = None,
    meanwhile: Asking[None] | None = None,
) -> list[Unknown]:
    """Write one point per scope and currency, in a constant number of statements; the scopes that got none.

    `marks` (market id -> (price, as of)) come before the stored ones. `meanwhile` is asked in the same transaction, of the server while
    the points are spelled. Takes the lock of each wallet.
    """
    with transaction.atomic():
        _hold_still(wallets, books)
        found = worth.of(wallets=set(wallets), books=set(books), marks=marks)
        before = _last(found)
        with sql.at_once() as line:
            if meanwhile is not None:
                line.ask(meanwhile)
            lines, unknown = _spelled(found, before, now=now)
        bulk.copy("ledger_equitypoint", _POINT, lines)
        _tell(unknown, now=now)
    return unknown


def _hold_still(wallets: Sequence[UUID], books: Sequence[UUID]) -> None:
    """Lock the wallets, as every booking does: a fill between two readings would make the two formulas differ."""
    homes = sql.fetch("SELECT DISTINCT wallet_id FROM ledger_book WHERE id = ANY(%s::uuid[])", list(books))
    lock_wallets({*wallets, *(row[0] for row in homes)})


def _spelled(
    found: Sequence[Worth], before: Mapping[tuple[UUID, str], tuple[Decimal, Level]], *, now: datetime
) -> tuple[list[str], list[Unknown]]:
    lines: list[str] = []
    unknown: list[Unknown] = []
    for one in found:
        if one.unmarked:
            unknown.append(Unknown(one.wallet, one.book, one.currency, "NO_MARK", tuple(one.unmarked)))
        elif (equity := one.equity) != one.equity_by_profit:
            unknown.append(Unknown(one.wallet, one.book, one.currency, "DISAGREES"))
        else:
            lines.append(_line(one, before, equity=equity, now=now))
    return lines, unknown


def _last(found: Sequence[Worth]) -> dict[tuple[UUID, str], tuple[Decimal, Level]]:
    """Net funding and level at the newest point of each scope."""
    if not found:
        return {}
    wallets = [one for one in found if one.book is None]
    books = [one for one in found if one.book is not None]
    rows = sql.fetch(
        _LAST, [one.wallet for one in wallets], [one.currency for one in wallets], [one.book for one in books],
        [one.currency for one in books],
    )  # fmt: skip
    return {(row[0], row[1]): (row[2], Level(*row[3:])) for row in rows}


def _line(one: Worth, before: Mapping[tuple[UUID, str], tuple[Decimal, Level]], *, equity: Decimal, now: datetime) -> str:
    funded, level = before.get((one.book or one.wallet, one.currency), (ZERO, FIRST))
    level = risen(level, equity=equity, flow=CONTEXT.subtract(one.net_funding, funded))
    holdings = [
        [asset, plain(held.units), plain(held.mark[0]), stamp(held.mark[1])]
        for asset, held in sorted(one.holdings.items())
        if held.units and held.mark
    ]
    amounts = (equity, one.net_funding, one.realised, one.unrealised, level.units, level.nav, level.peak, level.deepest)
    return (
        f"{new_id()}\t{one.wallet}\t{one.book or NULL}\t{one.currency}\t{stamp(now)}\t{one.seq}\t{text24(one.cash)}\t"
        f"{escaped(json.dumps(holdings))}\t" + "\t".join(map(text24, amounts))
    )


def _tell(unknown: Sequence[Unknown], *, now: datetime) -> None:
    """Two formulas that differ are a fault of ours: operators hear of it. What has no price is for its owner to know, once a day."""
    if not unknown:
        return
    alerts.raise_alerts(notices=[_disagreement(one) for one in unknown if one.reason == "DISAGREES"], now=now)
    owners = dict(Wallet.objects.filter(id__in={one.wallet for one in unknown}).values_list("id", "owner"))
    unpriced = sorted({(one.wallet, asset, one.currency) for one in unknown for asset in one.assets})
    alerts.raise_alerts(notices=[_unpriced(owners[wallet], wallet, *pair) for wallet, *pair in unpriced], now=now, window=A_DAY)


def _disagreement(one: Unknown) -> Notice:
    return Notice(
        person=None, severity="CRITICAL", code="EQUITY_DISAGREES",
        sentence="The two formulas for equity differ; no equity point was written.",
        data={"wallet": one.wallet, "book": one.book, "currency": one.currency}, dedup_key=f"{one.book or one.wallet}:{one.currency}",
    )  # fmt: skip


def _unpriced(owner: UUID, wallet: UUID, asset: str, currency: str) -> Notice:
    return Notice(
        person=owner, severity="WARNING", code="NOT_VALUED",
        sentence=f"You hold {asset} that was bought with {currency}, and no price of {asset} in {currency} is known: what you are worth is "
        "told without it until there is one.",
        data={"wallet": wallet, "asset": asset, "currency": currency}, dedup_key=f"{wallet}:{asset}/{currency}",
    )  # fmt: skip
