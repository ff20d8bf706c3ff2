"""Changing a bot that exists: its name, exits, parameters and capital, each with an audit row. It must not move its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.domain.decimals import plain
from accounts.domain.refusals import Conflict, Missing, Refusal
from accounts.operations import audit
from accounts.realtime import wire
from bots.domain import lifecycle
from bots.domain.exits import Exits
from bots.domain.naming import one_of, title_of
from bots.models import Bot, OrderType, Profile
from bots.strategies import strategy
from ledger.domain.numbers import CONTEXT, check_positive, negated
from ledger.models import Allocation
from ledger.operations import capital


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What shall become different; None leaves it as it is."""

    name: str | None = None
    parameters: Mapping[str, object] | None = None
    exits: Exits | None = None
    order_type: str | None = None
    profile: str | None = None


def amend(*, bot_id: UUID, changes: Changes, actor: str, request_id: str, now: datetime) -> Bot:
    """Change name, exits, order type, breaker profile or parameters. Conflict BOT_STOPPED, and BOT_RUNNING
    for all but name and exits: pause it first, so that no candle is judged half by the old and half
    by the new ones. Refusals BAD_NAME, BAD_EXIT, BAD_PARAMETER."""
    with transaction.atomic():
        bot = _locked(bot_id)
        values = _values(bot=bot, changes=changes)
        before = {name: getattr(bot, name) for name in values}
        if not values:
            return bot
        for name, value in values.items():
            setattr(bot, name, value)
        bot.save(update_fields=list(values))
        _tell(bot=bot, act="bot.change", before=before, after=values, actor=actor, request_id=request_id, now=now)
    return bot


def set_capital(*, bot_id: UUID, amount: Decimal, actor: str, request_id: str, now: datetime) -> Bot:
    """Move free money in or out so that the bot's allocated capital becomes `amount`, in its quote asset. Money that the
    bot has in a position or an order does not move. Refusals INSUFFICIENT_FREE_FUNDS, INSUFFICIENT_FUNDS."""
    check_positive(amount)
    with transaction.atomic():
        bot = _locked(bot_id)
        had = Allocation.objects.get(book=bot.book_id).amount
        quote = bot.market.quote_id
        more = CONTEXT.subtract(amount, had)
        if more > 0:
            capital.allocate(book=bot.book_id, asset=quote, amount=more, actor=actor, now=now)
        elif more < 0:
            _give_back(bot=bot, asset=quote, amount=negated(more), actor=actor, now=now)
        _tell(
            bot=bot, act="bot.capital", before={"capital": plain(had)}, after={"capital": plain(amount)}, actor=actor,
            request_id=request_id, now=now,
        )  # fmt: skip
    return bot


def _give_back(*, bot: Bot, asset: str, amount: Decimal, actor: str, now: datetime) -> None:
    try:
        capital.release(book=bot.book_id, asset=asset, amount=amount, actor=actor, now=now)
    except Refusal as refusal:
        if refusal.code == "INSUFFICIENT_FUNDS":
            refusal.sentence += " The rest is in its position, in orders, or lost."
        raise


def _locked(bot_id: UUID) -> Bot:
    bot = (
        Bot.objects.select_for_update(of=("self",), no_key=True).select_related("market").filter(id=bot_id).first()
    )
    if bot is None:
        raise Missing("BOT_NOT_FOUND", "You have no such bot.")
    if bot.status == "STOPPED" or bot.pause_reason == lifecycle.STOPPING:
        raise Conflict("BOT_STOPPED", "A bot that is stopped or stopping cannot be changed.", status=bot.status)
    return bot


def _values(*, bot: Bot, changes: Changes) -> dict[str, Any]:
    """The columns to write, checked."""
    values: dict[str, Any] = {}
    if changes.name is not None:
        values["name"] = title_of(changes.name)
    if changes.parameters is not None:
        _at_rest(bot, "its parameters change")
        values["parameters"] = strategy(bot.strategy).validate(changes.parameters)
    if changes.order_type is not None or changes.profile is not None:
        _at_rest(bot, "its order type or breaker profile changes")
    if changes.order_type is not None:
        one_of(OrderType.values, changes.order_type, code="BAD_ORDER_TYPE")
        values["order_type"] = changes.order_type
    if changes.profile is not None:
        one_of(Profile.values, changes.profile, code="BAD_PROFILE")
        values["profile"] = changes.profile
    if changes.exits is not None:
        changes.exits.check()
        values |= {
            "stop_loss": changes.exits.stop_loss,
            "take_profit": changes.exits.take_profit,
            "trailing": changes.exits.trailing,
            "max_holding": changes.exits.max_holding,
        }
    return values


def _at_rest(bot: Bot, before: str) -> None:
    """Conflict BOT_RUNNING: what a bot is judged by does not change under way."""
    if bot.status == "RUNNING":
        raise Conflict("BOT_RUNNING", f"Pause the bot before {before}.", status=bot.status)


def _tell(
    *, bot: Bot, act: str, before: dict[str, Any], after: dict[str, Any], actor: str, request_id: str, now: datetime
) -> None:
    audit.record(
        person=bot.owner_id, actor=actor, act=act, subject=f"bot:{bot.id}", before=before, after=after, reason="",
        request_id=request_id, now=now,
    )  # fmt: skip
    wire.publish_on_commit(person=bot.owner_id, type="bot", data={"id": str(bot.id)})
