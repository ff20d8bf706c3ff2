"""Making a bot: its book, its allocation and the bot itself, in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.domain.refusals import Conflict, Malformed, Refusal
from accounts.operations import audit
from accounts.realtime import wire
from bots.domain.candles import timeframe_seconds
from bots.domain.exits import Exits
from bots.domain.naming import one_of, title_of
from bots.models import Bot, OrderType, Profile
from bots.strategies import strategy as family_of
from ledger.domain import spoken
from ledger.models import BookKind, Market, Mode, Wallet
from ledger.operations import capital as capital_of_books
from ledger.operations import wallets

ALL_OFF = Exits()


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a person wants of a new bot. `capital` in the quote asset."""

    name: str
    symbol: str
    strategy: str
    capital: Decimal
    parameters: Mapping[str, object] = field(default_factory=dict)
    venue: str = "sim"
    timeframe: str = "1m"
    mode: str = Mode.PAPER
    exits: Exits = ALL_OFF
    order_type: str = OrderType.MARKET
    profile: str = Profile.STANDARD


def create(
    *, owner: UUID, wanted: Wanted, actor: str, request_id: str, now: datetime, supported: tuple[str, ...],
    key: str = "",
) -> Bot:  # fmt: skip
    """A new bot, PAUSED(NEW) in TRAINING, with `capital` of the wallet's free quote money in its own book.

    Refusals: BAD_NAME, BAD_MODE, BAD_ORDER_TYPE, BAD_PROFILE, LIVE_NOT_ALLOWED, UNKNOWN_VENUE, UNKNOWN_SYMBOL,
    BAD_TIMEFRAME, UNKNOWN_STRATEGY, BAD_PARAMETER, BAD_EXIT, INSUFFICIENT_FREE_FUNDS
    (free, asked). `supported` are the venues that paper bots may use. One `key` of a person makes one bot, for ever: Conflict
    ALREADY_DONE.
    """
    title, capital, exits = title_of(wanted.name), wanted.capital, wanted.exits
    _must_be_paper(wanted.mode)
    one_of(OrderType.values, wanted.order_type, code="BAD_ORDER_TYPE")
    one_of(Profile.values, wanted.profile, code="BAD_PROFILE")
    market = _market(venue=wanted.venue, symbol=wanted.symbol, supported=supported)
    timeframe_seconds(wanted.timeframe)
    values = family_of(wanted.strategy).validate(wanted.parameters)
    exits.check()
    with transaction.atomic():
        wallet = _wallet(owner=owner, venue=market.venue, mode=wanted.mode, asset=market.quote_id, capital=capital)
        book = wallets.open_book(wallet=wallet.id, kind=BookKind.BOT, label=title, now=now)
        facts: dict[str, Any] = {
            "owner_id": owner, "name": title, "book": book, "market": market, "timeframe": wanted.timeframe,
            "strategy": wanted.strategy, "parameters": values, "stop_loss": exits.stop_loss, "take_profit": exits.take_profit,
            "trailing": exits.trailing, "max_holding": exits.max_holding, "order_type": wanted.order_type,
            "profile": wanted.profile, "mode": wanted.mode, "created_at": now,
        }  # fmt: skip
        bot, made = Bot.objects.get_or_create(id=_id_of(owner, key), defaults=facts)
        if not made:
            raise Conflict("ALREADY_DONE", "This form has made a bot already; open it again to make another.", bot_id=bot.id)
        capital_of_books.allocate(book=book.id, asset=market.quote_id, amount=capital, actor=actor, now=now)
        _tell(bot=bot, market=market, capital=capital, actor=actor, request_id=request_id, now=now)
    return bot


def _id_of(owner: UUID, key: str) -> UUID:
    return uuid5(owner, key) if key else new_id()


def _tell(*, bot: Bot, market: Market, capital: Decimal, actor: str, request_id: str, now: datetime) -> None:
    facts = {
        "name": bot.name, "market": f"{market.venue} {market.symbol}", "timeframe": bot.timeframe, "mode": bot.mode,
        "strategy": bot.strategy, "parameters": bot.parameters, "capital": plain(capital), "book": bot.book_id,
        "stop_loss": bot.stop_loss, "take_profit": bot.take_profit, "trailing": bot.trailing,
        "max_holding": bot.max_holding, "order_type": bot.order_type, "profile": bot.profile,
    }  # fmt: skip
    audit.record(
        person=bot.owner_id, actor=actor, act="bot.create", subject=f"bot:{bot.id}", before={}, after=facts, reason="",
        request_id=request_id, now=now,
    )  # fmt: skip
    wire.publish_on_commit(person=bot.owner_id, type="bot", data={"id": str(bot.id)})


def _must_be_paper(mode: str) -> None:
    if mode == Mode.LIVE:
        raise Refusal("LIVE_NOT_ALLOWED", "Bots trade on paper only: live trading is not allowed here.")
    if mode != Mode.PAPER:
        raise Malformed("BAD_MODE", "The mode of a bot is PAPER.", given=mode[:16])


def _market(*, venue: str, symbol: str, supported: tuple[str, ...]) -> Market:
    if venue not in supported:
        raise Refusal("UNKNOWN_VENUE", f"There is no venue {venue[:20]!r}.", given=venue[:20], known=sorted(supported))
    market = Market.objects.filter(venue=venue, symbol=symbol, active=True).first()
    if market is None:
        raise Refusal(
            "UNKNOWN_SYMBOL", f"{symbol[:41]!r} is not traded at {venue}.", given=symbol[:41], venue=venue
        )
    return market


def _wallet(*, owner: UUID, venue: str, mode: str, asset: str, capital: Decimal) -> Wallet:
    wallet = Wallet.objects.filter(owner=owner, venue=venue, mode=mode).first()
    if wallet is None:
        raise Refusal(
            "INSUFFICIENT_FREE_FUNDS",
            f"You have no {mode} wallet at {venue}: open one and deposit at least {spoken.least(capital, asset)}.",
            asset=asset,
            free="0",
            asked=plain(capital),
        )
    return wallet
