"""The form of an order by hand. Holds what was typed, also when it was wrong; whether it is allowed is for the gates to say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.domain.identity import new_id
from accounts.domain.refusals import Malformed, Refusal
from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked, costs, filling, ranges
from amarktai.dashboard.shapes.bots import Field
from amarktai.dashboard.shapes.orders import OrderForm
from amarktai.dashboard.shapes.parts import Choice
from ledger.domain import spoken
from ledger.domain.numbers import ONE, product, share
from ledger.models import Mode
from ledger.queries import money
from trading import venues
from trading.domain import manner
from trading.operations.placing import ManualOrder
from trading.queries import markets
from trading.queries.markets import MarketView

START = {"venue": "sim", "symbol": "BTC/USDT", "side": "BUY", "type": "MARKET", "counted": "quote", "size": "", "price": "", "force": "GTC"}
START |= {"ends": ""}
SIDES = (("BUY", "Buy"), ("SELL", "Sell"))
TYPES = (("MARKET", "Market: at once"), ("LIMIT", "Limit: my price or better"), ("POST_ONLY", "Post only: waits or nothing"))
FORCES = (
    ("GTC", "Until cancelled"), ("GTD", "Until a time"), ("IOC", "At once, the rest is cancelled"), ("FOK", "All at once or nothing"),
)  # fmt: skip
STALE_S = 60
_MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?")


def read(typed: Mapping[str, str], *, zone: str) -> ManualOrder:
    """Text to a wish; times are of `zone`. Malformed, with the field's name in `field`."""
    kind = _one_of(typed, "type", TYPES)
    force = None if kind == "MARKET" else _one_of(typed, "force", FORCES)
    size = _amount(typed, "size", manner.LARGEST_AMOUNT)
    in_quote = _one_of(typed, "counted", (("quote", ""), ("base", ""))) == "quote"
    return ManualOrder(
        venue=typed.get("venue", "")[:20], symbol=typed.get("symbol", "")[:41], side=_one_of(typed, "side", SIDES), type=kind,
        quantity=None if in_quote else size, quote_amount=size if in_quote else None,
        price=None if kind == "MARKET" else _amount(typed, "price", manner.LARGEST_PRICE), time_in_force=force,
        expires_at=_time(typed.get("ends", ""), zone) if force == "GTD" else None,
    )  # fmt: skip


def build(*, user: User, typed: Mapping[str, str], refusal: Refusal | None, order_url: str = "", now: datetime) -> OrderForm:
    """`order_url`: where a refused order shows what each gate said."""
    given = {**START, **typed}
    known = [name for name in venues.names() if name in settings.POLICY.paper_supported_exchanges]
    venue = asked.venue(typed.get("venue", ""), known=known, refused=refusal is not None)
    universe = markets.universe(venue=venue, supported=known, now=now)
    market = next((one for one in universe if one.symbol == given["symbol"]), universe[0] if universe else None)
    base, quote = (market.base, market.quote) if market else ("coins", "money")
    fitting = manner.TIMES_IN_FORCE.get(given["type"], ())
    waits = given["type"] in ("LIMIT", "POST_ONLY")
    wrong = str(refusal.numbers.get("field", "")) if refusal else ""
    said = writing.sentence(refusal.sentence) if refusal else ""
    free = _free(user=user, venue=venue, market=market, side=given["side"])
    return OrderForm(
        venues=_choices([(name, name) for name in known], venue),
        symbols=_choices([(one.symbol, one.symbol) for one in universe], market.symbol if market else ""),
        sides=_choices(SIDES, given["side"]),
        types=_choices(TYPES, given["type"]),
        forces=_choices([(force, label) for force, label in FORCES if force in fitting], given["force"]),
        counted=_choices((("quote", quote), ("base", base)), given["counted"]),
        size=_field("size", "Amount", given, free, said if wrong == "size" else ""),
        manner=filling.at_market(venue=venue, side=given["side"]) if given["type"] == "MARKET" else "",
        price=_field("price", f"Price ({quote})", given, _steps(market), said if wrong == "price" else "")
        if waits else None,
        ends=given["ends"] if waits and given["force"] == "GTD" else None,
        zone=user.time_zone,
        last=f"{writing.price(market.price)} {quote}" if market and market.price is not None else "",
        last_at=writing.moment(market.price_as_of, zone=user.time_zone, now=now, stale_after=STALE_S)
        if market and market.price_as_of else None,
        cost=costs.round_trip(venue=venue, symbol=market.symbol, now=now, waits=given["type"] == "POST_ONLY") if market else "",
        crossing=_crossing(given, market=market, now=now) if market else "",
        error=said,
        order_url=order_url,
        key=new_id().hex,
    )  # fmt: skip


def _crossing(given: Mapping[str, str], *, market: MarketView, now: datetime) -> str:
    """What a limit that is through the last price does: it waits for nothing. Empty for one that waits, and while there is no
    price to compare with."""
    if given["type"] not in ("LIMIT", "POST_ONLY") or market.price is None:
        return ""
    try:
        limit, size = _amount(given, "price", manner.LARGEST_PRICE), _amount(given, "size", manner.LARGEST_AMOUNT)
    except Malformed:
        return ""
    buys = given["side"] == "BUY"
    if limit <= market.price if buys else limit >= market.price:
        return ""
    where = f"The last price is {writing.price(market.price)} {market.quote}, so this limit is not one to wait for"
    if given["type"] == "POST_ONLY":
        return f"{where}: a post-only order that would trade at once is cancelled."
    units = share(size, ONE, limit) if given["counted"] == "quote" else size
    worth = spoken.amount(product(units, market.price), market.quote)
    told = f"{where}: it trades at once, at the market's price, not at its own, and waits only if that has become worse than the limit."
    return f"{told} It {'buys' if buys else 'sells'} at most {spoken.amount(units, market.base)}, worth about {worth} at the last price."


def _field(name: str, label: str, given: Mapping[str, str], hint: str, error: str) -> Field:
    return Field(name=name, label=label, value=given[name], hint=hint, error=error)


def _choices(values: tuple[tuple[str, str], ...] | list[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    return asked.choices(values, chosen if chosen in dict(values) else "")[1:]


def _free(*, user: User, venue: str, market: MarketView | None, side: str) -> str:
    """What there is to spend: money to buy with, coins to sell, whichever of the two the amount is counted in."""
    if market is None:
        return ""
    asset = market.base if side == "SELL" else market.quote
    there = spoken.most(money.by_hand(owner=user.id, venue=venue, mode=Mode.PAPER, asset=asset), asset)
    if side == "SELL":
        return f"To sell: {there}. What a bot holds is sold on the bot's page."
    return f"Free: {there}."


def _steps(market: MarketView | None) -> str:
    return f"In steps of {writing.number(market.price_tick)}." if market else ""


def _time(text: str, zone: str) -> datetime:
    """A minute as a browser writes it: 2026-03-02T14:30."""
    try:
        found = datetime.fromisoformat(text) if _MINUTE.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not ranges.FIRST_YEAR <= found.year <= ranges.LAST_YEAR:
        raise Malformed("BAD_TIME", "Say until when: a day and a time.", field="ends")
    return found.replace(tzinfo=ZoneInfo(zone))


def _one_of(typed: Mapping[str, str], name: str, values: tuple[tuple[str, str], ...]) -> str:
    given = typed.get(name, "")
    if given not in dict(values):
        raise Malformed("BAD_CHOICE", f"There is no such {name.replace('_', ' ')}.", field=name)
    return given


def _amount(typed: Mapping[str, str], name: str, largest: Decimal) -> Decimal:
    label = {"size": "Amount", "price": "Price"}[name]
    found = asked.amount(typed.get(name, ""), label=label, name=name)
    if found > largest:
        raise Malformed("AMOUNT_TOO_LARGE", f"{label}: this is more than any order has.", field=name)
    return found
