"""Decisions of long ago: what keeps two ticks from deciding the same candle twice is kept for 90 days, far longer than anybody goes back,
and then deleted in batches. Those of replays stay: a run that is asked for again counts them. Orders say for ever what was decided.
"""

from __future__ import annotations

from datetime import datetime

import structlog

from ledger.operations import bulk

BATCH = 10_000

log = structlog.get_logger()

# Walks the primary key from each bot's oldest candle, so that no claim has to keep up an index of times. The table's trigger judges by
# the clock of the database: a process whose clock is ahead must not ask for what that refuses.
_FORGET = """
WITH old AS (
    SELECT d.bot_id, d.candle, d.leg
    FROM (SELECT least(%s, now()) - interval '90 days' AS at) until CROSS JOIN bots_bot b CROSS JOIN LATERAL (
        SELECT x.bot_id, x.candle, x.leg FROM trading_decision x WHERE x.bot_id = b.id AND x.candle < until.at AND x.at < until.at
        ORDER BY x.candle LIMIT %s
    ) d
    WHERE NOT EXISTS (SELECT FROM trading_replayrun r WHERE r.owner_id = b.owner_id)
    LIMIT %s
)
DELETE FROM trading_decision d USING old WHERE (d.bot_id, d.candle, d.leg) = (old.bot_id, old.candle, old.leg)
"""


def forget(*, now: datetime, batch: int = BATCH) -> int:
    """Delete a batch of the decisions that are old enough -> how many; fewer than a batch when none is left."""
    gone = bulk.run(_FORGET, now, batch, batch)
    if gone:
        log.info("decisions.forgotten", decisions=gone, more=gone == batch)
    return gone
