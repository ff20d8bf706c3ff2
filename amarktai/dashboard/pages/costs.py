"""What a round trip costs at a market, and so what an entry must be expected to earn. The gate's own numbers, nothing new."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings

from amarktai.dashboard import writing
from bots.models import Bot
from bots.models.bot import OrderType
from ledger.models import Market
from trading import venues
from trading.gates import fee_coverage


def needed(*, bot: Bot, now: datetime) -> Decimal:
    """Basis points that an entry of this bot must be expected to earn."""
    return of_market(bot.market, order_type=bot.order_type, now=now)


def of_market(market: Market, *, order_type: str, now: datetime) -> Decimal:
    """The same for a bot on any market that enters by this type of order."""
    return _cost(market, now, waits=_waits(order_type))[0]


def sentence(*, venue: str, symbol: str, order_type: str, now: datetime) -> str:
    """The sum that an entry of a bot has to pay for, part by part; empty for a market that nobody has traded yet."""
    told = round_trip(venue=venue, symbol=symbol, now=now, waits=_waits(order_type))
    return f"{told} The fee gate refuses every signal that expects less." if told else ""


def round_trip(*, venue: str, symbol: str, now: datetime, waits: bool = False) -> str:
    """The same without the gate's answer, which orders by hand do not wait for. `waits`: the entry rests and pays the maker's fee."""
    market = Market.objects.select_related("base", "quote").filter(venue=venue, symbol=symbol).first()
    if market is None:
        return ""
    need, parts = _cost(market, now, waits=waits)
    policy = settings.POLICY
    margins = policy.slippage_buffer_bps + policy.safety_margin_bps + policy.min_edge_bps
    return (
        f"A round trip in {symbol} at {venue} costs {parts['fees_bps']} bps of fees and {parts['spread_bps']} bps of spread and "
        f"slippage; with {margins.normalize():f} bps of margins an entry needs an expected edge of at least {text(need)}."
    )


def _waits(order_type: str) -> bool:
    """A bot's limit stands at the price it was decided at, so gate B takes it, like post only, as one that waits."""
    return order_type in (OrderType.LIMIT, OrderType.POST_ONLY)


def text(bps: Decimal) -> str:
    return f"{writing.number(bps)} bps"


def _cost(market: Market, now: datetime, *, waits: bool = False) -> tuple[Decimal, dict[str, str]]:
    return fee_coverage.cost(venues.venue(market.venue).rules(market=market, at=now), settings.POLICY, waits=waits)
