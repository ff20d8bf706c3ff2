"""Stopping a bot for good: cancel its orders, close or hand over its position, return its allocation, then STOPPED."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from django.db import transaction

from bots.models import Bot
from bots.operations import halts, lifecycle
from bots.queries import halts as halt_queries
from ledger.models import Balance, Book, BookKind, Mark, Market, Reservation
from ledger.operations import booking, capital
from trading.domain.order_states import WORKING
from trading.models import Order
from trading.operations import cancel

ACTOR = "system:stopping"
Position = Literal["close", "keep"]
ENDED = "Nothing is left in its book."


def stop_bot(
    *, owner: UUID, bot_id: UUID, position: Position, actor: str, request_id: str, now: datetime
) -> Bot:
    """Ask a bot to stop. Its working orders are cancelled now; a position is closed by the next ticks, or handed over at once.
    Conflict with the legal moves when it cannot be stopped."""
    bot = lifecycle.ask_stop(bot_id=bot_id, position=position, actor=actor, request_id=request_id, now=now, owner=owner)
    _finish([bot], actor=actor, now=now)
    bot.refresh_from_db()
    return bot


def stop_all(*, owner: UUID, position: Position, actor: str, request_id: str, now: datetime) -> int:
    """Ask every bot of a person to stop -> how many were asked. What becomes of each is as for one."""
    asked = lifecycle.ask_stop_all(owner=owner, position=position, actor=actor, request_id=request_id, now=now)
    _finish(Bot.objects.filter(owner=owner, pause_reason="STOPPING").order_by("id"), actor=actor, now=now)
    return asked


def finish_all(*, now: datetime) -> int:
    """End every stopping bot that has nothing left -> how many ended. What was on its way when it was asked is cancelled first."""
    return _finish(Bot.objects.filter(pause_reason="STOPPING").order_by("id"), actor=ACTOR, now=now)


def _finish(bots: Iterable[Bot], *, actor: str, now: datetime) -> int:
    stopping = list(bots)
    if not stopping:
        return 0
    but_closing = cancel.Scope("o.book_id = ANY(%s) AND o.reason <> 'FLATTEN'", ([bot.book_id for bot in stopping],))
    cancel.cancel_where(but_closing, actor=actor, now=now)
    return sum(finish(bot_id=bot.id, now=now) for bot in stopping)


def finish(*, bot_id: UUID, now: datetime) -> bool:
    """End a stopping bot when nothing of it is left to do -> whether it ended. Safe to call again and again."""
    with transaction.atomic():
        held = Bot.objects.select_for_update(of=("self",), no_key=True).select_related("market", "book")
        bot = held.filter(id=bot_id, pause_reason="STOPPING").first()
        if bot is None or _busy(bot):
            return False
        cash = _locked_cash(bot)
        units = cash.get(bot.market.base_id, Decimal(0))
        if _busy(bot) or (units and bot.stop_positions == "close" and _sellable(units, bot.market)):
            return False
        for asset in cash:
            home = BookKind.MANUAL if asset == bot.market.base_id else BookKind.FREE
            capital.release(book=bot.book_id, asset=asset, actor=ACTOR, now=now, to=home)
        lifecycle.finish_stop(bot_id=bot.id, reason=ENDED, actor=ACTOR, now=now)
        left = [halt.id for halt in halt_queries.standing().matching(scope="BOT", bot=bot.id)]
        if left:
            halts.lift(halt_ids=left, actor=ACTOR, reason=ENDED, request_id="", now=now)
    return True


def _busy(bot: Bot) -> bool:
    """Whether an order of it may still be working, or money of its book is held."""
    return Order.objects.filter(bot=bot, state__in=WORKING).exists() or Reservation.objects.filter(book=bot.book_id, live=True).exists()


def _locked_cash(bot: Bot) -> dict[str, Decimal]:
    """What its book holds free, by asset; locked with all that will get it, because a second release would lock a balance while
    it holds the wallet, and a claim does it the other way round."""
    homes = Book.objects.filter(wallet=bot.book.wallet_id, kind__in=[BookKind.FREE, BookKind.MANUAL]).values_list("id", flat=True)
    assets = Balance.objects.filter(book=bot.book_id).values_list("asset_id", flat=True)
    locked = booking.lock({(book, asset) for asset in assets for book in (bot.book_id, *homes)}, {bot.book.wallet_id})
    return {asset: funds.cash for (book, asset), funds in locked.funds.items() if book == bot.book_id and funds.cash > 0}


def _sellable(units: Decimal, market: Market) -> bool:
    """Whether the market would take an order for these units at its mark; what it would not is handed over, not waited for."""
    mark = Mark.objects.filter(market=market).first()
    value = units * mark.price if mark is not None else None
    return units >= max(market.amount_min, market.amount_step) and (value is None or value >= market.cost_min)
