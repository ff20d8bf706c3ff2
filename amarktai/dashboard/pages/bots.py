"""The list of bots: filtered, sorted and summed as the address says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse

from accounts.domain.decimals import plain
from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked, bulk, sparks
from amarktai.dashboard.shapes.bots import BotList, BotRow, Totals
from amarktai.dashboard.shapes.parts import Act, Choice, Column, Figure, Pill, Spark
from bots import strategies
from bots.domain.candles import timeframe_seconds
from bots.domain.lifecycle import EMERGENCY_STOP
from bots.models import Status
from ledger.domain.numbers import CONTEXT
from trading.queries import bots as bot_views
from trading.queries.bots import BotView

TONES = {"RUNNING": "good", "PAUSED": "idle", "STOPPED": "idle", "ERROR": "bad", "CIRCUIT_TRIPPED": "bad"}
REASONS = {
    "NEW": "new, not started yet",
    "USER": "paused by you",
    "EMERGENCY_STOP": "by the emergency stop",
    "BREAKER_RESET": "breaker reset, waits for resume",
    "STOPPING": "stopping",
    "UNSUPPORTED_EXCHANGE": "its venue is not supported",
}
BY_STOP = (EMERGENCY_STOP, f"Paused {REASONS[EMERGENCY_STOP]}")  # so that whoever ticks all of them revives none that was paused by hand
ASKS = ("STOP", "RESET")
ICONS = {"START": "play", "RESUME": "play", "PAUSE": "pause", "STOP": "square", "RESET": "shield"}
ZERO = Decimal(0)


def profit(bot: BotView) -> Decimal:
    """Realised after fees, and what the open position would add at its mark."""
    return CONTEXT.add(bot.realised_profit, bot.unrealised_profit or ZERO)


Key = Callable[[BotView], Any]
SORTS: dict[str, tuple[str, bool, Key]] = {
    "name": ("Bot", False, lambda bot: bot.name.casefold()),
    "status": ("Status", False, lambda bot: bot.status),
    "market": ("Market", False, lambda bot: (bot.symbol, bot.venue)),
    "strategy": ("Strategy", False, lambda bot: bot.strategy),
    "capital": ("Capital", True, lambda bot: bot.allocated_capital),
    "profit": ("Profit", True, profit),
    "trades": ("Trades", True, lambda bot: bot.trades),
    "tick": ("Last tick", True, lambda bot: -(bot.last_tick_age_s or 1e12)),
}


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the address asks for."""

    text: str = ""
    status: str = ""
    market: str = ""
    strategy: str = ""
    sort: str = "name"
    page: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wish:
        sort = query.get("sort", "name")
        return cls(
            text=query.get("q", "")[:80].strip(), status=query.get("status", "")[:20], market=query.get("market", "")[:70],
            strategy=query.get("strategy", "")[:40], sort=sort if sort.removeprefix("-") in SORTS else "name",
            page=query.get("page", ""),
        )  # fmt: skip

    def wants(self, bot: BotView) -> bool:
        said = f"{bot.name} {bot.symbol} {bot.venue}".casefold()
        return (
            self.text.casefold() in said
            and self.status in ("", bot.status, bot.pause_reason)
            and self.market in ("", bot.symbol)
            and self.strategy in ("", bot.strategy)
        )

    @property
    def filtered(self) -> bool:
        return bool(self.text or self.status or self.market or self.strategy)

    def kept(self, sort: str) -> dict[str, str]:
        """What the address of another page or order of the same bots says."""
        return {"q": self.text, "status": self.status, "market": self.market, "strategy": self.strategy, "sort": sort}


def build(*, user: User, wish: Wish, now: datetime) -> BotList:
    mine = list(bot_views.of(owner=user.id))
    found = bot_views.views(bots=mine, now=now)
    shown = sorted((bot for bot in found if wish.wants(bot)), key=lambda bot: bot.name.casefold())
    _, _, key = SORTS[wish.sort.removeprefix("-")]
    shown.sort(key=key, reverse=wish.sort.startswith("-"))
    rows, sheet = asked.sheet(shown, {"page": wish.page}, keep=wish.kept(wish.sort))
    lines = sparks.of_books([bot.book_id for bot in rows], now=now)
    return BotList(
        any=bool(found),
        acts=bulk.acts(mine),
        rows=tuple(row(bot=bot, user=user, now=now, spark=lines.get(bot.book_id)) for bot in rows),
        sheet=sheet,
        columns=_columns(wish),
        totals=_totals(shown=shown, count=len(found), wish=wish),
        text=wish.text,
        statuses=_choices([*((status, writing.words(status)) for status in Status.values), BY_STOP], wish.status),
        markets=_choices([(symbol, symbol) for symbol in sorted({bot.symbol for bot in found})], wish.market),
        strategies=_choices([(family, title(family)) for family in sorted({bot.strategy for bot in found})], wish.strategy),
        sort=wish.sort,
    )


def row(*, bot: BotView, user: User, now: datetime, spark: Spark | None = None) -> BotRow:
    gained = profit(bot)
    return BotRow(
        id=str(bot.id),
        name=bot.name,
        url=reverse("dashboard:bot", args=[bot.id]),
        pill=pill(status=bot.status, reason=bot.pause_reason),
        market=bot.symbol,
        venue=bot.venue,
        timeframe=bot.timeframe,
        strategy=title(bot.strategy),
        genome=", ".join(f"{name} {value}" for name, value in bot.parameters.items()),
        capital=writing.money(bot.allocated_capital, bot.currency),
        profit=writing.total(gained, bot.currency, signed=True),
        share=writing.share(gained, bot.allocated_capital),
        win_rate=won(bot.win_rate),
        trades=bot.trades,
        last_tick=writing.moment(
            bot.last_tick, zone=user.time_zone, now=now,
            stale_after=writing.stale_after(timeframe_seconds(bot.timeframe)) if bot.status != "STOPPED" else 0,
        ) if bot.last_tick else None,
        spark=spark,
        acts=(*acts(bot_id=bot.id, moves=bot.moves), Act(label="Clone", url=_clone(bot), icon="copy", link=True)),
    )  # fmt: skip


def pill(*, status: str, reason: str) -> Pill:
    why = REASONS.get(reason, writing.words(reason).lower() if reason else "")
    return Pill(text=writing.words(status), tone="warn" if reason == "EMERGENCY_STOP" else TONES.get(status, "idle"), why=why)


def acts(*, bot_id: UUID, moves: tuple[str, ...]) -> tuple[Act, ...]:
    """The moves that the bot's own table allows now."""
    return tuple(
        Act(
            label=writing.words(move) + ("…" if move in ASKS else ""),
            url=reverse(f"dashboard:bot-{move.lower()}", args=[bot_id]),
            icon=ICONS.get(move, "play"),
            ask=move in ASKS,
            danger=move == "STOP",
        )
        for move in moves
    )


def won(rate: Decimal | None) -> str:
    return writing.spoken(writing.percent(rate, places=1)) if rate is not None else writing.NONE


def title(family: str) -> str:
    known = strategies.families()
    return known[family].title if family in known else family


def _clone(bot: BotView) -> str:
    """The form of a new bot, filled in like this one."""
    exits = {name: getattr(bot.exits, name) for name in ("stop_loss", "take_profit", "trailing")}
    settings: dict[str, Any] = {
        "name": f"{bot.name} copy", "venue": bot.venue, "symbol": bot.symbol, "timeframe": bot.timeframe, "strategy": bot.strategy,
        "capital": plain(bot.allocated_capital), "order_type": bot.order_type, "profile": bot.profile, **bot.parameters,
        **{name: plain(value.scaleb(2)) if value is not None else "" for name, value in exits.items()},
        "max_holding": plain(Decimal(bot.exits.max_holding) / 60) if bot.exits.max_holding else "",
    }  # fmt: skip
    return f"{reverse('dashboard:bot-new')}?{urlencode(settings)}"


def _columns(wish: Wish) -> tuple[Column, ...]:
    made = []
    for name, (label, numeric, _) in SORTS.items():
        if name == "tick":
            made.append(Column(label="Equity, 7 d"))
        up, down = wish.sort == name, wish.sort == f"-{name}"
        made.append(
            Column(
                label=label, url=asked.address(wish.kept(f"-{name}" if up else name)), numeric=numeric,
                direction="ascending" if up else "descending" if down else "",
            )
        )  # fmt: skip
    return tuple(made)


def _totals(*, shown: list[BotView], count: int, wish: Wish) -> Totals:
    """Sums over what is shown, in the one currency they share; mixed currencies are not added up, and nothing shown sums to nothing."""
    currencies = {bot.currency for bot in shown}
    trades, wins = sum(bot.trades for bot in shown), sum(bot.wins for bot in shown)
    unit = next(iter(currencies)) if len(currencies) == 1 else ""
    mixed = Figure(text="several currencies" if currencies else writing.NONE)
    return Totals(
        shown=len(shown),
        all=count,
        filtered=wish.filtered,
        capital=writing.total(reduce(CONTEXT.add, (bot.allocated_capital for bot in shown), ZERO), unit) if unit else mixed,
        profit=writing.total(reduce(CONTEXT.add, (profit(bot) for bot in shown), ZERO), unit, signed=True) if unit else mixed,
        trades=trades,
        win_rate=won(Decimal(wins) / Decimal(trades) if trades else None),
    )


def _choices(values: list[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    everything = Choice(value="", label="All", chosen=not chosen)
    return (everything, *(Choice(value=value, label=label, chosen=value == chosen) for value, label in values))
