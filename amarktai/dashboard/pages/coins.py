"""Coins that no bot holds: bought by hand, handed over by a bot that was stopped, or brought in from elsewhere."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.shapes.money import Coins
from ledger.domain.numbers import CONTEXT, ZERO, product
from ledger.models import Market
from trading.queries.open_positions import OpenPosition, held_by


def of(*, user: User) -> tuple[Coins, ...]:
    """One line per market and mode, the way they are sold."""
    found: dict[tuple[str, str, str], tuple[Market, list[OpenPosition]]] = {}
    for market, held in held_by(owner=user.id).items():
        for each in held:
            if each.bot is None:
                found.setdefault((market.venue, market.symbol, each.mode), (market, []))[1].append(each)
    return tuple(_line(market, mode, held) for (_, _, mode), (market, held) in sorted(found.items(), key=lambda pair: pair[0]))


def _line(market: Market, mode: str, held: list[OpenPosition]) -> Coins:
    units = ZERO
    for each in held:
        units = CONTEXT.add(units, each.units)
    place = {"venue": market.venue, "symbol": market.symbol, "mode": mode}
    return Coins(
        **place, quantity=writing.quantity(units, market.base_id), price=f"{writing.price(held[0].price)} {market.quote_id}",
        value=writing.spoken(writing.money(product(units, held[0].price), market.quote_id)),
        close_url=f"{reverse('dashboard:coins-close')}?{urlencode(place)}",
    )  # fmt: skip
