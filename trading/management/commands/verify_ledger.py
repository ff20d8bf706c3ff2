"""`verify_ledger [--wallet ID] [--rebuild] [--anchors FOLDER] [--json]`: exit 0 all holds, 1 a difference was found, 2 cannot be done."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.domain.refusals import Missing
from accounts.web import clock
from ledger.models import Wallet
from ledger.operations.verify import Verdict
from trading.operations import ledger_proof
from trading.operations.ledger_proof import Anchored

MOST = 64  # processes


def processes(text: str) -> int:
    """Reads their number."""
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 to {MOST}")
    return int(text)


class Command(BaseCommand):
    help = "Prove the ledger: hash chain, postings and every projection against a fold of the journal from zero, trades against matches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--wallet", help="only this wallet")
        parser.add_argument("--rebuild", action="store_true", help="write the projections anew from the journal first")
        parser.add_argument("--anchors", metavar="FOLDER", help="no chain may be shorter or other than the anchors in this folder say")
        parser.add_argument("--processes", type=processes, help="of so many at once; without it one per core where there is much to prove")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        started = monotonic()
        verdict = self._prove(options)
        answer = {**asdict(verdict), "seconds": round(monotonic() - started, 3)}
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            self._tell(verdict, answer["seconds"])
        if not verdict.ok:
            sys.exit(1)

    def _prove(self, options: dict[str, Any]) -> Verdict:
        folder = options["anchors"]
        try:
            return ledger_proof.prove(
                wallet=self._wallet(options["wallet"]), rebuild=options["rebuild"], processes=options["processes"] or os.cpu_count() or 1,
                anchored=None if folder is None else Anchored(Path(folder), settings.ANCHOR_KEY), now=clock.now(),
            )  # fmt: skip
        except Missing as no:
            self.stderr.write(no.sentence)
            sys.exit(2)

    def _wallet(self, given: str | None) -> UUID | None:
        if given is None:
            return None
        try:
            wallet = UUID(given)
        except ValueError:
            wallet = None
        if wallet is None or not Wallet.objects.filter(id=wallet).exists():
            self.stderr.write(f"There is no wallet {given}.")
            sys.exit(2)
        return wallet

    def _tell(self, verdict: Verdict, seconds: float) -> None:
        self.stdout.write(f"{verdict.wallets} wallets, {verdict.entries} entries, {verdict.fills} fills, {seconds} s")
        for name, holds in verdict.checks.items():
            self.stdout.write(f"{'holds' if holds else 'FAILS'}  {name}")
        if verdict.first_difference is not None:
            first = verdict.first_difference
            self.stdout.write(
                f"first difference: {first.table} {first.key} {first.column}: stored {first.stored}, expected {first.expected}"
            )
        self.stdout.write(f"digest {verdict.digest}")
