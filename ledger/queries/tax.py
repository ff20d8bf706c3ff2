"""The tax report of a person: disposals over all books of one mode, and how their sums stand to those of the books."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from ledger.domain import tax
from ledger.domain.numbers import ZERO
from ledger.domain.tax import Disposal, Side, Total
from ledger.models import Fill, Mode, Wallet
from ledger.queries import facts, frozen, rates


@dataclass(frozen=True, slots=True)
class Report:
    """rows of one UTC year (or all), ascending; totals per currency of these rows. reconciled: per currency, over the whole
    history, (this report, the books)."""

    mode: str
    rows: tuple[Disposal, ...]
    totals: dict[str, Total]
    reconciled: dict[str, tuple[Side, Side]]

    @property
    def total(self) -> Decimal | None:
        """The net of all rows; None when they are in several currencies, which are never added up."""
        if len(self.totals) > 1:
            return None
        return next((total.net for total in self.totals.values()), ZERO)

    @property
    def agrees(self) -> bool:
        """Whether the report and the books count the same money, however each chose its lots."""
        return all(report.cash == books.cash for report, books in self.reconciled.values())


_BOOKS = """
SELECT currency, sum(net), sum(open_cost), sum(uncovered) FROM (
    SELECT currency_id AS currency, book_id, net, 0 AS open_cost, 0 AS uncovered FROM ledger_profitbucket
    UNION ALL SELECT currency_id, book_id, 0, cost_left + fee_left, 0 FROM ledger_lot WHERE remaining > 0
    UNION ALL SELECT currency_id, book_id, 0, 0, proceeds - fee FROM ledger_uncovered
) x JOIN ledger_book b ON b.id = x.book_id WHERE b.wallet_id = ANY(%s::uuid[]) GROUP BY currency
"""


def mode_of(*, owner: UUID) -> str:
    """LIVE once the person has a real trade, else PAPER: the two are never in one report."""
    return Mode.LIVE if Fill.objects.filter(wallet__owner=owner, wallet__mode=Mode.LIVE).exists() else Mode.PAPER


def report(*, owner: UUID, currency: str, mode: str | None = None, year: int | None = None) -> Report:
    """Disposals of a person with UTC sale times in `year`; gains across currencies in `currency`."""
    chosen = mode or mode_of(owner=owner)
    with frozen.snapshot():
        wallets = list(Wallet.objects.filter(owner=owner, mode=chosen).order_by("id").values_list("id", flat=True))
        state = tax.fold_of((line.entry for one in wallets for line in facts.journal_of_wallet(one)), person=owner)
        found = [row for row in tax.disposals(state) if year is None or row.sold_at.year == year]
        across = {name for row in found for name in (row.cost_currency, row.proceeds_currency)}
        rate_at = rates.stored(wallets=wallets, assets=across, currency=currency)
        books = {row[0]: Side(*row[1:]) for row in sql.fetch(_BOOKS, wallets)}
    rows = tuple(tax.stated(row, reporting=currency, rate_at=rate_at) for row in found)
    own, none = tax.sides(state), Side(ZERO, ZERO, ZERO)
    both = {name: (own.get(name, none), books.get(name, none)) for name in sorted(own.keys() | books.keys())}
    return Report(chosen, rows, tax.totals(rows), both)
