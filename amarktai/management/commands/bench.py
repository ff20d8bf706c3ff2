"""How fast the order path is on this machine, in a database of its own that is gone afterwards."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from amarktai.launcher.places import PROJECT
from trading.bench import BENCHES
from trading.bench.rounds import Row, Size, say

DEFAULT = Size()


def from_on(least: int) -> Callable[[str], int]:
    """Reads how many things to measure, of which some need more than one."""

    def count(text: str) -> int:
        if not text.isdecimal() or int(text) < least:
            raise ArgumentTypeError(f"{text!r} is no whole number from {least} on")
        return int(text)

    return count


class Command(BaseCommand):
    help = "Measure the order path beside anchors of the machine and the path that others would take, in the same run."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}; all without one")
        parser.add_argument("--json", action="store_true", help="a JSON list of rows instead of lines")
        parser.add_argument("--rounds", type=from_on(1), default=DEFAULT.rounds, help="rounds of each measurement; the median counts")
        parser.add_argument("--orders", type=from_on(1), default=DEFAULT.orders, help="orders of a round in batches")
        parser.add_argument("--single", type=from_on(1), default=DEFAULT.single, help="orders of a round one by one")
        parser.add_argument("--bots", type=from_on(20), default=DEFAULT.bots, help="bots of a tick, of which every twentieth orders")
        parser.add_argument("--fills", type=from_on(1), default=DEFAULT.fills, help="fills of the ledger that is proven")
        parser.add_argument("--wallets", type=from_on(1), default=DEFAULT.wallets, help="wallets that have them, two bots each")

    def handle(self, *args: Any, **options: Any) -> None:
        names = options["names"] or list(BENCHES)
        if unknown := [name for name in names if name not in BENCHES]:
            raise CommandError(f"There is no bench {unknown[0]!r}. Choose from {', '.join(BENCHES)}.", returncode=2)
        logging.disable(logging.WARNING)  # a line per trade is not what is measured
        say("making the tables")
        subprocess.run([sys.executable, str(PROJECT / "manage.py"), "migrate"], check=True, stdout=subprocess.DEVNULL)
        size = Size(**{name: options[name] for name in ("orders", "single", "bots", "rounds", "fills", "wallets")})
        rows: list[Row] = []
        for name in names:
            say(f"--- {name}")
            rows += BENCHES[name](size, settings.POLICY)
        self.tell(rows, as_json=options["json"])

    def tell(self, rows: list[Row], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps([row.plain() for row in rows]))
            return
        for row in rows:
            self.stdout.write(f"{row.ours:>14,.3f} {row.unit:9} {row.ratio:>9.3f} x {row.reference:>12,.3f}  {row.name} (n {row.n:,})")
