"""Projections on disk: open lots in, the changes of a fold out. It must not fold, lock or touch the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from accounts.domain.chain import stamp
from accounts.domain.identity import new_id
from accounts.queries import sql
from accounts.queries.sql import Asked, Asking
from ledger.domain import expected
from ledger.domain.expected import BucketKey
from ledger.domain.fold import Fold
from ledger.domain.lots import Lot, Match
from ledger.domain.numbers import text24
from ledger.operations import bulk
from ledger.operations.bulk import escaped

_LOT = (
    "id", "entry_id", "book_id", "asset_id", "currency_id", "opened_at", "tie", "quantity", "remaining", "cost_left",
    "fee_left", "cost_unknown",
)  # fmt: skip
_MATCH = (
    "entry_id", "n", "lot_id", "book_id", "asset_id", "currency_id", "client_order_id", "acquired_at", "sold_at", "quantity",
    "cost", "proceeds", "entry_fee", "exit_fee", "net",
)  # fmt: skip
_UNCOVERED = ("entry_id", "asset_id", "book_id", "currency_id", "quantity", "proceeds", "fee")


def open_lots(shelves: Iterable[tuple[UUID, str]]) -> list[Lot]:
    """The open lots of these (book, asset) pairs, in one statement."""
    wanted = set(shelves)
    if not wanted:
        return []
    rows = sql.fetch(
        "SELECT l.id, l.entry_id, l.book_id, l.asset_id, l.currency_id, l.opened_at::text, l.tie, l.quantity, l.remaining, "
        "l.cost_left, l.fee_left, l.cost_unknown FROM ledger_lot l "
        "JOIN unnest(%s::uuid[], %s::text[]) AS k(book, asset) ON l.book_id = k.book AND l.asset_id = k.asset "
        "WHERE l.remaining > 0",
        [book for book, _ in wanted],
        [asset for _, asset in wanted],
    )
    return [
        Lot(own, entry, book, asset, currency, bulk.moment(at), tie, *rest)
        for own, entry, book, asset, currency, at, tie, *rest in rows
    ]


def store(fold: Fold) -> None:
    """Write what a fold opened, touched and matched, each table in one statement."""
    fresh = {lot.id for lot in fold.opened}
    bulk.copy("ledger_lot", _LOT, map(_lot_line, fold.opened))
    touched = [lot for lot in fold.touched.values() if lot.id not in fresh]
    sums = expected.buckets(fold.matches)
    with sql.at_once() as line:  # the server stores lots and buckets while the matches are spelled
        if touched:
            line.ask(_touching(touched))
        if sums:
            line.ask(_adding(sums))
        matched = [_match_line(match) for match in fold.matches]
    bulk.copy("ledger_lotmatch", _MATCH, matched)
    bulk.copy(
        "ledger_uncovered",
        _UNCOVERED,
        [
            f"{row.entry}\t{row.asset}\t{row.book}\t{row.currency}\t{text24(row.quantity)}\t{text24(row.proceeds)}\t"
            f"{text24(row.fee)}"
            for row in fold.uncovered
        ],
    )
    if fold.coins_at_cost:
        bulk.run(
            "UPDATE ledger_allocation a SET coins_at_cost = a.coins_at_cost + k.cost "
            "FROM unnest(%s::uuid[], %s::numeric[]) AS k(book, cost) WHERE a.book_id = k.book",
            list(fold.coins_at_cost),
            [text24(cost) for cost in fold.coins_at_cost.values()],
        )


def _touching(lots: Sequence[Lot]) -> Asking[None]:
    """What is left of lots that were there."""
    yield [
        Asked(
            """
            UPDATE ledger_lot l SET remaining = k.remaining, cost_left = k.cost, fee_left = k.fee
            FROM unnest(%s::uuid[], %s::numeric[], %s::numeric[], %s::numeric[]) AS k(id, remaining, cost, fee) WHERE l.id = k.id
            """,
            (
                [lot.id for lot in lots], [text24(lot.remaining) for lot in lots], [text24(lot.cost_left) for lot in lots],
                [text24(lot.fee_left) for lot in lots],
            ),
        )
    ]  # fmt: skip


def _adding(sums: dict[BucketKey, tuple[Decimal, Decimal, int]]) -> Asking[None]:
    """Add to the day buckets, making those that are missing."""
    rows = sums.values()
    yield [
        Asked(
            """
            INSERT INTO ledger_profitbucket AS b (id, book_id, currency_id, day, gross, fees, net, matches)
            SELECT id, book, currency, day, gross, fees, gross - fees, matches
            FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::date[], %s::numeric[], %s::numeric[], %s::int[])
                AS k(id, book, currency, day, gross, fees, matches)
            ON CONFLICT (book_id, currency_id, day) DO UPDATE SET gross = b.gross + excluded.gross, fees = b.fees + excluded.fees,
                net = b.net + excluded.net, matches = b.matches + excluded.matches
            """,
            (
                [new_id() for _ in sums], [book for book, _, _ in sums], [currency for _, currency, _ in sums], [day for _, _, day in sums],
                [text24(gross) for gross, _, _ in rows], [text24(fees) for _, fees, _ in rows], [number for _, _, number in rows],
            ),
        )
    ]  # fmt: skip


def drop(books: Sequence[UUID]) -> None:
    """Forget the projections of these books that a fold makes, so that a refold can write them anew."""
    wanted = list(books)
    for table in ("ledger_lotmatch", "ledger_uncovered", "ledger_profitbucket", "ledger_lot"):
        bulk.run(f"DELETE FROM {table} WHERE book_id = ANY(%s::uuid[])", wanted)  # noqa: S608 - named above
    bulk.run("UPDATE ledger_allocation SET coins_at_cost = 0 WHERE book_id = ANY(%s::uuid[])", wanted)


def _lot_line(lot: Lot) -> str:
    return (
        f"{lot.id}\t{lot.entry}\t{lot.book}\t{lot.asset}\t{lot.currency}\t{stamp(lot.opened_at)}\t{escaped(lot.tie)}\t"
        f"{text24(lot.quantity)}\t{text24(lot.remaining)}\t{text24(lot.cost_left)}\t{text24(lot.fee_left)}\t"
        f"{'t' if lot.cost_unknown else 'f'}"
    )


def _match_line(match: Match) -> str:
    return (
        f"{match.entry}\t{match.n}\t{match.lot}\t{match.book}\t{match.asset}\t{match.currency}\t"
        f"{escaped(match.client_order_id)}\t{stamp(match.acquired_at)}\t{stamp(match.sold_at)}\t{text24(match.quantity)}\t"
        f"{text24(match.cost)}\t{text24(match.proceeds)}\t{text24(match.entry_fee)}\t{text24(match.exit_fee)}\t"
        f"{text24(match.net)}"
    )
