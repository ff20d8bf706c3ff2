"""Equity over time of a person or of one bot, for charts. Never writes; every figure is a stored equity point or a sum of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from bots.models import Bot
from ledger.domain.numbers import CONTEXT, ZERO
from ledger.queries import equity, money

MOST_POINTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    at: datetime
    equity: Decimal
    currency: str


def of_person(
    *, user: User, mode: str, since: datetime | None, until: datetime | None, most: int = MOST_POINTS
) -> list[Moment]:
    """All wallets of a mode together, in the reporting currency, at most `most` points: at each the newest equity of every wallet.
    Wallets that have no point before `since` count from their first one on."""
    wallets = [wallet.id for wallet in money.wallets(owner=user.id) if wallet.mode == mode]
    currency = user.reporting_currency
    steps = [
        (point.at, wallet, point.equity)
        for wallet in wallets
        for point in equity.curve(wallet=wallet, currency=currency, frm=since, to=until, most=most)
    ]
    newest: dict[UUID, Decimal] = {}
    total = ZERO
    line: dict[datetime, Decimal] = {}
    for at, wallet, value in sorted(steps, key=lambda step: (step[0], step[1])):
        total = CONTEXT.add(CONTEXT.subtract(total, newest.get(wallet, ZERO)), value)
        newest[wallet] = value
        line[at] = total
    points = [Moment(at=at, equity=value, currency=currency) for at, value in line.items()]
    return list(equity.thinned(points, most))


def of_bot(*, bot: Bot, since: datetime | None, until: datetime | None) -> list[Moment]:
    """Equity of the bot's book in its quote asset."""
    currency = bot.market.quote_id
    line = equity.curve(book=bot.book_id, currency=currency, frm=since, to=until, most=MOST_POINTS)
    return [Moment(at=point.at, equity=point.equity, currency=currency) for point in line]
