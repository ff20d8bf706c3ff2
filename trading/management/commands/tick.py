"""tick --once: one full cycle in the foreground, for operators and for looking. A door: words in, one call, words out."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.domain.refusals import Refusal
from accounts.web import clock
from trading.domain.boundary import Failed
from trading.operations import feed
from trading.operations.feed import Cycled, Skipped
from trading.operations.tick import Ticked

CHECK_FAILED = 1
CANNOT = 2


class Command(BaseCommand):
    help = "Tick every live stream once: fetch closed candles, judge, gate, send, settle."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one cycle (the only way this command works)")
        parser.add_argument("--venue", help="only this venue")
        parser.add_argument("--market", help="only this symbol, such as BTC/USDT")
        parser.add_argument("--json", action="store_true", help="answer as one JSON list")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            cycled = feed.cycle(
                venue_name=options["venue"], symbol=options["market"], policy=settings.POLICY, now=clock.now(), data_dir=settings.DATA_DIR
            )
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        rows = [_row(each) for each in cycled]
        if options["json"]:
            self.stdout.write(json.dumps(rows))
        else:
            for row in rows:
                self.stdout.write(", ".join(f"{key} {value}" for key, value in row.items()))
        if any("failed" in row for row in rows):
            self.stderr.write("\n".join(_said(row) for row in rows if "failed" in row))
            raise SystemExit(CHECK_FAILED)


def _row(cycled: Cycled) -> dict[str, Any]:
    done = cycled.done
    row = {"venue": cycled.venue, "symbol": cycled.symbol, "timeframe": cycled.timeframe, "ticked": isinstance(done, Ticked)}
    if isinstance(done, Ticked):
        row |= {"bots": done.bots, "orders": done.orders, "fills": done.fills, "trades": done.trades}
    if isinstance(done, Skipped):
        row |= {"reason": done.reason}
    if isinstance(done, Failed):
        row |= {"failed": _why(done.error)}
    return row


def _why(error: Exception) -> str:
    """In one line; the log has the rest."""
    return error.sentence if isinstance(error, Refusal) else f"{type(error).__name__}: {error}".partition("\n")[0]


def _said(row: dict[str, Any]) -> str:
    return f"{row['venue']} {row['symbol']} {row['timeframe']} was not ticked. {row['failed']}"
