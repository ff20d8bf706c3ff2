"""What a bot that is not made yet could do: what its settings expect against what a round trip costs, and whether its money is enough
for the smallest trade. The gates' own numbers; no promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from accounts.domain.decimals import parse_amount
from accounts.domain.refusals import Malformed, Refusal
from amarktai.dashboard import writing
from amarktai.dashboard.pages import costs, first_settings
from amarktai.dashboard.pages.first_settings import Begun
from amarktai.dashboard.shapes.bots import Told
from bots.domain.candles import timeframe_seconds
from bots.models import Bot
from bots.models.bot import OrderType, Profile
from bots.strategies import Strategy
from ledger.domain import spoken
from ledger.domain.numbers import CONTEXT
from ledger.models import Market, Mode
from ledger.queries.money import WalletOf
from trading.domain.admission import Admission
from trading.queries import admission, expected


def needs(*, market: Market, given: Mapping[str, str], now: datetime) -> Admission | None:
    """What the bot of the form needs for its smallest trade; None while its market has no price. `Bot` is never saved: it stands
    for the one that the form would make."""
    profile = given["profile"] if given["profile"] in Profile.values else Profile.STANDARD
    kind = given["order_type"] if given["order_type"] in OrderType.values else OrderType.MARKET
    return admission.of(bot=Bot(market=market, order_type=kind, profile=profile, mode=Mode.PAPER), policy=settings.POLICY, now=now)


def idle(*, bot: Bot, capital: Decimal, now: datetime) -> str:
    """Why a bot that is there cannot make even its smallest trade with this capital; empty when it can, or when no price tells."""
    least = admission.of(bot=bot, policy=settings.POLICY, now=now)
    if least is None:
        return ""
    if least.allocation is None:
        return "It would trade nothing: its record shows no edge, so its size is nothing."
    if capital >= least.allocation:
        return ""
    return (
        f"It would trade nothing: the smallest trade here needs {amount(least.allocation, least.currency)} of capital, and its book has "
        f"{amount(capital, least.currency)}."
    )


def of(
    *, market: Market, timeframe: str, strategy: Strategy, given: Mapping[str, str], wallets: Sequence[WalletOf],
    least: Admission | None, begun: Begun | None, now: datetime,
) -> tuple[Told, ...]:
    """Sentences for the form as it is typed now; what cannot be read yet says nothing. `least`: see `needs`; `begun`: the settings, where
    the form has just chosen them."""
    money = _money(market=market, given=given, wallets=wallets, least=least)
    edge = _edge(market=market, timeframe=timeframe, strategy=strategy, given=given, now=now)
    chosen = first_settings.told(begun) if begun else None
    return tuple(one for one in (edge, chosen, money) if one is not None)


def _edge(*, market: Market, timeframe: str, strategy: Strategy, given: Mapping[str, str], now: datetime) -> Told | None:
    try:
        genome = strategy.genome({one.name: one.read(given.get(one.name, str(one.default)).strip()) for one in strategy.parameters})
    except Refusal:
        return None
    found = expected.of(market_id=market.pk, timeframe=timeframe, genome=genome)
    if not found.candles:
        return Told(sentence="There are too few candles here yet to say what these settings would expect.")
    needed = costs.of_market(market, order_type=given["order_type"], now=now)
    span = writing.lasting(timedelta(seconds=found.candles * timeframe_seconds(timeframe)))
    if not found.edges:
        return Told(sentence=f"Your edge: in the last {span} here these settings gave no signal to enter.", bad=True)
    enough, count = found.reaching(needed), len(found.edges)
    reach = f"{enough} of {count} would have passed" if count > 1 else "it would have passed" if enough else "it would not have passed"
    entries = f"{count} signals" if count > 1 else "1 signal"
    middle = " in the middle" if count > 1 else ""
    return Told(
        sentence=f"Your edge: {costs.text(found.middle)}{middle}. Your cost: {costs.text(needed)} with margins. In the last {span} here "
        f"these settings gave {entries} to enter{_range(found)}; {reach}.",
        bad=not enough,
    )


def _range(found: expected.Expected) -> str:
    if len(found.edges) == 1:
        return ""
    return f", expecting {writing.number(found.edges[0])} to {writing.number(found.edges[-1])} bps"


def _money(*, market: Market, given: Mapping[str, str], wallets: Sequence[WalletOf], least: Admission | None) -> Told | None:
    if least is None:
        return Told(sentence=f"No price of {market.symbol} is known at {market.venue} yet, so the smallest trade cannot be told.")
    unit = least.currency
    told = f"The smallest trade here is worth {amount(least.notional, unit)}"
    if least.allocation is None:
        return Told(sentence=f"{told}.")
    told += f"; at first a bot commits {writing.spoken(writing.percent(least.fraction, places=1))} of its book to a trade, so it needs "
    told += f"{amount(least.allocation, unit)} of capital"
    if least.equity is not None and least.equity > least.allocation:
        told += f", and you {amount(least.equity, unit)} in all, because a conservative bot's position is a small part of your worth"
    try:
        capital = parse_amount(given["capital"].strip())
    except Malformed:
        return Told(sentence=f"{told}.")
    if capital < least.allocation:
        return Told(sentence=f"{told}. {amount(capital, unit)} is too little: it would trade nothing.", bad=True)
    free = _free(market=market, wallets=wallets)
    if capital > free:
        return Told(sentence=f"{told}. {amount(capital, unit)} is enough, but only {there(free, unit)} is free.", bad=True)
    left = there(CONTEXT.subtract(free, capital), unit)
    return Told(sentence=f"{told}. {amount(capital, unit)} is enough; {left} would stay free.")


def _free(*, market: Market, wallets: Sequence[WalletOf]) -> Decimal:
    """Free money in the market's currency, where the bot would trade."""
    balances = (one for wallet in wallets if (wallet.venue, wallet.mode) == (market.venue, Mode.PAPER) for one in wallet.balances)
    return next((one.free for one in balances if one.asset == market.quote_id), Decimal(0))


def amount(value: Decimal, unit: str) -> str:
    return writing.kept(writing.spoken(writing.money(value, unit)))


def there(value: Decimal, unit: str) -> str:
    """Money that can be had, as the refusal of too much of it says it."""
    return writing.kept(spoken.most(value, unit))
