"""`export_ledger [--wallet W|--user U] [--format json|csv] [--out FILE]`: every entry with its postings and hashes. Reads only."""

from __future__ import annotations

import csv
import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast
from uuid import UUID

from django.core.management.base import BaseCommand
from django.db.models import QuerySet

from accounts.domain.refusals import Malformed, Missing, Refusal
from accounts.models import User
from accounts.web.sheets import cell
from ledger.models import Wallet
from ledger.queries import export, frozen

CANNOT = 2
COLUMNS = (
    "wallet", "venue", "mode", "seq", "id", "kind", "event_time", "reverses", "external_id", "actor", "reason", "prev_hash", "hash",
    "fill_book", "fill_market", "fill_symbol", "fill_trade_id", "fill_side", "fill_quantity", "fill_price", "fill_fee",
    "fill_fee_asset", "fill_fee_price", "fill_executed_at", "fill_client_order_id", "fill_bootstrap", "fill_raw",
    "n", "account", "book", "asset", "amount",
)  # fmt: skip
AMOUNTS = frozenset({"fill_quantity", "fill_price", "fill_fee", "fill_fee_price", "amount"})  # spelled as they are hashed


class Command(BaseCommand):
    help = "Every journal entry with its postings and hashes; an outsider can recompute the chains from it alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wallet", help="only this wallet")
        parser.add_argument("--user", help="only the wallets of this person")
        parser.add_argument("--format", choices=("json", "csv"), default="json")
        parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
        parser.add_argument("--out", type=Path, help="a new file instead of standard output; only its owner can read it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            wallets = _wallets(wallet=options["wallet"], user=options["user"])
            with self._opened(options["out"]) as stream:
                write = _as_sheet if options["format"] == "csv" else _as_object
                number = write(stream, wallets)
        except Refusal as no:
            self.stderr.write(no.sentence)
            sys.exit(CANNOT)
        self.stderr.write(f"{wallets.count()} wallets, {number} entries")

    @contextmanager
    def _opened(self, out: Path | None) -> Iterator[TextIO]:
        if out is None:
            yield cast(TextIO, self.stdout)  # the wrapper writes like the stream that it wraps
            return
        try:
            with open(out, "x", encoding="utf-8", newline="", opener=_private) as stream:
                yield stream
        except OSError as error:
            raise Malformed("FILE_NOT_WRITTEN", f"{out} cannot be written: {error.strerror}.") from None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _wallets(*, wallet: str | None, user: str | None) -> QuerySet[Wallet]:
    found = Wallet.objects.select_related("owner").order_by("id")
    if wallet is not None:
        try:
            found = found.filter(id=UUID(wallet))
        except ValueError:
            found = found.none()
    if user is not None:
        if not User.objects.filter(username=user).exists():
            raise Missing("UNKNOWN_USER", f"There is no user {user!r}.")
        found = found.filter(owner__username=user)
    if wallet is not None and not found.exists():
        raise Missing("UNKNOWN_WALLET", f"There is no wallet {wallet}.")
    return found


def _as_object(stream: TextIO, wallets: QuerySet[Wallet]) -> int:
    """One JSON object, written entry by entry. Returns the number of entries."""
    number = 0
    stream.write(f'{{"how": {json.dumps(export.HOW)}, "wallets": [')
    with frozen.snapshot():
        for place, wallet in enumerate(wallets):
            stream.write(("," if place else "") + "\n" + json.dumps(export.head(wallet))[:-1] + ', "journal": [')
            for seq, entry in enumerate(export.journal(wallet.id)):
                stream.write(("," if seq else "") + "\n" + json.dumps(entry))
                number += 1
            stream.write("]}")
    stream.write("]}\n")
    return number


def _as_sheet(stream: TextIO, wallets: QuerySet[Wallet]) -> int:
    """One row per posting, for a spreadsheet: text that looks like a formula is quoted. Returns the number of entries."""
    number = 0
    sheet = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    sheet.writeheader()
    with frozen.snapshot():
        for wallet in wallets:
            for entry in export.journal(wallet.id):
                for row in export.flat(entry, wallet):
                    sheet.writerow({name: value if name in AMOUNTS else cell(value) for name, value in row.items()})
                number += 1
    return number
