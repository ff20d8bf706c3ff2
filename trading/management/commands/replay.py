"""replay: trade candle files through the whole pipeline, with a fresh person per run. A door: words in, words out."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.domain.refusals import Malformed, Refusal
from accounts.web import clock
from trading.operations import crew, replay_files
from trading.operations.candle_files import Gap
from trading.operations.replay_files import Clip, Replayed, Wanted

CHECK_FAILED, CANNOT = 1, 2
REDELIVER = 20
SHOWN = (
    "bootstrap_trades", "bootstrap_fraction", "min_edge_bps", "safety_margin_bps", "slippage_buffer_bps", "max_slippage_bps",
    "max_trades_per_bot_daily", "max_trades_per_user_daily", "burst_limit_orders_per_exchange", "burst_limit_window_seconds",
    "max_drawdown_percent", "max_daily_loss_percent", "max_consecutive_losses", "max_errors_per_hour",
)


class Command(BaseCommand):
    help = "Replay candle files through the real pipeline: gates, ledger, everything, with its own person and paper money."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="+", help="CSV (also .gz or .zip), Feather or Parquet, as for import_candles")
        parser.add_argument("--venue", default="recorded", help="a venue whose candles are imported; recorded without it")
        parser.add_argument("--symbol", action="append", required=True, help="one per file, in their order, or one for all")
        parser.add_argument("--timeframe", action="append", help="one per file or one for all; without it the file tells")
        parser.add_argument("--bots", type=int, default=50, help="of all files together, shared out evenly")
        parser.add_argument("--strategy", action="append", help="may be given several times; ema_cross without it")
        parser.add_argument("--run", help="name of the run; the same name resumes it")
        parser.add_argument("--workers", type=int, default=1, help="processes, 1 to 8, at most one per file; the result is the same")
        parser.add_argument("--limits", choices=("default", "off"), default="default", help="off: without breaker and gate C")
        parser.add_argument(
            "--redeliver", type=int, default=REDELIVER, metavar="N",
            help="deliver ticks with orders twice on every N-th candle, as a broker may: gate A refuses the second; 0 for never",
        )
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        started = monotonic()
        try:
            done = replay_files.replay_files(
                wanted=_wanted(options), policy=settings.POLICY, now=clock.now(), say=self._say, progress=self._progress
            )
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        except crew.WorkerLost as lost:
            self.stderr.write(f"{lost} The same command with the same --run goes on where it was.")
            raise SystemExit(CHECK_FAILED) from None
        answer = _answer(done, monotonic() - started)
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            for key, value in answer.items():
                self.stdout.write(f"{key}: {json.dumps(value) if isinstance(value, dict | list) else value}")
        if not done.ledger.ok:
            raise SystemExit(CHECK_FAILED)

    def _progress(self, done: int, total: int, at: datetime) -> None:
        self._say(f"{done}/{total} candles, {100 * done // max(total, 1)} %, at {at:%Y-%m-%d %H:%M} UTC")

    def _say(self, words: str) -> None:
        self.stderr.write(words)


def _wanted(options: dict[str, Any]) -> Wanted:
    files = options["file"]
    symbols = _for_each(options["symbol"], files, called="--symbol")
    timeframes = _for_each(options["timeframe"], files, called="--timeframe")
    return Wanted(
        clips=[Clip(*each) for each in zip(files, symbols, timeframes, strict=True)], venue=options["venue"], bots=options["bots"],
        strategies=list(dict.fromkeys(_listed(options["strategy"] or "ema_cross"))), limits=options["limits"] == "default",
        workers=options["workers"], redeliver=options["redeliver"], run=options["run"],
    )  # fmt: skip


def _listed(given: Any) -> list[Any]:
    """Options that may be given several times; `call_command` hands a single word over as it is."""
    return list(given) if isinstance(given, list | tuple) else [given]


def _for_each(given: Any, files: Sequence[Path], *, called: str) -> list[Any]:
    """One for each file; a single one serves all."""
    given = _listed(given)
    if len(given) not in (1, len(files)):
        raise Malformed("NOT_ONE_PER_FILE", f"{called} is given {len(given)} times for {len(files)} files: once for all, or once for each.")
    return given * (len(files) if len(given) == 1 else 1)


def _answer(done: Replayed, seconds: float) -> dict[str, Any]:
    found, ledger = done.summary, done.ledger
    return {
        "run": done.run, "limits": {key: str(getattr(done.policy, key)) for key in SHOWN}, "bots": found.bots,
        "decisions": found.decisions, "orders": found.orders, "refusals": found.refusals, "fills": found.fills, "trades": found.trades,
        "exits": found.exits, "by_status": found.by_status, "by_strategy": _texts(found.by_strategy),
        "by_currency": _texts(found.by_currency), "equity": plain(found.equity), "realised": plain(found.realised),
        "fees": plain(found.fees), "drawdown": f"{found.drawdown:.6f}", "ledger_ok": ledger.ok, "ledger_digest": ledger.digest,
        "ticks": done.counts["ticks"], "redelivered": done.counts["redelivered"], "gaps": [_gap(*each) for each in done.gaps],
        "seconds": round(seconds, 1),
    }  # fmt: skip


def _gap(symbol: str, timeframe: str, gap: Gap) -> dict[str, Any]:
    return {"symbol": symbol, "timeframe": timeframe, "from": stamp(gap.first), "to": stamp(gap.last), "missing": gap.missing}


def _texts(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {key: value if isinstance(value, int) else plain(value) for key, value in row.items()} for name, row in rows.items()}
