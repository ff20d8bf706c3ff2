"""Amounts as sentences for people say them: money to the cent (under one unit to four places), coins with at most eight places. Who
computes with an amount gets it whole, as `plain`."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

from ledger.domain.currencies import CURRENCIES
from ledger.domain.numbers import CONTEXT

MONEY_PLACES, SMALL_PLACES, COIN_PLACES = 2, 4, 8


def money_places(value: Decimal) -> int:
    """So that a small fee does not read as nothing."""
    return SMALL_PLACES if value and abs(value) < 1 else MONEY_PLACES


def amount(value: Decimal, asset: str = "") -> str:
    """`9,400.00 USDT`, `0.25 BTC`. Without an asset: money whose name is known from elsewhere."""
    return _said(value, asset, ROUND_HALF_EVEN)


def least(value: Decimal, asset: str = "") -> str:
    """What is needed or owed, rounded up: who brings as much as is said has brought enough."""
    return _said(value, asset, ROUND_CEILING)


def most(value: Decimal, asset: str = "") -> str:
    """What is there, rounded down: as much as is said can be had."""
    return _said(value, asset, ROUND_FLOOR)


def short(*, needed: Decimal, had: Decimal, asset: str = "") -> tuple[str, str, str]:
    """What is needed, what is there and the difference, in the same places, so that the three add up as they are read, and who
    brings the difference has brought enough."""
    coin = _is_coin(asset)
    places = COIN_PLACES if coin else money_places(max(needed, had))
    above, below = rounded(needed, places, ROUND_CEILING), rounded(had, places, ROUND_FLOOR)
    need, have, lack = (
        f"{grouped(value, places=places, trim=coin)} {asset}".rstrip() for value in (above, below, CONTEXT.subtract(above, below))
    )
    return need, have, lack


def grouped(value: Decimal, *, places: int, trim: bool = False, rounding: str = ROUND_HALF_EVEN) -> str:
    """Thousands in groups, so many places; `trim`: without zeros at the end."""
    text = f"{rounded(value, places, rounding):,f}"
    return text.rstrip("0").rstrip(".") if trim and "." in text else text


def rounded(value: Decimal, places: int, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=rounding, context=CONTEXT)


def _said(value: Decimal, asset: str, rounding: str) -> str:
    coin = _is_coin(asset)
    text = grouped(value, places=COIN_PLACES if coin else money_places(value), trim=coin, rounding=rounding)
    return f"{text} {asset}".rstrip()


def _is_coin(asset: str) -> bool:
    return bool(asset) and asset not in CURRENCIES
