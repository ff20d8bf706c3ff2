"""replay: trade a candle file through the whole pipeline, with a fresh person per run. A door: words in, words out."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.domain.decimals import plain
from accounts.domain.refusals import Refusal
from accounts.web import clock
from ledger.models import Market
from ledger.operations import verify
from trading.domain.replay_plans import SPREADS
from trading.models import ReplayRun
from trading.operations import candle_files, replay
from trading.queries import replays

CHECK_FAILED, CANNOT = 1, 2
SHOWN = (
    "bootstrap_trades", "bootstrap_fraction", "min_edge_bps", "safety_margin_bps", "slippage_buffer_bps", "max_slippage_bps",
    "max_trades_per_bot_daily", "max_trades_per_user_daily", "burst_limit_orders_per_exchange", "burst_limit_window_seconds",
    "max_drawdown_percent", "max_daily_loss_percent", "max_consecutive_losses", "max_errors_per_hour",
)


class Command(BaseCommand):
    help = "Replay a candle file through the real pipeline: gates, ledger, everything, with its own person and paper money."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--venue", default="recorded")
        parser.add_argument("--symbol", required=True)
        parser.add_argument("--bots", type=int, default=50)
        parser.add_argument("--strategy", choices=sorted(SPREADS), default="ema_cross")
        parser.add_argument("--run", help="name of the run; the same name resumes it")
        parser.add_argument("--limits", choices=("default", "off"), default="default")
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            answer = self._replay(options)
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        if options["json"]:
            self.stdout.write(json.dumps(answer))
        else:
            for key, value in answer.items():
                self.stdout.write(f"{key}: {value if not isinstance(value, dict) else json.dumps(value)}")
        if not answer["ledger_ok"]:
            raise SystemExit(CHECK_FAILED)

    def _replay(self, options: dict[str, Any]) -> dict[str, Any]:
        started, now = monotonic(), clock.now()
        if not 1 <= options["bots"] <= 10_000:
            raise Refusal("BAD_BOTS", "--bots is a number from 1 to 10000.")
        done = candle_files.import_file(
            path=options["file"], venue=options["venue"], symbol=options["symbol"], timeframe=None, now=now,
            progress=self._say,
        )
        market = Market.objects.select_related("base", "quote").get(venue=options["venue"], symbol=options["symbol"])
        wishes = {key: options[key] for key in ("venue", "symbol", "bots", "strategy", "limits")}
        name = options["run"] or f"{options['strategy']}-{now:%Y%m%d-%H%M%S}"
        policy = settings.POLICY if options["limits"] == "default" else replay.unlimited(settings.POLICY)
        plans = SPREADS[options["strategy"]](options["bots"])
        stream = replay.open_run(name=name, market=market, timeframe=done.timeframe, plans=plans, wishes=wishes, now=now)
        counted = replay.run(stream=stream, policy=policy, progress=self._progress)
        run = ReplayRun.objects.get(name=name)
        found = replays.summary(run=name, owner=run.owner_id)
        wallet = run.owner.wallets.get(venue=market.venue, mode="PAPER")
        verdict = verify.verify(wallet=wallet.id)
        return {
            "run": name, "limits": {key: str(getattr(policy, key)) for key in SHOWN}, "bots": found.bots, "ticks": counted["ticks"],
            "redelivered": counted["redelivered"],
            "gaps": len(done.gaps), "decisions": found.decisions, "orders": found.orders, "refusals": found.refusals,
            "fills": found.fills, "trades": found.trades, "exits": found.exits, "by_status": found.by_status,
            "by_strategy": {k: {a: _text(b) for a, b in row.items()} for k, row in found.by_strategy.items()},
            "equity": plain(found.equity), "realised": plain(found.realised), "fees": plain(found.fees),
            "drawdown": f"{found.drawdown:.6f}", "ledger_ok": verdict.ok, "ledger_digest": verdict.digest,
            "seconds": round(monotonic() - started, 1),
        }  # fmt: skip

    def _progress(self, done: int, total: int, at: datetime) -> None:
        self._say(f"{done}/{total} candles, {100 * done // total} %, at {at:%Y-%m-%d %H:%M} UTC")

    def _say(self, words: str) -> None:
        self.stderr.write(words)


def _text(value: Any) -> Any:
    return value if isinstance(value, int) else plain(value)
