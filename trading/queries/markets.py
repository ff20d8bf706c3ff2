"""The universe: what can be traded where, by which rules, at what price of what age, and why something cannot. The same for
everybody, in a constant number of statements. Never writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.domain.refusals import Refusal
from ledger.models import Market
from trading import venues
from trading.domain import universe as fitness
from trading.domain.costs import Top
from trading.domain.universe import Facts, Reason
from trading.market import history, quotes
from trading.market.history import Span
from trading.models import Stream
from trading.venues.port import Venue

_ITS_OWN = (
    "id", "venue", "symbol", "price_tick", "amount_step", "amount_min", "cost_min", "taker_fee", "maker_fee", "active", "rules_as_of",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MarketView:
    """A market with its rules. `excluded` names why bots should not trade it now, `reasons` says the same in sentences;
    `simulated`: the prices are made up here. `price` is the newest of mark and last close, `volume_24h` what traded in the 24 hours
    up to `volume_as_of`, in the quote asset; `found_wrong` counts what was wrong with the data of its live streams, by code."""

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
    rules_age_s: float
    price: Decimal | None
    price_as_of: datetime | None
    price_age_s: float | None
    bid: Decimal | None
    ask: Decimal | None
    spread_bps: Decimal | None
    quote_age_s: float | None
    volume_24h: Decimal | None
    volume_as_of: datetime | None
    history_days: float
    history: tuple[Span, ...]
    found_wrong: dict[str, int]
    simulated: bool
    live_data: bool
    timeframes: tuple[str, ...]
    tradable: bool
    excluded: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the tables say of a market besides its own row."""

    top: Top | None
    spans: tuple[Span, ...]
    volume: tuple[Decimal, datetime] | None
    found_wrong: dict[str, int]


def universe(*, venue: str, supported: Collection[str], now: datetime, quote: str = "") -> list[MarketView]:
    """Markets of one venue (empty: of all) and one quote asset (empty: of all), by venue and symbol."""
    rows = Market.objects.select_related("mark").order_by("venue", "symbol")
    if venue:
        known(venue)
        rows = rows.filter(venue=venue)
    if quote:
        rows = rows.filter(quote_id=quote)
    found = list(rows)
    facts = _known([market.id for market in found])
    return [_view(market=market, known=facts[market.id], supported=supported, now=now) for market in found]


def symbols(*, venue: str) -> list[str]:
    """What there is at a venue, without the facts."""
    return list(Market.objects.filter(venue=venue).order_by("symbol").values_list("symbol", flat=True))


def known(venue: str) -> Venue:
    """The adapter behind a venue's name. Refusal UNKNOWN_VENUE."""
    if venue not in venues.names():
        raise Refusal(
            "UNKNOWN_VENUE", f"There is no venue {venue[:20]!r}.", given=venue[:20], known=list(venues.names())
        )
    return venues.venue(venue)


def _known(markets: Sequence[UUID]) -> dict[UUID, _Known]:
    tops, spans, wrong = quotes.newest(markets=list(markets)), history.spans(markets=markets), _found_wrong(markets)
    newest = {market: history.newest(found) for market, found in spans.items()}
    volumes = history.last_days(wanted=newest)
    return {
        market: _Known(
            top=tops.get(market),
            spans=tuple(spans.get(market, ())),
            volume=(volumes[market], newest[market].closed) if market in newest else None,
            found_wrong=dict(wrong.get(market, {})),
        )
        for market in markets
    }


def _found_wrong(markets: Sequence[UUID]) -> dict[UUID, Counter[str]]:
    """The counts of all live streams of each market."""
    found: dict[UUID, Counter[str]] = {}
    live = Stream.objects.filter(market__in=markets, run="", state__has_key="found_wrong")
    for market, counts in live.values_list("market_id", "state__found_wrong"):
        found.setdefault(market, Counter()).update(counts)
    return found


def _view(*, market: Market, known: _Known, supported: Collection[str], now: datetime) -> MarketView:
    adapter = venues.venue(market.venue) if market.venue in venues.names() else None
    price = _price(market, known.spans)
    facts = _facts(market=market, known=known, adapter=adapter, supported=supported, priced=price[1] if price else None, now=now)
    reasons = fitness.reasons(facts)
    return MarketView(
        **{name: getattr(market, name) for name in _ITS_OWN},
        base=market.base_id,
        quote=market.quote_id,
        rules_age_s=_age(now, market.rules_as_of),
        price=price[0] if price else None,
        price_as_of=price[1] if price else None,
        price_age_s=_age(now, price[1]) if price else None,
        bid=known.top.bid if known.top else None,
        ask=known.top.ask if known.top else None,
        spread_bps=facts.spread_bps,
        quote_age_s=_age(now, known.top.at) if known.top else None,
        volume_24h=facts.volume,
        volume_as_of=known.volume[1] if known.volume else None,
        history_days=round(facts.history / timedelta(days=1), 2),
        history=known.spans,
        found_wrong=known.found_wrong,
        simulated=facts.generated,
        live_data=facts.live,
        timeframes=adapter.timeframes if adapter else (),
        tradable=not reasons,
        excluded=tuple(reason.code for reason in reasons),
        reasons=reasons,
    )


def _facts(
    *, market: Market, known: _Known, adapter: Venue | None, supported: Collection[str], priced: datetime | None, now: datetime
) -> Facts:
    return Facts(
        quote=market.quote_id,
        active=market.active,
        supported=adapter is not None and market.venue in supported,
        live=adapter is not None and adapter.live_data,
        generated=adapter is not None and adapter.generated,
        price_age=now - priced if priced else None,
        rules_age=now - market.rules_as_of,
        volume=known.volume[0] if known.volume else None,
        spread_bps=round(known.top.spread_bps, 2) if known.top else None,
        history=max((span.length for span in known.spans), default=timedelta(0)),
    )


def _price(market: Market, spans: Sequence[Span]) -> tuple[Decimal, datetime] | None:
    """The newest of the mark and the last closes."""
    mark = getattr(market, "mark", None)
    found = [(span.closed, span.close) for span in spans] + ([(mark.as_of, mark.price)] if mark else [])
    at, price = max(found, default=(None, None))
    return None if at is None or price is None else (price, at)


def _age(now: datetime, then: datetime) -> float:
    return round((now - then).total_seconds(), 1)
