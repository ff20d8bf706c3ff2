"""Stopping a bot for good: cancel its orders, close or hand over its position, return its allocation, then STOPPED."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from uuid import UUID

from django.db import transaction

from bots.models import Bot
from bots.operations import halts, lifecycle
from bots.operations.lifecycle import Positions
from bots.queries import halts as halt_queries
from ledger.models import Balance, Book, BookKind, Mark, Market, Reservation
from ledger.operations import booking, capital
from ledger.operations.capital import Release
from trading.models import Order
from trading.operations import cancel, halving

ACTOR = "system:stopping"
Cash = dict[UUID, dict[str, Decimal]]
ENDED = "Nothing is left in its book."


def stop_bot(
    *, owner: UUID, bot_id: UUID, position: Positions, actor: str, request_id: str, now: datetime
) -> Bot:
    """Ask a bot to stop. Its working orders are cancelled now; a position is closed by the next ticks, or handed over at once.
    Conflict with the legal moves when it cannot be stopped."""
    bot = lifecycle.ask_stop(bot_id=bot_id, position=position, actor=actor, request_id=request_id, now=now, owner=owner)
    _finish([bot], actor=actor, now=now)
    bot.refresh_from_db()
    return bot


def stop_all(*, owner: UUID, position: Positions, actor: str, request_id: str, now: datetime) -> int:
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
    return halving.done(partial(finish, now=now), [bot.id for bot in stopping], what="bot.finish_stop", now=now)


def finish(bot_ids: Sequence[UUID], *, now: datetime) -> int:
    """End those of these stopping bots of which nothing is left to do, in a constant number of statements -> how many. Safe to call
    again and again."""
    with transaction.atomic():
        held = Bot.objects.select_for_update(of=("self",), no_key=True).select_related("market", "book")
        bots = list(held.filter(id__in=bot_ids, pause_reason="STOPPING").order_by("id"))
        done = _done(bots, _cash(bots))
        if not done:
            return 0
        cash = _locked_cash(done)
        done = _done(done, cash)
        capital.release_all(
            [
                Release(book=bot.book_id, asset=asset, to=BookKind.MANUAL if asset == bot.market.base_id else BookKind.FREE)
                for bot in done
                for asset in cash[bot.book_id]
            ],
            actor=ACTOR,
            now=now,
        )
        ended = lifecycle.finish_stop(bot_ids=[bot.id for bot in done], reason=ENDED, actor=ACTOR, now=now)
        left = [halt.id for halt in halt_queries.standing().rows if halt.scope == "BOT" and halt.bot in ended]
        if left:
            halts.lift(halt_ids=left, actor=ACTOR, reason=ENDED, request_id="", now=now)
    return len(ended)


def _done(bots: Sequence[Bot], cash: Cash) -> list[Bot]:
    """Those that nothing is left to do for: no order of them may still be working, no money of their book is held, and no coins
    wait to be sold."""
    if not bots:
        return []
    working = set(Order.objects.filter(bot__in=bots, ending=None).values_list("bot_id", flat=True))
    reserved = set(Reservation.objects.filter(book__in=[bot.book_id for bot in bots], live=True).values_list("book_id", flat=True))
    prices = dict(Mark.objects.filter(market__in={bot.market_id for bot in bots}).values_list("market_id", "price"))
    return [
        bot
        for bot in bots
        if bot.id not in working
        and bot.book_id not in reserved
        and not (bot.stop_positions == "close" and _sellable(cash[bot.book_id].get(bot.market.base_id), bot.market, prices))
    ]


def _cash(bots: Sequence[Bot]) -> Cash:
    """What their books hold free, by asset."""
    found: Cash = {bot.book_id: {} for bot in bots}
    rows = Balance.objects.filter(book__in=list(found), cash__gt=0).order_by("book", "asset")
    for book, asset, cash in rows.values_list("book_id", "asset_id", "cash"):
        found[book][asset] = cash
    return found


def _locked_cash(bots: Sequence[Bot]) -> Cash:
    """The same, locked with all that will get it, because a second release would lock a balance while it holds the wallet, and a
    claim does it the other way round."""
    wallets = {bot.book.wallet_id for bot in bots}
    homes: dict[UUID, list[UUID]] = {}
    for wallet, book in Book.objects.filter(wallet__in=wallets, kind__in=[BookKind.FREE, BookKind.MANUAL]).values_list("wallet_id", "id"):
        homes.setdefault(wallet, []).append(book)
    own = {bot.book_id: bot.book.wallet_id for bot in bots}
    assets = Balance.objects.filter(book__in=list(own)).values_list("book_id", "asset_id")
    locked = booking.lock({(each, asset) for book, asset in assets for each in (book, *homes[own[book]])}, wallets)
    found: Cash = {book: {} for book in own}
    for (book, asset), funds in sorted(locked.funds.items()):
        if book in own and funds.cash > 0:
            found[book][asset] = funds.cash
    return found


def _sellable(units: Decimal | None, market: Market, prices: Mapping[UUID, Decimal]) -> bool:
    """Whether the market would take an order for these units at its mark; what it would not is handed over, not waited for."""
    if not units:
        return False
    price = prices.get(market.id)
    return units >= max(market.amount_min, market.amount_step) and (price is None or units * price >= market.cost_min)
