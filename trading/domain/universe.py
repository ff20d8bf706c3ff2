"""Which markets are fit to trade in, and every reason why one is not. Pure; it must not fetch a fact or know a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from accounts.domain.decimals import plain
from trading.domain.hygiene import MAX_SPREAD_BPS

STALE_AFTER = timedelta(minutes=5)  # of a price that should move
RULES_REFRESHED_AFTER = timedelta(days=1)  # fees and steps change rarely and are announced
RULES_OLD_AFTER = timedelta(days=2)  # two refreshes were missed
LEAST_HISTORY = timedelta(days=7)
# In 24 hours, in the quote asset: at this volume an order of 50 dollars is a thousandth of the day. Other quotes are not judged.
_DOLLARS = dict.fromkeys(("USD", "USDT", "USDC", "FDUSD", "EUR", "GBP"), Decimal(50_000))
LEAST_VOLUME = _DOLLARS | {"BTC": Decimal(1), "ETH": Decimal(20)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a market; None what is not. `live`: its prices should move; `generated`: they are made here, so that any
    stretch of history can be had."""

    quote: str
    active: bool
    supported: bool
    live: bool
    generated: bool
    price_age: timedelta | None
    rules_age: timedelta
    volume: Decimal | None
    spread_bps: Decimal | None
    history: timedelta


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a market is left out."""

    code: str
    sentence: str


def reasons(facts: Facts) -> tuple[Reason, ...]:
    """Every reason, not only the first; none: the market is fit."""
    return tuple(Reason(code, sentence) for code, sentence in [*_about_the_venue(facts), *_about_the_data(facts)])


def _about_the_venue(facts: Facts) -> Iterator[tuple[str, str]]:
    if not facts.active:
        yield "INACTIVE", "The venue does not let it trade at present."
    if not facts.supported:
        yield "UNSUPPORTED_EXCHANGE", "Bots do not trade at this venue here."
    if facts.live and not facts.generated and facts.rules_age > RULES_OLD_AFTER:
        yield "RULES_OLD", f"Its rules were last read {_days(facts.rules_age)} ago; {_days(RULES_OLD_AFTER)} is the most."


def _about_the_data(facts: Facts) -> Iterator[tuple[str, str]]:
    if not facts.generated and not facts.history:
        yield "NO_DATA", "No candle of it is stored."
    elif not facts.generated and facts.history < LEAST_HISTORY:
        yield "SHORT_HISTORY", f"Candles of {_days(facts.history)} are stored; {_days(LEAST_HISTORY)} is the least."
    if facts.price_age is None:
        yield "NO_PRICE", "It has no price yet."
    elif facts.live and facts.price_age > STALE_AFTER:
        minutes = STALE_AFTER // timedelta(minutes=1)
        yield "STALE_PRICE", f"Its price is {facts.price_age // timedelta(minutes=1)} minutes old; {minutes} minutes is the most."
    least = LEAST_VOLUME.get(facts.quote)
    if least is not None and facts.volume is not None and facts.volume < least:
        yield "LOW_VOLUME", f"It traded {plain(round(facts.volume, 2))} {facts.quote} in 24 hours; {plain(least)} is the least."
    if facts.spread_bps is not None and facts.spread_bps < 0:
        yield "BOOK_CROSSED", "Its bid is above its ask."
    if facts.spread_bps is not None and facts.spread_bps > MAX_SPREAD_BPS:
        yield "WIDE_SPREAD", f"Bid and ask are {plain(facts.spread_bps)} bps apart; {plain(MAX_SPREAD_BPS)} bps is the most."


def _days(span: timedelta) -> str:
    return f"{plain(round(Decimal(span // timedelta(minutes=1)) / 1_440, 1))} days"
