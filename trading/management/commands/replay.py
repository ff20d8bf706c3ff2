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

from accounts.domain.decimals import plain
from accounts.domain.refusals import Malformed, Refusal
from accounts.web import clock
from ledger.models import Market
from ledger.operations import verify
from trading.domain.replay_plans import SPREADS
from trading.operations import candle_files, crew, replay
from trading.operations.candle_files import Imported
from trading.operations.replay_worker import Manner
from trading.queries import replays

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
        parser.add_argument("file", type=Path, nargs="+")
        parser.add_argument("--venue", default="recorded")
        parser.add_argument("--symbol", action="append", required=True, help="one per file, in their order, or one for all")
        parser.add_argument("--timeframe", action="append", help="one per file or one for all; without it the file tells")
        parser.add_argument("--bots", type=int, default=50, help="of all files together, shared out evenly")
        parser.add_argument("--strategy", action="append", help="may be given several times; ema_cross without it")
        parser.add_argument("--run", help="name of the run; the same name resumes it")
        parser.add_argument("--workers", type=int, default=1, help="processes, 1 to 8, at most one per file; the result is the same")
        parser.add_argument("--limits", choices=("default", "off"), default="default")
        parser.add_argument(
            "--redeliver", type=int, default=REDELIVER, metavar="N",
            help="deliver ticks with orders twice on every N-th candle, as a broker may: gate A refuses the second; 0 for never",
        )
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self._replay(options)
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        except crew.WorkerLost as lost:
            self.stderr.write(f"{lost} The same command with the same --run goes on where it was.")
            raise SystemExit(CHECK_FAILED) from None
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            for key, value in answer.items():
                self.stdout.write(f"{key}: {value if not isinstance(value, dict) else json.dumps(value)}")
        if not answer["ledger_ok"]:
            raise SystemExit(CHECK_FAILED)

    def _replay(self, options: dict[str, Any]) -> dict[str, Any]:
        started, now = monotonic(), clock.now()
        strategies = list(dict.fromkeys(_listed(options["strategy"] or "ema_cross")))
        policy = settings.POLICY if options["limits"] == "default" else replay.unlimited(settings.POLICY)
        manner = Manner(policy=policy, workers=options["workers"], redeliver=options["redeliver"])
        manner.check()
        files, symbols = options["file"], _for_each(options["symbol"], options["file"], called="--symbol")
        timeframes = _for_each(options["timeframe"], files, called="--timeframe")
        replay.deal(bots=options["bots"], strategies=strategies, spreads=SPREADS, files=symbols)  # refuses before a file is read
        found = [
            candle_files.import_file(path=path, venue=options["venue"], symbol=symbol, timeframe=timeframe, now=now, progress=self._say)
            for path, symbol, timeframe in zip(files, symbols, timeframes, strict=True)
        ]
        called = [f"{symbol} {one.timeframe}" for symbol, one in zip(symbols, found, strict=True)]
        shares = replay.deal(bots=options["bots"], strategies=strategies, spreads=SPREADS, files=called)
        markets = Market.objects.select_related("base", "quote").filter(venue=options["venue"], symbol__in=symbols)
        known = {market.symbol: market for market in markets}
        parts = [
            replay.Part(market=known[symbol], timeframe=one.timeframe, first=one.first, last=one.last, plans=plans)
            for symbol, one, plans in zip(symbols, found, shares, strict=True)
        ]
        wishes = {key: options[key] for key in ("venue", "bots", "limits", "redeliver")} | {"strategies": strategies}
        wishes["files"] = [[name, one.first.isoformat(), one.last.isoformat()] for name, one in zip(called, found, strict=True)]
        name = options["run"] or f"{strategies[0]}-{now:%Y%m%d-%H%M%S}"
        run = replay.open_run(name=name, parts=parts, wishes=wishes, now=now)
        counts = replay.run(run=run, manner=manner, progress=self._progress)
        answer = {"run": name, "limits": {key: str(getattr(policy, key)) for key in SHOWN}} | _told(run)
        answer |= {"ticks": counts["ticks"], "redelivered": counts["redelivered"], "gaps": _gaps(symbols, found)}
        return answer | {"seconds": round(monotonic() - started, 1)}

    def _progress(self, done: int, total: int, at: datetime) -> None:
        self._say(f"{done}/{total} candles, {100 * done // max(total, 1)} %, at {at:%Y-%m-%d %H:%M} UTC")

    def _say(self, words: str) -> None:
        self.stderr.write(words)


def _listed(given: Any) -> list[Any]:
    """Options that may be given several times; `call_command` hands a single word over as it is."""
    return list(given) if isinstance(given, list | tuple) else [given]


def _for_each(given: Any, files: Sequence[Path], *, called: str) -> list[Any]:
    """One for each file; a single one serves all."""
    given = _listed(given)
    if len(given) not in (1, len(files)):
        raise Malformed("NOT_ONE_PER_FILE", f"{called} is given {len(given)} times for {len(files)} files: once for all, or once for each.")
    return given * (len(files) if len(given) == 1 else 1)


def _told(run: replay.Run) -> dict[str, Any]:
    """What the run came to, and whether its ledger holds."""
    found = replays.summary(run=run.name, owner=run.owner.id)
    verdict = verify.verify(wallet=run.owner.wallets.get(mode="PAPER").id)
    return {
        "bots": found.bots, "decisions": found.decisions, "orders": found.orders, "refusals": found.refusals, "fills": found.fills,
        "trades": found.trades, "exits": found.exits, "by_status": found.by_status, "by_strategy": _texts(found.by_strategy),
        "by_currency": _texts(found.by_currency), "equity": plain(found.equity), "realised": plain(found.realised),
        "fees": plain(found.fees), "drawdown": f"{found.drawdown:.6f}", "ledger_ok": verdict.ok, "ledger_digest": verdict.digest,
    }  # fmt: skip


def _gaps(symbols: Sequence[str], found: Sequence[Imported]) -> list[dict[str, Any]]:
    return [
        {"symbol": symbol, "timeframe": one.timeframe, "from": f"{gap.first:%Y-%m-%dT%H:%M:%SZ}", "to": f"{gap.last:%Y-%m-%dT%H:%M:%SZ}",
         "missing": gap.missing}
        for symbol, one in zip(symbols, found, strict=True)
        for gap in one.gaps
    ]  # fmt: skip


def _texts(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: {key: value if isinstance(value, int) else plain(value) for key, value in row.items()} for name, row in rows.items()}
