"""The dialogs before acts: what will happen, in numbers of the person who asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from accounts.models import User
from accounts.queries import factors
from amarktai.dashboard import writing
from amarktai.dashboard.pages import filling
from amarktai.dashboard.shapes.money import Coins
from amarktai.dashboard.shapes.parts import Question
from bots.models import Bot
from bots.queries import bots as bot_queries
from trading.models.order import Order
from trading.operations import closing
from trading.operations.stop import StopReport
from trading.queries import bots as bot_views
from trading.queries import orders

WAY_BACK = "Lifting it needs a reason and a code, and the bots stay paused after it."
NO_WAY_BACK = (
    "Lifting it needs a code from an authenticator app, and you have none set up: the stop works all the same, but before you can lift it "
    "you have to set one up under Settings. The bots stay paused after it."
)


def stop(*, user: User, everybody: bool, enrolled: bool, now: datetime) -> Question:
    """The emergency stop. It asks for nothing but the tap, and says beforehand what the way back asks for. `enrolled`: the person has
    a second factor."""
    running = bot_queries.count_by_status(owner=user.id)["RUNNING"]
    views = bot_views.views(bots=list(bot_queries.of(owner=user.id).exclude(status="STOPPED")), now=now)
    held = sum(view.position is not None for view in views)
    working = orders.pending(owner=user.id).count()
    effects = [
        (_of(running, "running bot is paused", "running bots are paused"), str(running)),
        (_of(working, "open order is cancelled", "open orders are cancelled"), str(working)),
        (_of(held, "open position stays as it is", "open positions stay as they are"), str(held)),
        ("new orders are placed until somebody resumes", "No"),
    ]
    if everybody:
        effects.insert(0, ("You are an operator: this stops every person's bots. The numbers below are your own.", "All"))
    return Question(
        title="Stop everything now?" if everybody else "Stop all your bots now?",
        sentence=f"It takes effect at once. {_unsold(held)} {WAY_BACK if enrolled else NO_WAY_BACK}",
        effects=tuple(effects),
        url=reverse("dashboard:stop"),
        confirm="Stop now",
        back=reverse("dashboard:overview"),
        danger=True,
        flatten=held > 0,
    )


def _unsold(held: int) -> str:
    """A stop also stops what protects a position: whoever leaves one open must know it."""
    waits = "While the stop is in force nobody sells what is held: stop-loss and take-profit wait until you lift it."
    return f"{waits} To sell now, tick the box below." if held else waits


def stopped(report: StopReport) -> str:
    """What a stop has done, for the message after it."""
    told = [
        f"{report.bots_paused} {_of(report.bots_paused, 'bot is', 'bots are')} paused",
        f"{report.orders_cancelled} {_of(report.orders_cancelled, 'order is', 'orders are')} cancelled",
    ]
    if report.orders_open:
        told.append(f"{report.orders_open} {_of(report.orders_open, 'order', 'orders')} may still be working at a venue")
    return f"Stopped. {', '.join(told)}."


def resume(*, enrolled: bool, everybody: bool) -> Question:
    """Who has no second factor is told where to get one instead of being asked for its code."""
    if not enrolled:
        return _enroll(back=reverse("dashboard:overview"), why="A stop is lifted with a code from an authenticator app")
    return Question(
        title="Lift the stop for everybody?" if everybody else "Lift your stop?",
        sentence="Orders may be placed again. Bots that the stop paused stay paused until each is resumed.",
        effects=(),
        url=reverse("dashboard:resume", args=["everybody" if everybody else "mine"]),
        confirm="Lift the stop",
        back=reverse("dashboard:overview"),
        reason=True,
        code=True,
    )


def stop_bot(*, bot: Bot, now: datetime) -> Question:
    view = bot_views.view(bot=bot, now=now)
    effects = [("of capital and its result return to free money", writing.spoken(writing.money(view.book_equity, view.currency)))]
    if view.position is not None:
        effects.append(("is its open position", writing.quantity(view.position.units, view.position.asset)))
    return Question(
        title=f"Stop {bot.name} for good?",
        sentence="A stopped bot cannot be started again; its history stays. To let it rest, pause it instead.",
        effects=tuple(effects),
        url=reverse("dashboard:bot-stop", args=[bot.id]),
        confirm="Stop bot",
        back=reverse("dashboard:bot", args=[bot.id]),
        danger=True,
        positions=view.position is not None,
    )


def close_bot(*, bot: Bot, user: User, credential: str, now: datetime) -> Question:
    """Before a bot's position is sold. Under a full halt it takes a code, and who has no second factor is told where to get one."""
    view = bot_views.view(bot=bot, now=now)
    stays = "The bot stays as it is" + (" and may enter again at its next signal." if bot.status == "RUNNING" else ".")
    after = f"{stays} {filling.ahead(venue=bot.market.venue, timeframe=bot.timeframe)}"
    effects = []
    if view.position is not None:
        held = view.position
        effects = [
            ("is sold at the market, at a price that may differ from the last one", writing.quantity(held.units, held.asset)),
            ("is its value at the last price", writing.spoken(writing.money(held.value, view.currency))),
            ("is what it has gained or lost so far", writing.spoken(writing.money(held.unrealised_profit, view.currency, signed=True))),
        ]
    return _closing(
        closing.Wanted(bot=bot.id), title=f"Close the position of {bot.name}?", sentence=after, effects=tuple(effects),
        url=reverse("dashboard:bot-close", args=[bot.id]), back=reverse("dashboard:bot", args=[bot.id]), user=user,
        credential=credential, now=now,
    )  # fmt: skip


def close_coins(*, place: closing.Wanted, coins: Sequence[Coins], user: User, credential: str, now: datetime) -> Question:
    """Before the coins of a market that no bot holds are sold."""
    mine = [one for one in coins if (one.venue, one.symbol, one.mode) == (place.venue, place.symbol, place.mode)]
    effects = [("are sold at the market, at a price that may differ from the last one", one.quantity) for one in mine]
    effects += [("is their value at the last price", one.value) for one in mine]
    when = f" {filling.ahead(venue=place.venue, timeframe='')}" if mine else ""
    return _closing(
        place, title=f"Sell what you hold of {place.symbol} at {place.venue}?",
        sentence=f"The money becomes free. No bot is touched.{when}",
        effects=tuple(effects), url=reverse("dashboard:coins-close"), back=reverse("dashboard:money"), user=user, credential=credential,
        now=now, fields=(("venue", place.venue), ("symbol", place.symbol), ("mode", place.mode)),
    )  # fmt: skip


def _closing(
    wanted: closing.Wanted, *, title: str, sentence: str, effects: tuple[tuple[str, str], ...], url: str, back: str, user: User,
    credential: str, now: datetime, fields: tuple[tuple[str, str], ...] = (),
) -> Question:  # fmt: skip
    code = closing.asks_for_code(user=user, wanted=wanted)
    if code and not factors.status(user=user, credential=credential, now=now).enrolled:
        return _enroll(back=back, why="While everything is stopped a position is closed with a code from an authenticator app")
    if code:
        sentence = f"A stop is in force, so this needs a code; nothing else starts. {sentence}"
    return Question(
        title=title, sentence=sentence, effects=effects, url=url, confirm="Sell at the market", back=back, danger=True, code=code,
        place=fields,
    )  # fmt: skip


def _enroll(*, back: str, why: str) -> Question:
    return Question(
        title="A second factor is needed",
        sentence=f"{why}, and you have not set one up. It takes a minute.",
        effects=(),
        url=reverse("dashboard:settings"),
        confirm="Set it up",
        back=back,
        link=True,
    )


def reset(*, bot: Bot | None) -> Question:
    return Question(
        title=f"Reset the breaker of {bot.name}?" if bot else "Reset your circuit breaker?",
        sentence="The losses that tripped it stay on record; streaks and levels count from now. The bot waits for a resume.",
        effects=(),
        url=reverse("dashboard:bot-reset", args=[bot.id]) if bot else reverse("dashboard:breaker-reset"),
        confirm="Reset",
        back=reverse("dashboard:bot", args=[bot.id]) if bot else reverse("dashboard:overview"),
        reason=True,
    )


def cancel(*, order: Order) -> Question:
    view = orders.view(order)
    left = view.quantity - view.filled
    asset = view.symbol.partition("/")[0]
    return Question(
        title="Cancel this order?",
        sentence=f"{writing.words(view.side)} {writing.quantity(view.quantity, asset)} at {view.venue}. What is filled stays filled.",
        effects=(("will not be traded", writing.quantity(left, asset)), ("is filled already", writing.quantity(view.filled, asset))),
        url=reverse("dashboard:order-cancel", args=[order.id]),
        confirm="Cancel order",
        back=reverse("dashboard:orders"),
    )


def cancel_all(*, user: User) -> Question:
    working = orders.pending(owner=user.id).count()
    return Question(
        title="Cancel all open orders?",
        sentence="Bots keep running and may place new orders at the next candle.",
        effects=((_of(working, "open order is cancelled", "open orders are cancelled"), str(working)),),
        url=reverse("dashboard:orders-cancel-all"),
        confirm="Cancel all",
        back=reverse("dashboard:orders"),
    )


def _of(count: int, one: str, many: str) -> str:
    return one if count == 1 else many
