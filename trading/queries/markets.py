"""The universe: what can be traded where, by which rules, at what price of what age, and why something cannot. Never writes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.domain.refusals import Refusal
from ledger.models import Market
from trading import venues
from trading.venues.port import Venue

STALE_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class MarketView:
    """A market with its rules. `excluded` names why bots cannot trade it now; `simulated`: the prices are made up here."""

    id: UUID
    venue: str
    symbol: str
    base: str
    quote: str
    price_tick: Decimal
    amount_step: Decimal
    amount_min: Decimal
    cost_min: Decimal
    taker_fee: Decimal
    maker_fee: Decimal
    active: bool
    rules_as_of: datetime
    price: Decimal | None
    price_as_of: datetime | None
    price_age_s: float | None
    simulated: bool
    live_data: bool
    timeframes: tuple[str, ...]
    tradable: bool
    excluded: tuple[str, ...]


def universe(*, venue: str, supported: Collection[str], now: datetime) -> list[MarketView]:
    """Markets of one venue (empty: of all), by venue and symbol."""
    rows = Market.objects.select_related("mark").order_by("venue", "symbol")
    if venue:
        known(venue)
        rows = rows.filter(venue=venue)
    return [_view(market=market, supported=supported, now=now) for market in rows]


def known(venue: str) -> Venue:
    """The adapter behind a venue's name. Refusal UNKNOWN_VENUE."""
    if venue not in venues.names():
        raise Refusal(
            "UNKNOWN_VENUE", f"There is no venue {venue[:20]!r}.", given=venue[:20], known=list(venues.names())
        )
    return venues.venue(venue)


def _view(*, market: Market, supported: Collection[str], now: datetime) -> MarketView:
    adapter = venues.venue(market.venue) if market.venue in venues.names() else None
    mark = getattr(market, "mark", None)
    age = (now - mark.as_of).total_seconds() if mark else None
    reasons = _reasons(market=market, adapter=adapter, supported=supported, age=age)
    return MarketView(
        id=market.id,
        venue=market.venue,
        symbol=market.symbol,
        base=market.base_id,
        quote=market.quote_id,
        price_tick=market.price_tick,
        amount_step=market.amount_step,
        amount_min=market.amount_min,
        cost_min=market.cost_min,
        taker_fee=market.taker_fee,
        maker_fee=market.maker_fee,
        active=market.active,
        rules_as_of=market.rules_as_of,
        price=mark.price if mark else None,
        price_as_of=mark.as_of if mark else None,
        price_age_s=round(age, 1) if age is not None else None,
        simulated=adapter.generated if adapter else False,
        live_data=adapter.live_data if adapter else False,
        timeframes=adapter.timeframes if adapter else (),
        tradable=not reasons,
        excluded=tuple(reasons),
    )


def _reasons(*, market: Market, adapter: Venue | None, supported: Collection[str], age: float | None) -> list[str]:
    """Every reason, not only the first."""
    found = []
    if not market.active:
        found.append("INACTIVE")
    if adapter is None or market.venue not in supported:
        found.append("UNSUPPORTED_EXCHANGE")
    elif age is None:
        found.append("NO_PRICE")
    elif adapter.live_data and age > STALE_AFTER.total_seconds():
        found.append("STALE_PRICE")
    return found
