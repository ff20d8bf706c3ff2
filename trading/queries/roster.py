"""The roster of a stream: every bot on it with what the tick must know, in one statement and ready as arrays."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import numpy as np
import structlog
from django.db import connection
from numpy.typing import NDArray

from bots.domain.genome import Genome
from bots.strategies import strategy
from trading.domain.boundary import Failed, attempt
from trading.domain.machine import MILLION
from trading.domain.sizing import Record
from trading.models import Stream
from trading.queries import replays

log = structlog.get_logger()

UNREADABLE = Genome(family="", values=())


@dataclass(frozen=True, slots=True)
class Member:
    """One bot as the tick sees it. cash (free), money (with what is reserved) and
    cost are in the quote asset, units in the base asset, opened in epoch seconds."""

    id: UUID
    owner: UUID
    wallet: UUID
    book: UUID
    status: str
    pause_reason: str
    stop_positions: str
    stage: str
    mode: str
    profile: str
    order_type: str
    genome: Genome
    stop_ppm: int
    trail_ppm: int
    target_ppm: int
    holding: int
    cash: Decimal
    money: Decimal
    units: Decimal
    cost: Decimal
    opened: int
    record: Record

    @property
    def position(self) -> int:
        """Number of the position that is open, or of the next one."""
        return self.record.trades + 1


@dataclass(frozen=True, slots=True)
class Roster:
    """Members oldest first, with equity parts as arrays (floats: a measure for the breaker, not money)."""

    members: tuple[Member, ...]
    money: NDArray[np.float64]
    units: NDArray[np.float64]
    allocated: NDArray[np.float64]
    since: NDArray[np.int64]


SQL = """
    SELECT b.id, b.owner_id, k.wallet_id, b.book_id, b.status, b.pause_reason, b.stop_positions, b.stage, b.mode, b.profile, b.order_type,
        b.strategy, b.parameters::text, b.stop_loss, b.trailing, b.take_profit, b.max_holding,
        coalesce(m.cash, 0), coalesce(m.cash + m.reserved - m.deficit, 0), coalesce(l.units, 0), coalesce(l.cost, 0),
        coalesce(extract(epoch FROM l.opened_at)::bigint, 0), coalesce(a.amount, 0),
        coalesce(t.trades, 0), t.net_return_mean, t.net_return_deviation, t.gross_edge_mean_bps, t.gross_edge_deviation_bps,
        coalesce(t.loss_streak, 0), coalesce(extract(epoch FROM t.since)::bigint, 0)
    FROM bots_bot b
    JOIN ledger_book k ON k.id = b.book_id
    LEFT JOIN ledger_balance m ON m.book_id = b.book_id AND m.asset_id = %(quote)s
    LEFT JOIN ledger_allocation a ON a.book_id = b.book_id
    LEFT JOIN trading_trackrecord t ON t.bot_id = b.id
    LEFT JOIN (
        SELECT lot.book_id, sum(lot.remaining) AS units, sum(lot.cost_left) AS cost, min(lot.opened_at) AS opened_at
        FROM ledger_lot lot JOIN bots_bot holder ON holder.book_id = lot.book_id
        WHERE lot.remaining > 0 AND lot.asset_id = %(base)s AND holder.market_id = %(market)s
            AND holder.timeframe = %(timeframe)s
        GROUP BY lot.book_id
    ) l ON l.book_id = b.book_id
    WHERE b.market_id = %(market)s AND b.timeframe = %(timeframe)s AND b.status <> 'STOPPED'
        AND NOT (b.status = 'PAUSED' AND b.pause_reason = 'NEW')
        AND {scope}
    ORDER BY b.created_at, b.id
"""
OF_RUN = "b.owner_id = (SELECT owner_id FROM trading_replayrun WHERE name = %(run)s)"
LIVE = replays.not_of_one("b.owner_id")


def load(stream: Stream, *, base: str, quote: str) -> Roster:
    """Everybody on this stream: of a replay its own bots, of the live stream all but those of replays."""
    with connection.cursor() as cursor:
        cursor.execute(
            SQL.format(scope=OF_RUN if stream.run else LIVE),
            {"market": stream.market_id, "timeframe": stream.timeframe, "base": base, "quote": quote, "run": stream.run},
        )
        rows = cursor.fetchall()
    return Roster(
        members=tuple(_member(row) for row in rows),
        money=np.array([row[18] for row in rows], dtype=np.float64),
        units=np.array([row[19] for row in rows], dtype=np.float64),
        allocated=np.array([row[22] for row in rows], dtype=np.float64),
        since=np.array([row[29] for row in rows], dtype=np.int64),
    )


def _ppm(fraction: Decimal | None) -> int:
    return int(fraction * MILLION) if fraction is not None else 0


@lru_cache(maxsize=20_000)
def genome_of(family: str, parameters: str) -> Genome:
    """The genome of stored parameters; equal texts give the same object. UNREADABLE when their strategy is not installed,
    no longer takes them or fails on them: such a bot fails alone, and its exits are judged all the same."""
    found = attempt(lambda: strategy(family).genome(json.loads(parameters)))
    if isinstance(found, Failed):
        log.error("genome.unreadable", family=family, parameters=parameters, exc_info=found.error)
        return UNREADABLE
    return found


def _member(row: tuple[Any, ...]) -> Member:
    return Member(
        id=row[0], owner=row[1], wallet=row[2], book=row[3], status=row[4], pause_reason=row[5], stop_positions=row[6],
        stage=row[7], mode=row[8], profile=row[9], order_type=row[10], genome=genome_of(row[11], row[12]),
        stop_ppm=_ppm(row[13]), trail_ppm=_ppm(row[14]),
        target_ppm=_ppm(row[15]), holding=row[16] or 0, cash=row[17], money=row[18], units=row[19], cost=row[20], opened=row[21],
        record=Record(row[23], row[24] or 0.0, row[25] or 0.0, row[26] or 0.0, row[27] or 0.0, row[28]),
    )
