"""tick --once: one full cycle in the foreground, for operators and for looking."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.domain.refusals import Missing, Refusal
from accounts.web import clock
from ledger.models import Market
from trading.models import Stream
from trading.operations import feed
from trading.venues import names, venue

CANNOT = 2


class Command(BaseCommand):
    help = "Tick every live stream once: fetch closed candles, judge, gate, send, settle."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one cycle (the only way this command works)")
        parser.add_argument("--venue", help="only this venue")
        parser.add_argument("--market", help="only this symbol")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = self._tick(options["venue"], options["market"])
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        if options["json"]:
            self.stdout.write(json.dumps(rows))
            return
        for row in rows:
            self.stdout.write(", ".join(f"{key} {value}" for key, value in row.items()))

    def _tick(self, only: str | None, symbol: str | None) -> list[dict[str, Any]]:
        places = [venue(only)] if only else [venue(name) for name in names()]
        rows = []
        for place in places:
            if not place.live_data and only is None:
                continue
            for timeframe in place.timeframes:
                for stream_id in feed.streams_of(venue_name=place.name, timeframe=timeframe, now=clock.now()):
                    stream = Stream.objects.select_related("market").get(id=stream_id)
                    if symbol in (None, stream.market.symbol):
                        rows.append(self._one(stream.market, stream))
        if symbol is not None and not rows:
            raise Missing("NO_STREAM", f"No market {symbol[:41]!r} is in use there.")
        return rows

    def _one(self, market: Market, stream: Stream) -> dict[str, Any]:
        done = feed.tick_stream(
            stream_id=stream.id, policy=settings.POLICY, now=clock.now(), data_dir=settings.DATA_DIR
        )
        row: dict[str, Any] = {"venue": market.venue, "symbol": market.symbol, "timeframe": stream.timeframe, "ticked": done is not None}
        if done is not None:
            row |= {"bots": done.bots, "orders": done.orders, "fills": done.fills, "trades": done.trades}
        return row
