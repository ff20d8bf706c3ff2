"""The trades of a person: filtered as the address says, with what the filtered set comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from accounts.web.sheets import Cell
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked, cursors, entries, gates, histograms, ranges
from amarktai.dashboard.shapes.parts import Bar, Chart, Figure, Pill
from amarktai.dashboard.shapes.trades import Holding, Sum, TradeLine, Trades, Waits
from bots.queries import bots as bot_queries
from trading.models.record import Trade
from trading.queries import trade_sums, trades, waiting, walks
from trading.queries.trade_sums import HeldFor, Total, Wish

PAGE = 50
USUAL = "30d"
HEAD = (
    "closed_at", "opened_at", "held_seconds", "bot", "venue", "market", "mode", "side", "reason", "amount", "entry_price", "exit_price",
    "currency", "gross", "fees", "profit_loss", "bootstrap", "trade_id", "order_id",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What the address asks for, and the trades that answer it."""

    wish: Wish
    span: ranges.Asked
    bot: str
    market: str
    trades: QuerySet[Trade]

    @property
    def address(self) -> tuple[Mapping[str, str], ...]:
        return {"bot": self.bot, "market": self.market}, self.span.address


def build(*, user: User, query: Mapping[str, str], now: datetime) -> Trades:
    found = _found(user=user, query=query, now=now)
    rows = found.trades.filter(cursors.older(query["before"], column="closed_at")) if query.get("before") else found.trades
    page = list(rows[: PAGE + 1])
    holdings = trade_sums.holding_times(found.trades)
    last = page[PAGE - 1] if len(page) > PAGE else None
    sums = trade_sums.totals(found.trades)
    any_trade = bool(sums) or trades.of(owner=user.id).exists()
    return Trades(
        any=any_trade,
        bots=asked.choices([(str(bot.id), bot.name) for bot in bot_queries.of(owner=user.id)], found.bot),
        markets=asked.choices([_market(venue, symbol) for venue, symbol in trade_sums.markets(owner=user.id)], found.market),
        span=ranges.span(found.span),
        sums=tuple(_sum(total) for total in sums),
        spread=histograms.of_returns(trade_sums.returns(found.trades)),
        holdings=_holdings(holdings),
        holding_chart=_holding_chart(holdings),
        lines=lines(page[:PAGE], user=user, now=now),
        csv_url=reverse("dashboard:trades-csv") + asked.address(*found.address),
        next_url=asked.address(*found.address, {"before": cursors.write(last.closed_at, last.id)}) if last else "",
        waits=waits(user=user, bot_id=found.wish.bot_id, now=now, any_trade=any_trade),
    )


def table(*, user: User, query: Mapping[str, str], now: datetime) -> Iterator[Sequence[Cell]]:
    """The filtered trades for a file, the last closed first."""
    found = _found(user=user, query=query, now=now)
    return (_cells(trade) for trade in walks.newest_first(found.trades, column="closed_at"))


def lines(found: Sequence[Trade], *, user: User, now: datetime) -> tuple[TradeLine, ...]:
    """Trades with their order and market at hand."""
    urls = entries.urls([trade.order.client_order_id for trade in found], user=user)
    return tuple(_line(trade, urls=urls, user=user, now=now) for trade in found)


def waits(*, user: User, bot_id: UUID | None, now: datetime, any_trade: bool) -> Waits:
    """When the next candle closes and which gate said no, for a list that is empty."""
    if any_trade:
        return Waits(sentence="No trade matches these filters.")
    found = waiting.of(owner=user.id, now=now, bot_id=bot_id)
    if not found.bots:
        told = "A trade is a closed round trip, of a bot or by hand. None is closed yet, and you have no bot yet."
        return Waits(sentence=told, url=reverse("dashboard:bot-new"), button="New bot")
    if bot_id is not None and not found.running:
        return Waits(sentence="No trade is closed yet, and this bot is not running.")
    if not found.running or found.next_close_s is None:
        return Waits(sentence="No trade is closed yet, and no bot is running.", url=reverse("dashboard:bots"), button="Start one")
    close = f"the next candle closes in {writing.kept(writing.lasting(timedelta(seconds=found.next_close_s)))}"
    if found.refusing is None:
        return Waits(sentence=f"No trade is closed yet: {close}. No gate has refused anything in the last 24 hours.")
    name, said = gates.name(found.refusing.gate), found.refusing.sentence
    times = "once" if found.refusing.count == 1 else f"{found.refusing.count} times"
    return Waits(
        sentence=f"No trade is closed yet: {close}. {name} said no {times} in the last 24 hours: {said}",
        url=reverse("dashboard:orders") + "?state=REFUSED", button="See the refusals",
    )  # fmt: skip


def _found(*, user: User, query: Mapping[str, str], now: datetime) -> _Found:
    bot = asked.bot(query, bot_queries.of(owner=user.id))
    venue, symbol = asked.market(query)
    span = ranges.asked(query, zone=user.time_zone, now=now, usual=USUAL)
    wish = Wish(bot_id=bot.id if bot else None, venue=venue, symbol=symbol, since=span.since, until=span.until)
    market = f"{symbol}@{venue}" if venue else symbol
    return _Found(wish=wish, span=span, bot=str(bot.id) if bot else "", market=market, trades=trade_sums.of(owner=user.id, wish=wish))


def _market(venue: str, symbol: str) -> tuple[str, str]:
    return f"{symbol}@{venue}", f"{symbol} {venue}"


def _line(trade: Trade, *, urls: Mapping[str, tuple[str, str]], user: User, now: datetime) -> TradeLine:
    view = trades.view(trade)
    entry_url, entry_no = urls.get(trade.order.client_order_id, ("", ""))
    return TradeLine(
        closed=writing.clock(view.timestamp, zone=user.time_zone, now=now),
        opened=writing.clock(view.opened_at, zone=user.time_zone, now=now),
        bot=view.bot_name or "by hand",
        bot_url=reverse("dashboard:bot", args=[view.bot_id]) if view.bot_id else "",
        market=f"{view.symbol} {view.venue}",
        reason=gates.reason(view.reason),
        held=writing.length(view.timestamp - view.opened_at),
        amount=writing.quantity(view.amount, view.symbol.partition("/")[0]),
        entry=writing.price(view.entry_price),
        exit=writing.price(view.exit_price),
        fees=writing.spoken(writing.money(view.fees, view.currency)),
        profit=writing.money(view.profit_loss, view.currency, signed=True),
        share=writing.share(view.profit_loss, view.entry_price * view.amount),
        outcome=_outcome(view.profit_loss),
        bootstrap=view.bootstrap,
        order_url=reverse("dashboard:order", args=[view.order_id]),
        entry_url=entry_url,
        entry_no=entry_no,
    )


def _outcome(profit: Decimal) -> Pill:
    if profit > 0:
        return Pill(text="Won", tone="good")
    return Pill(text="Lost", tone="bad") if profit < 0 else Pill(text="Even")


def _sum(total: Total) -> Sum:
    def signed(value: Decimal) -> Figure:
        return writing.total(value, total.currency, signed=True)

    return Sum(
        currency=total.currency,
        net=signed(total.net),
        gross=signed(total.gross),
        fees=writing.total(total.fees, total.currency),
        average=signed(total.average),
        best=signed(total.best),
        worst=signed(total.worst),
        trades=f"{total.trades:,}",
        won=f"{total.wins:,} won, {total.losses:,} lost",
        win_rate=writing.spoken(writing.percent(total.win_rate, places=1)),
        factor=f"{total.profit_factor:.2f}" if total.profit_factor is not None else "nothing was lost",
        held=writing.length(total.held),
    )


def _holdings(found: Sequence[HeldFor]) -> tuple[Holding, ...]:
    most = max((band.trades for band in found), default=0)
    return tuple(
        Holding(
            label=_band(band), trades=f"{band.trades:,}", won=f"{band.wins:,} won" if band.trades else "",
            bar=Bar(label=f"{_band(band)}: {band.trades} trades, {band.wins} won", tone="", width=histograms.length(band.trades, most)),
        )
        for band in found
    )  # fmt: skip


def _holding_chart(found: Sequence[HeldFor]) -> Chart:
    return Chart(
        source="", label="Trades by how long they were held", columns=("Held", "Trades", "Won", "Won of them"),
        rows=tuple((_band(band), f"{band.trades:,}", f"{band.wins:,}", _won_of(band)) for band in found),
    )  # fmt: skip


def _won_of(band: HeldFor) -> str:
    return writing.spoken(writing.share(Decimal(band.wins), Decimal(band.trades), signed=False)) or writing.NONE


def _band(band: HeldFor) -> str:
    if band.high_s is None:
        return f"{writing.span(band.low_s)} and more"
    return f"{writing.span(band.low_s)} to {writing.span(band.high_s)}" if band.low_s else f"under {writing.span(band.high_s)}"


def _cells(trade: Trade) -> Sequence[Cell]:
    view = trades.view(trade)
    return (
        view.timestamp, view.opened_at, int((view.timestamp - view.opened_at).total_seconds()), view.bot_name, view.venue, view.symbol,
        trade.mode, view.side, view.reason, view.amount, view.entry_price, view.exit_price, view.currency, view.gross, view.fees,
        view.profit_loss, "yes" if view.bootstrap else "no", str(view.id), str(view.order_id),
    )  # fmt: skip
