"""Assets, markets and marks: reference rows that floors above hand down. It must not fetch prices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.domain.refusals import Malformed
from ledger.domain.numbers import ZERO, text24
from ledger.models import Asset, Market
from ledger.operations import bulk


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an order must meet at a market. Steps are the smallest units; minima of zero do not bind."""

    base: str
    quote: str
    price_tick: Decimal
    amount_step: Decimal
    quote_step: Decimal
    taker_fee: Decimal
    maker_fee: Decimal
    amount_min: Decimal = ZERO
    cost_min: Decimal = ZERO
    active: bool = True


@dataclass(frozen=True, slots=True)
class NewMark:
    """A price of a market, as of a moment, from a source."""

    market: UUID
    price: Decimal
    as_of: datetime
    source: str


def ensure_asset(code: str) -> Asset:
    """The asset with this code, made if it is new."""
    ensure_assets([code])
    return Asset(code=code)


def ensure_assets(codes: Iterable[str]) -> None:
    """Make those assets that are new. Refuses a code that is none."""
    wanted = sorted(set(codes))
    for code in wanted:
        if not 1 <= len(code) <= 20 or not code.isprintable() or " " in code:
            raise Malformed("ASSET_UNUSABLE", "An asset code has 1 to 20 printable characters.", asset=code[:40])
    bulk.run("INSERT INTO ledger_asset (code) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING", wanted)


def ensure_market(*, venue: str, symbol: str, rules: Rules, now: datetime) -> Market:
    """The market with these rules, made or brought up to date. Its base and quote never change."""
    if min(rules.price_tick, rules.amount_step, rules.quote_step) <= 0:
        raise Malformed("RULES_UNUSABLE", "The steps of a market are greater than zero.", symbol=symbol)
    with transaction.atomic():
        ensure_assets([rules.base, rules.quote])
        fields = {
            "price_tick": rules.price_tick,
            "amount_step": rules.amount_step,
            "amount_min": rules.amount_min,
            "cost_min": rules.cost_min,
            "taker_fee": rules.taker_fee,
            "maker_fee": rules.maker_fee,
            "quote_step": rules.quote_step,
            "active": rules.active,
            "rules_as_of": now,
        }
        market, made = Market.objects.get_or_create(
            venue=venue, symbol=symbol, defaults={**fields, "base_id": rules.base, "quote_id": rules.quote}
        )
        if (market.base_id, market.quote_id) != (rules.base, rules.quote):
            raise Malformed("MARKET_CHANGED_ASSETS", "A market never changes its assets.", symbol=symbol)
        if not made:
            Market.objects.filter(id=market.id).update(**fields)
            market.refresh_from_db()
    return market


def set_marks(marks: Sequence[NewMark]) -> None:
    """Store the newest prices in one statement; an older price never replaces a newer one."""
    newest: dict[UUID, NewMark] = {}
    for mark in marks:
        if not mark.price.is_finite() or mark.price <= 0:
            raise Malformed("MARK_NOT_POSITIVE", "A mark is greater than zero.", price=str(mark.price))
        if mark.market not in newest or newest[mark.market].as_of <= mark.as_of:
            newest[mark.market] = mark
    ordered = [newest[market] for market in sorted(newest)]
    if not ordered:
        return
    bulk.run(
        "INSERT INTO ledger_mark AS m (market_id, price, as_of, source) "
        "SELECT * FROM unnest(%s::uuid[], %s::numeric[], %s::timestamptz[], %s::text[]) "
        "ON CONFLICT (market_id) DO UPDATE SET price = excluded.price, as_of = excluded.as_of, source = excluded.source "
        "WHERE m.as_of <= excluded.as_of",
        [str(mark.market) for mark in ordered],
        [text24(mark.price) for mark in ordered],
        [mark.as_of.isoformat() for mark in ordered],
        [mark.source for mark in ordered],
    )
