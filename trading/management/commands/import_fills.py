"""`import_fills FILE --user U --venue V [--opening-balance ASSET=AMOUNT]... [--partial] [--zone +HH:MM]`: exit 0 done, 1 the file sells
coins that it never bought (nothing booked), 2 cannot be done. A door: words in, one call, words out."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.domain.decimals import parse_amount, plain
from accounts.domain.refusals import Malformed, Missing, Refusal
from accounts.models import User
from accounts.web import clock
from ledger.domain import told
from ledger.domain.layouts import LAYOUTS, cells
from ledger.models import Mode
from ledger.operations import fill_files
from ledger.operations.fill_files import FillFile
from ledger.operations.imports import Imported, NotCovered, Source
from trading.operations import own_fills

CHECK_FAILED, CANNOT = 1, 2
AMOUNTS = ("missing", "owed", "opened")
OWES = (
    "The file gives away more than it says ever came in: the external book owes {owed}. While it does, this {mode} wallet opens no "
    "position, only closes. What comes in repays it, and so does the same file with --opening-balance for what was there: {missing}."
)
OPENED = "Booked as there before the first fill: {opened}. The external book owes {owed} now."
PRETENDED = frozenset({"sim", "recorded"})  # venues where nobody has real money


class Command(BaseCommand):
    help = (
        "Book a person's trades from a file into the external book of their wallet: an export of a venue, our own lines (CSV or JSON), "
        "what export_ledger writes; also .gz. One transaction per file."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        known = ", ".join(layout.name for layout in LAYOUTS)
        parser.add_argument("file", type=Path, help=f"lines with {', '.join(told.REQUIRED)}[, fee_price], or one of: {known}")
        parser.add_argument("--user", required=True, help="the person's user name")
        parser.add_argument("--venue", required=True, help="where the trades were made")
        parser.add_argument(
            "--mode", choices=Mode.values,
            help="whose money it was: LIVE (real trades) unless the venue is a pretended one; paper and live never mix",
        )  # fmt: skip
        parser.add_argument("--opening-balance", action="append", default=[], metavar="ASSET=AMOUNT", help="held before the first fill")
        parser.add_argument(
            "--partial", action="store_true",
            help="book what is good and tell which lines are not; sales without cover too, which stay unexplained",
        )  # fmt: skip
        parser.add_argument("--zone", help="what times are in that name no zone, as UTC or --zone=-05:00; else they are refused")
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            file, source = self._read(options)
            done = self._book(file, source, options)
        except Refusal as no:
            self.stderr.write(no.sentence)
            sys.exit(CANNOT)
        self._tell(_answer(file, done), as_json=options["json"])
        self._tell_left_out(file)
        amounts = {name: _listed(getattr(done, name)) for name in AMOUNTS}
        if done.opened:
            self.stderr.write(OPENED.format(**amounts))
        if done.owed:
            self.stderr.write(OWES.format(mode=done.mode, **amounts))

    def _read(self, options: dict[str, Any]) -> tuple[FillFile, Source]:
        venue = options["venue"]
        known = sorted(settings.POLICY.paper_supported_exchanges)
        if venue not in known:
            raise Malformed("UNKNOWN_VENUE", f"There is no venue {venue!r}; there are {', '.join(known)}.")
        owner = User.objects.filter(username=options["user"]).first()
        if owner is None:
            raise Missing("UNKNOWN_USER", f"There is no user {options['user']!r}.")
        mode = str(options["mode"] or (Mode.PAPER if venue in PRETENDED else Mode.LIVE))
        file = fill_files.read(
            options["file"], venue=venue, mode=mode, zone=cells.zone(options["zone"]) if options["zone"] else None,
            partial=options["partial"], now=clock.now(), progress=self.stderr.write,
        )  # fmt: skip
        return file, Source(owner=owner, venue=venue, mode=mode, file=options["file"].name)

    def _book(self, file: FillFile, source: Source, options: dict[str, Any]) -> Imported:
        try:
            return own_fills.book(
                file.rows, source=source, openings=_openings(options["opening_balance"]), partial=options["partial"], now=clock.now(),
                progress=self.stderr.write,
            )  # fmt: skip
        except NotCovered as no:
            answer = dict.fromkeys(("booked", "duplicates", "conflicts", "unexplained", "fee_pending"), 0)
            told = {"read": no.read, **answer, "missing": _plain(no.missing), "owed": {}, "opened": {}, "not_trades": dict(file.others)}
            self._tell(told, as_json=options["json"])
            self._tell_left_out(file)
            self.stderr.write(f"{no.sentence} State them with --opening-balance, or give --partial.")
            sys.exit(CHECK_FAILED)

    def _tell_left_out(self, file: FillFile) -> None:
        for kind, count in file.others.most_common():
            self.stderr.write(f"not trades: {count} x {kind}")
        for refusal in file.refusals:
            self.stderr.write(f"Not booked, line {refusal.line}: {refusal.sentence}.")
        if file.rejected > len(file.refusals):
            self.stderr.write(f"{file.rejected - len(file.refusals)} more lines were not booked.")

    def _tell(self, answer: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(answer))
            return
        told_apart = (*AMOUNTS, "not_trades", "refusals")
        self.stdout.write(", ".join(f"{key} {value}" for key, value in answer.items() if key not in told_apart))
        for name in AMOUNTS:
            for asset, amount in answer[name].items():
                self.stdout.write(f"{name} {amount} {asset}")


def _openings(given: list[str]) -> dict[str, Decimal]:
    openings: dict[str, Decimal] = {}
    for text in given:
        asset, equals, amount = text.partition("=")
        try:
            told.asset(asset)
            if not equals or asset in openings:
                raise Malformed("OPENING_UNUSABLE", "an opening balance is given once, as ASSET=AMOUNT")
            openings[asset] = parse_amount(amount)
        except Malformed as no:
            raise Malformed(no.code, f"--opening-balance {text[:60]}: {no.sentence}") from None
    return openings


def _answer(file: FillFile, done: Imported) -> dict[str, Any]:
    return {
        "read": file.read,
        "booked": done.booked,
        "duplicates": done.duplicates,
        "conflicts": done.conflicts,
        "unexplained": done.unexplained,
        "fee_pending": done.fee_pending,
        "missing": _plain(done.missing),
        "owed": _plain(done.owed),
        "opened": _plain(done.opened),
        "wallet": str(done.wallet),
        "mode": done.mode,
        "layout": file.layout,
        "not_trades": dict(file.others),
        "rejected": file.rejected,
        "refusals": [asdict(refusal) for refusal in file.refusals],
    }


def _listed(amounts: dict[str, Decimal]) -> str:
    return ", ".join(f"{plain(amount)} {asset}" for asset, amount in amounts.items()) or "nothing"


def _plain(amounts: dict[str, Decimal]) -> dict[str, str]:
    return {asset: plain(amount) for asset, amount in amounts.items()}
