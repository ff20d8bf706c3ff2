"""Wallets and their balances as a person sees them: what is free, what books hold, what orders hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from ledger.domain.numbers import CONTEXT, ZERO


@dataclass(frozen=True, slots=True)
class BalanceOf:
    """Money of a wallet in one asset. balance = free + allocated_balance + reserved_balance - deficit."""

    asset: str
    balance: Decimal
    allocated_balance: Decimal
    reserved_balance: Decimal
    free: Decimal
    deficit: Decimal


@dataclass(frozen=True, slots=True)
class WalletOf:
    """A wallet with its balances, by asset."""

    id: UUID
    venue: str
    mode: str
    balances: tuple[BalanceOf, ...]


_SUMS = """
SELECT w.id, w.venue, w.mode, x.asset_id, sum(x.cash) FILTER (WHERE b.kind = 'FREE'),
       sum(x.cash) FILTER (WHERE b.kind <> 'FREE'), sum(x.reserved), sum(x.deficit)
FROM ledger_wallet w LEFT JOIN ledger_book b ON b.wallet_id = w.id LEFT JOIN ledger_balance x ON x.book_id = b.id
WHERE {where} GROUP BY w.id, w.venue, w.mode, x.asset_id ORDER BY w.id, x.asset_id
"""


def wallets(*, owner: UUID) -> list[WalletOf]:
    """All wallets of a person, oldest first, in one statement."""
    return _wallets("w.owner_id = %s", [owner])


def wallet(*, owner: UUID, wallet: UUID) -> WalletOf | None:
    """One wallet of this person; None when it is not theirs."""
    found = _wallets("w.owner_id = %s AND w.id = %s", [owner, wallet])
    return found[0] if found else None


def _wallets(where: str, params: Sequence[UUID]) -> list[WalletOf]:
    heads: dict[UUID, tuple[str, str]] = {}
    sums: dict[UUID, list[BalanceOf]] = {}
    for one, venue, mode, asset, free, allocated, reserved, deficit in sql.fetch(_SUMS.format(where=where), *params):
        heads[one] = (venue, mode)
        of = sums.setdefault(one, [])
        if asset is not None:
            of.append(_balance(asset, free or ZERO, allocated or ZERO, reserved, deficit))
    return [WalletOf(one, *heads[one], tuple(sums[one])) for one in heads]


def _balance(asset: str, free: Decimal, allocated: Decimal, reserved: Decimal, deficit: Decimal) -> BalanceOf:
    balance = CONTEXT.subtract(CONTEXT.add(CONTEXT.add(free, allocated), reserved), deficit)
    return BalanceOf(asset, balance, allocated, reserved, free, deficit)


def by_hand(*, owner: UUID, venue: str, mode: str, asset: str) -> Decimal:
    """What an order by hand can spend of an asset there: what is free, and what no bot holds."""
    [[found]] = sql.fetch(
        "SELECT coalesce(sum(x.cash), 0) FROM ledger_balance x JOIN ledger_book b ON b.id = x.book_id "
        "JOIN ledger_wallet w ON w.id = b.wallet_id "
        "WHERE w.owner_id = %s AND w.venue = %s AND w.mode = %s AND x.asset_id = %s AND b.kind IN ('FREE', 'MANUAL')",
        owner, venue, mode, asset,
    )  # fmt: skip
    return Decimal(found)


def in_deficit() -> list[tuple[UUID, UUID]]:
    """Every wallet that owes in some asset, with its owner."""
    return sql.fetch(
        "SELECT DISTINCT w.id, w.owner_id FROM ledger_balance x JOIN ledger_book b ON b.id = x.book_id "
        "JOIN ledger_wallet w ON w.id = b.wallet_id WHERE x.deficit > 0"
    )


def debts(*, wallet: UUID) -> dict[tuple[UUID, str], Decimal]:
    """What the books of a wallet owe: (book, asset) -> amount, the oldest book first. Empty for a wallet that owes nothing."""
    rows = sql.fetch(
        "SELECT x.book_id, x.asset_id, x.deficit FROM ledger_balance x JOIN ledger_book b ON b.id = x.book_id "
        "WHERE b.wallet_id = %s AND x.deficit > 0 ORDER BY b.created_at, b.id, x.asset_id",
        wallet,
    )
    return {(book, asset): amount for book, asset, amount in rows}
