"""Fills as lines, wherever they are listed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.shapes.orders import FillLine
from ledger.domain.numbers import product
from ledger.queries import fills


def of_order(*, owner: User, client_order_id: str, now: datetime) -> tuple[FillLine, ...]:
    return lines(fills.of(owner=owner.id).filter(client_order_id=client_order_id), user=owner, now=now)


def lines(rows: Iterable[Mapping[str, Any]], *, user: User, now: datetime) -> tuple[FillLine, ...]:
    return tuple(_line(row, user=user, now=now) for row in rows)


def _line(row: Mapping[str, Any], *, user: User, now: datetime) -> FillLine:
    base, _, quote = str(row["symbol"]).partition("/")
    return FillLine(
        at=writing.clock(row["executed_at"], zone=user.time_zone, now=now),
        bot=str(row["book_label"]),
        market=f"{row['symbol']} {row['venue']}",
        side=writing.words(str(row["side"])),
        quantity=writing.quantity(row["quantity"], base),
        price=writing.price(row["price"]),
        value=writing.spoken(writing.money(product(row["quantity"], row["price"]), quote)),
        fee=writing.spoken(writing.money(row["fee"], str(row["fee_asset"]))) if row["fee"] is not None else "pending",
        trade_id=str(row["trade_id"])[:24],
    )
