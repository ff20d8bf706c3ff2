"""The heartbeat: a row proves that the database takes writes, then everybody's pages hear of it."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import transaction

from accounts.domain.chain import stamp
from accounts.queries import sql
from accounts.realtime import wire
from trading.models import Heartbeat

log = structlog.get_logger()


def beat(*, processes: tuple[str, ...], now: datetime) -> None:
    """Write one row per process that this beat proves alive; after the commit tell the wire and the log, with the last tick."""
    with transaction.atomic():
        Heartbeat.objects.bulk_create(
            [Heartbeat(process=process, at=now) for process in processes],
            update_conflicts=True, unique_fields=["process"], update_fields=["at"],
        )  # fmt: skip
    rows = sql.fetch(
        "SELECT m.venue, max(s.ticked_at) FROM trading_stream s JOIN ledger_market m ON m.id = s.market_id "
        "WHERE s.run = '' AND s.ticked_at IS NOT NULL GROUP BY m.venue"
    )
    last = {place: stamp(at) for place, at in rows}
    wire.broadcast(type="heartbeat", data={"at": stamp(now), "last_tick": last})
    log.info("heartbeat", last_tick=last)
