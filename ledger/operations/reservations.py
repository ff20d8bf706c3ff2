"""Money held for orders, and the row locks that every write of money takes: balances first, then wallets by id.

It must not judge whether an order may be placed: it only refuses to hold what is not there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.chain import stamp
from accounts.domain.identity import new_id
from accounts.domain.refusals import Malformed, Missing, Refusal
from accounts.queries import sql
from accounts.queries.sql import Asked, Asking
from ledger.domain import spoken
from ledger.domain.numbers import CONTEXT, ZERO, negated, text24
from ledger.operations import bulk

Key = tuple[UUID, str]
Newest = tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class Funds:
    """Money of a book in one asset. cash is what may be claimed; the sum of its postings is cash + reserved - deficit.
    newest is the sort key of the entry that sorts last among those that moved it."""

    cash: Decimal
    reserved: Decimal
    deficit: Decimal
    newest: Newest | None = None

    def after(self, *, moved: Decimal = ZERO, held: Decimal = ZERO, newest: Newest | None = None) -> Funds:
        """The row after postings of `moved` and a change of the reservations by `held`: what is not covered by the sum of
        the postings is a deficit, so every order of arrival ends in the same row."""
        raw = CONTEXT.add(CONTEXT.subtract(CONTEXT.add(self.cash, self.reserved), self.deficit), moved)
        reserved = CONTEXT.add(self.reserved, held)
        free = CONTEXT.subtract(raw, reserved)
        last = max(newest, self.newest) if newest and self.newest else newest or self.newest
        return Funds(free, reserved, ZERO, last) if free >= 0 else Funds(ZERO, reserved, negated(free), last)


@dataclass(frozen=True, slots=True)
class Hold:
    """Money to be held for one order."""

    client_order_id: str
    book: UUID
    asset: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Captured:
    """What left reservations at a moment: how much of each balance's, and of each reservation what was spent and what was released."""

    fell: dict[Key, Decimal]
    taken: list[tuple[UUID, str, str]]
    at: datetime | None = None

    def storing(self) -> Asking[None]:
        """Write it, as an asking, where something was taken."""
        yield [Asked(_CAPTURE, (self.at, [row for row, _, _ in self.taken], [part for _, part, _ in self.taken],
                                [rest for _, _, rest in self.taken]))]


NOTHING = Captured({}, [])


@dataclass(frozen=True, slots=True)
class Head:
    """A locked wallet: where its journal stands."""

    entries: int
    hash: bytes
    venue: str
    owner: UUID
    mode: str


_LOCK = """
SELECT b.book_id, b.asset_id, b.cash, b.reserved, b.deficit, b.newest_at::text, b.newest_tie FROM ledger_balance b
JOIN unnest(%s::uuid[], %s::text[]) AS k(book, asset) ON b.book_id = k.book AND b.asset_id = k.asset
ORDER BY b.book_id, b.asset_id FOR NO KEY UPDATE OF b
"""

_LOCK_WALLETS = """
SELECT id, entries, head, venue, owner_id, mode FROM ledger_wallet WHERE id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE
"""
_MAKE = """
INSERT INTO ledger_balance (id, book_id, asset_id, cash, reserved, deficit, newest_tie)
SELECT gen_random_uuid(), k.book, k.asset, 0, 0, 0, '' FROM unnest(%s::uuid[], %s::text[]) AS k(book, asset)
WHERE NOT EXISTS (SELECT 1 FROM ledger_balance b WHERE b.book_id = k.book AND b.asset_id = k.asset)
ORDER BY k.book, k.asset ON CONFLICT (book_id, asset_id) DO NOTHING
"""
_STORE = """
UPDATE ledger_balance b SET cash = k.cash, reserved = k.reserved, deficit = k.deficit, newest_at = k.at, newest_tie = k.tie
FROM unnest(%s::uuid[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[], %s::timestamptz[], %s::text[])
    AS k(book, asset, cash, reserved, deficit, at, tie)
WHERE b.book_id = k.book AND b.asset_id = k.asset
"""
_HOLD = """
INSERT INTO ledger_reservation (id, client_order_id, book_id, asset_id, amount, captured, released, live, created_at)
SELECT id, client, book, asset, amount, 0, 0, true, %s
FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::numeric[]) AS k(id, client, book, asset, amount)
ON CONFLICT (client_order_id) DO NOTHING RETURNING 1
"""
_CAPTURE = """
UPDATE ledger_reservation r SET captured = r.captured + k.part, released = r.released + k.rest,
    live = r.amount > r.captured + r.released + k.part + k.rest,
    closed_at = CASE WHEN r.amount > r.captured + r.released + k.part + k.rest THEN NULL ELSE %s::timestamptz END
FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[]) AS k(id, part, rest) WHERE r.id = k.id
"""


def lock_funds(keys: Iterable[Key], *, known: bool = False) -> dict[Key, Funds]:
    """Lock the balance rows of these (book, asset) pairs in one order, making those that are missing; or, of those `known`, the
    ones that are there.

    Rows are made before the first is locked: who found one missing only after a wait would lock it out of order."""
    wanted = set(keys)
    if not wanted:
        return {}
    if not known:
        sql.ask(making_funds(wanted))
    return sql.ask(locking_funds(wanted))


def making_funds(wanted: Collection[Key]) -> Asking[None]:
    """Make those of these balance rows that are missing."""
    yield [Asked(_MAKE, ([book for book, _ in wanted], [asset for _, asset in wanted]))]


def locking_funds(wanted: Collection[Key]) -> Asking[dict[Key, Funds]]:
    """Lock those of these balance rows that are there."""
    [rows] = yield [Asked(_LOCK, ([book for book, _ in wanted], [asset for _, asset in wanted]))]
    return {
        (book, asset): Funds(cash, reserved, deficit, (bulk.moment(at), tie) if at else None)
        for book, asset, cash, reserved, deficit, at, tie in rows
    }


def store_funds(funds: dict[Key, Funds]) -> None:
    """Write locked balance rows back, in one statement."""
    if funds:
        sql.ask(storing_funds(funds))


def storing_funds(funds: dict[Key, Funds]) -> Asking[None]:
    """The same for at least one, as an asking."""
    yield [_stored(funds)]


def _stored(funds: dict[Key, Funds]) -> Asked:
    rows = funds.values()
    return Asked(
        _STORE,
        (
            [book for book, _ in funds], [asset for _, asset in funds], [text24(row.cash) for row in rows],
            [text24(row.reserved) for row in rows], [text24(row.deficit) for row in rows],
            [stamp(row.newest[0]) if row.newest else None for row in rows], [row.newest[1] if row.newest else "" for row in rows],
        ),
    )  # fmt: skip


def lock_wallets(ids: Iterable[UUID]) -> dict[UUID, Head]:
    """Lock wallets in the order of their ids. Take it after the balances and before the gate."""
    return sql.ask(locking_wallets(set(ids)))


def locking_wallets(wanted: Collection[UUID]) -> Asking[dict[UUID, Head]]:
    """The same, as an asking."""
    [rows] = yield [Asked(_LOCK_WALLETS, (list(wanted),))]
    found = {row[0]: Head(row[1], bytes(row[2]), row[3], row[4], row[5]) for row in rows}
    for wallet in wanted:
        if wallet not in found:
            raise Missing("UNKNOWN_WALLET", "There is no such wallet.", wallet=wallet)
    return found


def hold(holds: Sequence[Hold], *, now: datetime) -> None:
    """Hold money for these orders, all or none. Refuses INSUFFICIENT_FUNDS with what the book has and what was asked, and
    RESERVED_ALREADY for an order that holds money already."""
    if holds:
        with transaction.atomic():
            sql.ask(holding(holds, lock_funds({(wish.book, wish.asset) for wish in holds}), now=now))


def holding(holds: Sequence[Hold], held: Mapping[Key, Funds], *, now: datetime) -> Asking[None]:
    """The same for at least one, as an asking; `held` are the balances as the caller has locked them in this transaction."""
    for wish in holds:
        if wish.amount <= 0:
            raise Malformed("AMOUNT_NOT_POSITIVE", "A reservation must be greater than zero.", amount=wish.amount)
    funds = {(wish.book, wish.asset): held[wish.book, wish.asset] for wish in holds}
    for wish in holds:
        have = funds[wish.book, wish.asset]
        if have.cash < wish.amount:
            raise Refusal(
                "INSUFFICIENT_FUNDS", f"The book has {spoken.most(have.cash, wish.asset)} to spend, less than asked.",
                asset=wish.asset, available=have.cash, asked=wish.amount, client_order_id=wish.client_order_id,
            )  # fmt: skip
        funds[wish.book, wish.asset] = have.after(held=wish.amount)
    new = Asked(
        _HOLD,
        (
            now, [new_id() for _ in holds], [wish.client_order_id for wish in holds], [wish.book for wish in holds],
            [wish.asset for wish in holds], [text24(wish.amount) for wish in holds],
        ),
    )  # fmt: skip
    stored, _ = yield [new, _stored(funds)]
    if len(stored) != len(holds):
        raise Refusal("RESERVED_ALREADY", "An order of this batch holds money already.", asked=len(holds), held=len(stored))


def keys_of(client_order_ids: Sequence[str]) -> set[Key]:
    """The balances behind the live reservations of these orders."""
    if not client_order_ids:
        return set()
    return {
        (book, asset)
        for book, asset in sql.fetch(
            "SELECT DISTINCT book_id, asset_id FROM ledger_reservation WHERE live AND client_order_id = ANY(%s)",
            list(client_order_ids),
        )
    }


def close(client_order_ids: Sequence[str], *, now: datetime) -> int:
    """Release what is left of the reservations of final orders; how many were still live."""
    if not client_order_ids:
        return 0
    wanted = list(client_order_ids)
    with transaction.atomic():
        funds = lock_funds(keys_of(wanted), known=True)  # a reservation stands on its balance
        rows = sql.fetch(
            "WITH ended AS (SELECT id, book_id, asset_id, amount - captured - released AS rest FROM ledger_reservation "
            "WHERE live AND client_order_id = ANY(%s) ORDER BY client_order_id FOR UPDATE) "
            "UPDATE ledger_reservation r SET live = false, released = r.released + e.rest, closed_at = %s "
            "FROM ended e WHERE r.id = e.id RETURNING e.book_id, e.asset_id, e.rest",
            wanted,
            now,
        )
        for book, asset, rest in rows:
            funds[book, asset] = funds[book, asset].after(held=negated(rest))
        store_funds(funds)
    return len(rows)


def capture(spent: dict[str, dict[Key, Decimal]], *, ended: Sequence[str] = (), now: datetime) -> Captured:
    """Take what orders have spent out of their reservations, as far as they hold it, and release what is left to those that
    have ended. `spent` is client order id -> (book, asset) -> amount. The reservations are locked; the caller has locked the balances,
    and stores both.

    A reservation that is used up closes; what an order spends beyond it comes from the book's cash, as a fact."""
    if not spent and not ended:
        return NOTHING
    over = frozenset(ended)
    rows = sql.fetch(
        "SELECT id, client_order_id, book_id, asset_id, amount - captured - released FROM ledger_reservation "
        "WHERE live AND client_order_id = ANY(%s) ORDER BY client_order_id FOR UPDATE",
        list(spent.keys() | over),
    )
    fell: dict[Key, Decimal] = {}
    taken: list[tuple[UUID, str, str]] = []
    for row_id, client, book, asset, left in rows:
        part = max(min(spent.get(client, {}).get((book, asset), ZERO), left), ZERO)
        rest = CONTEXT.subtract(left, part) if client in over else ZERO
        if part or rest:
            taken.append((row_id, text24(part), text24(rest)))
            fell[book, asset] = CONTEXT.add(fell.get((book, asset), ZERO), CONTEXT.add(part, rest))
    return Captured(fell, taken, now)
