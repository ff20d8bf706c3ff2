"""From what a person asks for to an order request: where it trades, at which quote, how much of it. It must not claim, lend or
send anything; whoever asks for what cannot be an order gets the refusal that says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5

from accounts.domain.refusals import Missing, Refusal
from accounts.queries import loading, sql
from accounts.queries.sql import Asked, Asking
from bots.models import Profile
from ledger.models import Market
from trading.domain import hygiene, manner
from trading.domain.costs import Top
from trading.domain.policy import Policy
from trading.domain.requests import NAMESPACE, OrderRequest, Rules
from trading.domain.sizing import bound_price, entry_quantity
from trading.venues import names, venue


@dataclass(frozen=True, kw_only=True)
class ManualOrder:
    """What a person asks for: exactly one of quantity (base) and quote_amount (quote); price for what is no MARKET order;
    expires_at for a GTD one. What may go together: see `trading.domain.manner`."""

    venue: str
    symbol: str
    side: str
    type: str = "MARKET"
    mode: str = "PAPER"
    quantity: Decimal | None = None
    quote_amount: Decimal | None = None
    price: Decimal | None = None
    time_in_force: str | None = None
    bot_id: UUID | None = None
    expected_edge_bps: Decimal | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An order as one person asked for it; `key` and `digest` (of the body) make it the same wish when it comes again."""

    owner: UUID
    body: ManualOrder
    key: str
    digest: str
    now: datetime
    policy: Policy


@dataclass(frozen=True, slots=True)
class Place:
    """What is there for a wish: the order that it has become already, its market, wallet, manual book, bot, that bot's book
    and breaker profile."""

    order: UUID | None
    market: UUID | None
    wallet: UUID | None
    manual: UUID | None
    bot: UUID | None
    book: UUID | None
    profile: str | None


_PLACES = """
SELECT o.id, m.id, w.id, manual.id, b.id, b.book_id, b.profile
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::uuid[])
    WITH ORDINALITY AS k(owner, key, venue, symbol, mode, bot, n)
LEFT JOIN trading_order o ON o.owner_id = k.owner AND o.request_key = k.key
LEFT JOIN ledger_market m ON m.venue = k.venue AND m.symbol = k.symbol
LEFT JOIN ledger_wallet w ON w.owner_id = k.owner AND w.venue = k.venue AND w.mode = k.mode
LEFT JOIN ledger_book manual ON manual.wallet_id = w.id AND manual.kind = 'MANUAL'
LEFT JOIN bots_bot b ON b.id = k.bot AND b.owner_id = k.owner AND b.market_id = m.id
ORDER BY k.n
"""
_MARKETS = f"""
SELECT {loading.columns(Market, of="m")}
FROM ledger_market m JOIN unnest(%s::text[], %s::text[]) AS k(venue, symbol) ON m.venue = k.venue AND m.symbol = k.symbol
"""
Markets = Mapping[UUID, Market]


def look_up(wishes: Sequence[Wish]) -> tuple[list[Place], Markets]:
    """What is there for each wish, and the markets that they name, in one round trip."""
    bodies = [wish.body for wish in wishes]
    named = list({(body.venue, body.symbol) for body in bodies})
    with sql.at_once() as line:
        places = line.ask(_places(wishes, bodies))
        markets = line.ask(_markets(named))
    return places.value, markets.value


def _places(wishes: Sequence[Wish], bodies: Sequence[ManualOrder]) -> Asking[list[Place]]:
    asked = Asked(
        _PLACES,
        (
            [wish.owner for wish in wishes], [wish.key for wish in wishes], [body.venue for body in bodies],
            [body.symbol for body in bodies], [body.mode for body in bodies], [body.bot_id for body in bodies],
        ),
    )  # fmt: skip
    [rows] = yield [asked]
    return [Place(*row) for row in rows]


def _markets(named: Sequence[tuple[str, str]]) -> Asking[Markets]:
    [rows] = yield [Asked(_MARKETS, ([venue for venue, _ in named], [symbol for _, symbol in named]))]
    return {market.id: market for market in loading.loaded(Market, rows)}


def requests(wishes: Sequence[Wish], places: Sequence[Place], markets: Markets) -> list[OrderRequest | Refusal]:
    """The request of each wish, or why there can be none. A quote per market, whatever the number of wishes."""
    tops: dict[tuple[UUID, datetime], Top] = {}
    answers: list[OrderRequest | Refusal] = []
    for wish, place in zip(wishes, places, strict=True):
        try:
            answers.append(_request(wish, place, markets, tops))
        except Refusal as refusal:
            answers.append(refusal)
    return answers


def _request(wish: Wish, place: Place, markets: Markets, tops: dict[tuple[UUID, datetime], Top]) -> OrderRequest:
    owner, body, policy = wish.owner, wish.body, wish.policy
    manner.check(type=body.type, time_in_force=body.time_in_force, price=body.price, expires_at=body.expires_at, now=wish.now)
    market_id, wallet, book = _whole(body, place)
    market, place_venue = markets[market_id], venue(body.venue)
    rules = place_venue.rules(market=market, at=wish.now)
    if body.price is not None and body.price % rules.price_tick:
        raise Refusal("OFF_TICK", f"Prices at {body.venue} move in steps of {rules.price_tick.normalize():f}.", tick=rules.price_tick)
    if (market_id, wish.now) not in tops:
        tops[market_id, wish.now] = place_venue.quote(market=market, now=wish.now)
    top = tops[market_id, wish.now]
    price = top.ask if body.side == "BUY" else top.bid
    bound = body.price
    if bound is None and body.side == "BUY":
        bound = bound_price(price=price, side="BUY", bound_bps=policy.max_slippage_bps, rules=rules)
    return OrderRequest(
        intent=uuid5(NAMESPACE, f"{owner}|{wish.key}"), owner=owner, wallet=wallet, book=book,
        bot=body.bot_id, rules=rules, timeframe=place_venue.finest, run="", mode=body.mode, candle=None,
        leg="ENTRY" if body.side == "BUY" else "EXIT", reason="PERSON", side=body.side,
        type="LIMIT" if body.type == "MARKET" and bound is not None else body.type, time_in_force=_force(body, bound),
        expires_at=body.expires_at, quantity=_quantity(body, rules, bound or price),
        price=bound, decision_price=price, reducing=body.side == "SELL", expected_edge_bps=body.expected_edge_bps,
        edge_source="STATED" if body.expected_edge_bps is not None else "", request_key=wish.key, request_hash=wish.digest,
        profile=place.profile or Profile.STANDARD,
        data_verdict=hygiene.judge_top(top=top, now=wish.now, max_age_seconds=policy.max_quote_age_seconds),
    )  # fmt: skip


def _whole(body: ManualOrder, place: Place) -> tuple[UUID, UUID, UUID]:
    """Market, wallet and book of an order."""
    if body.mode != "PAPER":
        raise Refusal("LIVE_NOT_ALLOWED", "Live trading is off on this server (ENABLE_LIVE_TRADING).")
    if body.venue not in names():
        raise Refusal("UNKNOWN_VENUE", f"There is no venue {body.venue[:20]!r}.", known=list(names()))
    if place.market is None:
        raise Refusal("UNKNOWN_SYMBOL", f"{body.venue} has no market {body.symbol[:41]!r}.")
    if place.wallet is None:
        raise Refusal("NO_WALLET", f"You have no {body.mode} wallet at {body.venue}. Open one and deposit first.")
    if body.bot_id is not None and place.bot is None:
        raise Missing("BOT_NOT_FOUND", "You have no such bot on this market.")
    own = place.manual if body.bot_id is None else place.book
    assert own is not None
    return place.market, place.wallet, own


def _force(body: ManualOrder, bound: Decimal | None) -> str:
    """A market buy goes out as an immediate limit at the slippage bound, so that its cost is known beforehand; a market sell
    waits until all of it is sold, a limit until it is cancelled, unless something else was asked."""
    return body.time_in_force or ("IOC" if body.type == "MARKET" and bound is not None else "GTC")


def _quantity(body: ManualOrder, rules: Rules, price: Decimal) -> Decimal:
    if body.quantity is not None:
        return body.quantity
    assert body.quote_amount is not None
    return entry_quantity(notional=body.quote_amount, bound=price, rules=rules)
