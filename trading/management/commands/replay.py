"""replay: trade candle files through the whole pipeline, with a fresh person per run. A door: words in, words out."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from shlex import join
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.domain.chain import stamp
from accounts.domain.decimals import plain
from accounts.domain.refusals import Malformed, Refusal
from accounts.web import clock
from trading.management import interruptions
from trading.operations import crew, replay_files
from trading.operations.candle_files import Gap
from trading.operations.replay import Interrupted
from trading.operations.replay_files import Clip, Replayed, Wanted
from trading.operations.replay_worker import Between

CHECK_FAILED, CANNOT, INTERRUPTED = 1, 2, 130
REDELIVER = 20
SHOWN = (
    "bootstrap_trades", "bootstrap_fraction", "min_edge_bps", "safety_margin_bps", "slippage_buffer_bps", "max_slippage_bps",
    "max_trades_per_bot_daily", "max_trades_per_user_daily", "burst_limit_orders_per_exchange", "burst_limit_window_seconds",
    "max_drawdown_percent", "max_daily_loss_percent", "max_consecutive_losses", "max_errors_per_hour",
)


FRACTIONS = {"bootstrap_fraction", "max_drawdown_percent", "max_daily_loss_percent", "drawdown"}  # people read them in percent


class Command(BaseCommand):
    help = "Replay candle files through the real pipeline: gates, ledger, everything, with its own person and paper money."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, nargs="+", help="CSV (also .gz or .zip), Feather or Parquet, as for import_candles")
        parser.add_argument("--venue", default="recorded", help="a venue whose candles are imported; recorded without it")
        parser.add_argument("--symbol", action="append", required=True, help="one per file, in their order, or one for all")
        parser.add_argument("--timeframe", action="append", help="one per file or one for all; without it the file tells")
        parser.add_argument("--bots", type=int, default=50, help="of all files together, shared out evenly")
        parser.add_argument("--strategy", action="append", help="may be given several times; ema_cross without it")
        parser.add_argument("--run", help="name of the run; the same name resumes it. Ctrl-C ends it after a candle, twice at once")
        parser.add_argument("--workers", type=int, default=1, help="processes, 1 to 8, at most one per file; the result is the same")
        parser.add_argument("--limits", choices=("default", "off"), default="default", help="off: without breaker and gate C")
        parser.add_argument(
            "--redeliver", type=int, default=REDELIVER, metavar="N",
            help="deliver ticks with orders twice on every N-th candle, as a broker may: gate A refuses the second; 0 for never",
        )
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        with interruptions.awaited() as look:
            self._replay(options, look)

    def _replay(self, options: dict[str, Any], look: Between) -> None:
        started = monotonic()
        done = self._traded(options, look, now=clock.now())
        answer = _answer(done, monotonic() - started)
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            self.stdout.write("\n".join(line for key, value in answer.items() for line in _lines(key, value)))
        if not done.ledger.ok:
            raise SystemExit(CHECK_FAILED)

    def _traded(self, options: dict[str, Any], look: Between, *, now: datetime) -> Replayed:
        named = options["run"] or f"{_strategies(options)[0]}-{now:%Y%m%d-%H%M%S}"
        again = join([*sys.orig_argv, *([] if options["run"] else ["--run", named])])
        try:
            wanted = _wanted(options, run=named)
            return replay_files.replay_files(
                wanted=wanted, policy=settings.POLICY, now=now, say=self._say, progress=self._progress, between=look
            )
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        except crew.WorkerLost as lost:
            self.stderr.write(f"{lost} This goes on where it was: {again}")
            raise SystemExit(CHECK_FAILED) from None
        except Interrupted as cut:
            self.stderr.write(f"Interrupted: {cut} This goes on from there: {again}")
            raise SystemExit(INTERRUPTED) from None
        except KeyboardInterrupt:
            self.stderr.write(f"Interrupted before it came to trade. This goes on: {again}")
            raise SystemExit(INTERRUPTED) from None

    def _progress(self, done: int, total: int, at: datetime) -> None:
        self._say(f"{done}/{total} candles, {100 * done // max(total, 1)} %, at {at:%Y-%m-%d %H:%M} UTC")

    def _say(self, words: str) -> None:
        self.stderr.write(words)


def _wanted(options: dict[str, Any], *, run: str) -> Wanted:
    files = options["file"]
    symbols = _for_each(options["symbol"], files, called="--symbol")
    timeframes = _for_each(options["timeframe"], files, called="--timeframe")
    return Wanted(
        clips=[Clip(*each) for each in zip(files, symbols, timeframes, strict=True)], venue=options["venue"], bots=options["bots"],
        strategies=_strategies(options), limits=options["limits"] == "default", workers=options["workers"],
        redeliver=options["redeliver"], run=run,
    )  # fmt: skip


def _strategies(options: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(_listed(options["strategy"] or "ema_cross")))


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
        "unrealised": plain(found.unrealised), "fees": plain(found.fees), "drawdown": f"{found.drawdown:.6f}", "ledger_ok": ledger.ok,
        "ledger_digest": ledger.digest, "ticks": done.ticks, "redelivered": done.redelivered,
        "gaps": [_gap(*each) for each in done.gaps], "seconds": round(seconds, 1),
    }  # fmt: skip


def _lines(key: str, value: Any) -> Iterator[str]:
    """An answer as people read it: what is in parts gets a line for each."""
    if not isinstance(value, dict | list):
        yield f"{key}: {_word(key, value)}"
        return
    yield f"{key}:{'' if value else ' none'}"
    for name, part in value.items() if isinstance(value, dict) else enumerate(value, start=1):
        words = ", ".join(f"{called} {_word(called, one)}" for called, one in part.items()) if isinstance(part, dict) else _word(name, part)
        yield f"  {name}: {words}"


def _word(key: Any, value: Any) -> str:
    return f"{plain(100 * Decimal(value))} %" if key in FRACTIONS else str(value)


def _gap(symbol: str, timeframe: str, gap: Gap) -> dict[str, Any]:
    return {"symbol": symbol, "timeframe": timeframe, "from": stamp(gap.first), "to": stamp(gap.last), "missing": gap.missing}


def _texts(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {key: value if isinstance(value, int) else plain(value) for key, value in row.items()} for name, row in rows.items()}
