"""import_candles: put a candle file into the store. A door: words in, one call, words out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.domain.chain import stamp
from accounts.domain.refusals import Refusal
from accounts.web import clock
from trading.operations import candle_files
from trading.operations.candle_files import Imported, LinesRefused

CHECK_FAILED, CANNOT = 1, 2


class Command(BaseCommand):
    help = "Import candles into a recorded market: CSV (plain, .gz or .zip; also Binance's public files), Feather (freqtrade) or Parquet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="all of it is stored, or nothing when a line is wrong")
        parser.add_argument("--venue", required=True, help="recorded, or another venue whose candles are imported")
        parser.add_argument("--symbol", required=True, help="BASE/QUOTE, such as BTC/USDT")
        parser.add_argument("--timeframe", help="1m, 1h ...; read off the file when not given")
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = candle_files.import_file(
                path=options["file"],
                venue=options["venue"],
                symbol=options["symbol"],
                timeframe=options["timeframe"],
                now=clock.now(),
                progress=lambda words: self.stderr.write(words, ending="\n"),
            )
        except LinesRefused as no:
            self._tell(_refusal(no), as_json=options["json"])
            self.stderr.write(no.sentence)
            raise SystemExit(CHECK_FAILED) from None
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        self._tell(_answer(done), as_json=options["json"])

    def _tell(self, answer: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(answer))
            return
        counts = [f"{key} {value}" for key, value in answer.items() if not isinstance(value, list)]
        gaps = sum(gap["missing"] for gap in answer["gaps"])
        self.stdout.write(f"{', '.join(counts)}, gaps {len(answer['gaps'])} ({gaps} candles missing)")


def _answer(done: Imported) -> dict[str, Any]:
    gaps = [{"from": stamp(gap.first), "to": stamp(gap.last), "missing": gap.missing} for gap in done.gaps]
    return {
        "read": done.read,
        "stored": done.stored,
        "duplicates": done.duplicates,
        "gaps": gaps,
        "rejected": 0,
        "timeframe": done.timeframe,
        "first": stamp(done.first),
        "last": stamp(done.last),
    }


def _refusal(no: LinesRefused) -> dict[str, Any]:
    lines = [{"line": line.line, "code": line.code, "sentence": line.sentence} for line in no.refusals]
    return {"read": no.read, "stored": 0, "duplicates": 0, "gaps": [], "rejected": no.rejected, "refusals": lines}
