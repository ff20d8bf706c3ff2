"""`tax_report --user U [--year Y] [--format json|csv|table]`: disposals first in, first out, over all books of a person. Reads only.

The pages count each book by itself and one trade per closing order; the table says both figures, so that nobody has to wonder.
JSON and CSV say every digit, because their rows add up to the total exactly; the table is rounded, for reading."""

from __future__ import annotations

import csv
import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.models import User
from accounts.web.sheets import cell
from ledger.domain.numbers import CONTEXT, ZERO
from ledger.domain.tax import Disposal, Side
from ledger.models import Mode
from ledger.queries import tax
from ledger.queries.tax import Report

CHECK_FAILED, CANNOT = 1, 2
YEARS = range(2009, 10_000)
COLUMNS = (
    "asset", "quantity", "acquired_at", "sold_at", "cost", "proceeds", "gross", "entry_fee", "exit_fee", "net", "currency",
    "holding_days", "cost_currency", "proceeds_currency", "cost_rate", "proceeds_rate", "rate_missing", "cost_unknown",
)  # fmt: skip
CENT, UNIT = Decimal("0.01"), Decimal("0.00000001")
METHOD = (
    "First in, first out over all books of the person together, one line per purchase consumed. The pages go by each book alone and count "
    "one trade per closing order: over the whole history {books}."
)
LINE = "{:10}  {:8}  {:>16}  {:>14}  {:>14}  {:>10}  {:>12} {:5}  {:>5}"


class Command(BaseCommand):
    help = "Disposals of a person, first in, first out over all their books, one row per purchase consumed. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", required=True, help="the person's user name")
        parser.add_argument("--year", type=int, help="the UTC year of the disposal; all years when not given")
        parser.add_argument("--mode", choices=Mode.values, help="LIVE once there are real trades, else PAPER; they never mix")
        parser.add_argument("--format", choices=("json", "csv", "table"), help="a table on a terminal, json elsewhere")
        parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username=options["user"]).first()
        if owner is None:
            self._cannot(f"There is no user {options['user']!r}.")
        if options["year"] is not None and options["year"] not in YEARS:
            self._cannot(f"There is no tax year {options['year']}.")
        found = tax.report(owner=owner.id, currency=owner.reporting_currency, mode=options["mode"], year=options["year"])
        match options["format"] or ("table" if self.stdout.isatty() else "json"):
            case "csv":
                sheet = csv.DictWriter(self.stdout, COLUMNS, lineterminator="\n")
                sheet.writeheader()
                sheet.writerows({name: cell(getattr(row, name)) for name in COLUMNS} for row in found.rows)
            case "table":
                self.stdout.write("\n".join(_lines(found)))
            case _:
                self.stdout.write(json.dumps(_answer(found, year=options["year"])))
        if not found.agrees:
            self.stderr.write("The report and the books do not count the same money; run verify_ledger.")
            sys.exit(CHECK_FAILED)

    def _cannot(self, sentence: str) -> NoReturn:
        self.stderr.write(sentence)
        sys.exit(CANNOT)


def _answer(found: Report, *, year: int | None) -> dict[str, Any]:
    return {
        "disposals": [_row(row) for row in found.rows],
        "total": _plain(found.total),
        "totals": {name: {key: _plain(value) for key, value in asdict(total).items()} for name, total in found.totals.items()},
        "mode": found.mode,
        "year": year,
        "rate_missing": sum(row.rate_missing for row in found.rows),
        "reconciled": {
            "agrees": found.agrees,
            "currencies": {name: {"report": _side(own), "books": _side(books)} for name, (own, books) in found.reconciled.items()},
        },
    }


def _lines(found: Report) -> Iterator[str]:
    """The report for reading: what was sold when, what came of it, and the sums."""
    yield LINE.format("sold", "asset", "quantity", "cost", "proceeds", "fees", "net", "", "days")
    for row in found.rows:
        fees = CONTEXT.add(row.entry_fee, row.exit_fee) if row.cost_currency == row.proceeds_currency else None
        yield LINE.format(
            f"{row.sold_at:%Y-%m-%d}", row.asset, plain(_rounded(row.quantity, UNIT)), _cents(row.cost), _cents(row.proceeds), _cents(fees),
            "no rate" if row.net is None else _cents(row.net), row.currency, row.holding_days,
        )  # fmt: skip
    for currency, total in found.totals.items():
        yield f"{total.disposals} disposals in {currency}: gross {_cents(total.gross)}, fees {_cents(total.fees)}, net {_cents(total.net)}"
    books = ", ".join(f"net {_cents(books.net)} {currency}" for currency, (_, books) in found.reconciled.items())
    yield METHOD.format(books=books or "nothing")
    yield f"{found.mode} trades, {len(found.rows)} disposals. Rounded; --format json or csv has every digit."


def _cents(value: Decimal | None) -> str:
    return "" if value is None else f"{_rounded(value, CENT):,.2f}"


def _rounded(value: Decimal, to: Decimal) -> Decimal:
    """Of any length, and nothing is never negative."""
    return CONTEXT.add(CONTEXT.quantize(value, to), ZERO)


def _side(side: Side) -> dict[str, str]:
    return {"net": plain(side.net), "open_cost": plain(side.open_cost), "uncovered": plain(side.uncovered), "cash": plain(side.cash)}


def _row(row: Disposal) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in COLUMNS}
    return {**{key: _plain(value) for key, value in facts.items()}, "acquired_at": stamp(row.acquired_at), "sold_at": stamp(row.sold_at)}


def _plain(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value
