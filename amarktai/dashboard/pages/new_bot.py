"""The form of a new bot, built from what the strategy says of itself. Holds what was typed, also when it was wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.domain.refusals import Malformed, Refusal
from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked, costs, first_settings, outlook
from amarktai.dashboard.shapes.bots import BotForm, Field
from amarktai.dashboard.shapes.parts import Choice, Figure
from bots import strategies
from bots.domain.exits import Exits
from bots.domain.genome import Parameter
from bots.strategies import Strategy
from ledger.models import Market, Mode
from ledger.queries import money
from ledger.queries.money import WalletOf
from trading import venues
from trading.domain.admission import Admission
from trading.queries import markets

EXITS = (
    ("stop_loss", "Stop loss", "%", "Sells when the price falls this far below the entry.", "2"),
    ("take_profit", "Take profit", "%", "Sells when the price rises this far above the entry.", "4"),
    ("trailing", "Trailing stop", "%", "Sells when the price falls this far below its highest since the entry.", ""),
    ("max_holding", "Longest holding", "minutes", "Sells after this time, whatever the price.", ""),
)
LABELS = {name: label for name, label, _, _, _ in EXITS}
ORDER_TYPES = (
    ("MARKET", "At once, at the market"), ("LIMIT", "Limit: waits at its price"), ("POST_ONLY", "Post only: waits or nothing"),
)  # fmt: skip
PROFILES = (("standard", "Standard"), ("conservative", "Conservative"))
WHOLE = STEP = Decimal(100)
START = {"name": "", "venue": "sim", "symbol": "BTC/USDT", "timeframe": "1m", "strategy": "donchian_breakout", "capital": "1000"}
START |= {"order_type": "MARKET", "profile": "standard"}
START |= {name: value for name, _, _, _, value in EXITS}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A form that could be read. Whether it is allowed is for the operation to say."""

    values: dict[str, Any]


def read(typed: Mapping[str, str]) -> Wanted:
    """Text to typed values. Malformed, with the field's name in `field`."""
    strategy = strategies.strategy(typed.get("strategy", ""))
    parameters = {one.name: _number(typed, one) for one in strategy.parameters}
    distances = {name: _distance(typed, name) for name in ("stop_loss", "take_profit", "trailing")}
    return Wanted(
        values={
            "name": typed.get("name", ""), "venue": typed.get("venue", ""), "symbol": typed.get("symbol", ""),
            "timeframe": typed.get("timeframe", ""), "strategy": strategy.family, "parameters": parameters,
            "capital": _amount(typed, "capital"), "mode": Mode.PAPER, "exits": Exits(**distances, max_holding=_seconds(typed)),
            "order_type": typed.get("order_type") or "MARKET", "profile": typed.get("profile") or "standard",
        }
    )  # fmt: skip


def build(*, user: User, typed: Mapping[str, str], refusal: Refusal | None, now: datetime) -> BotForm:
    given = {**START, **{name: value for name, value in typed.items() if name != "csrfmiddlewaretoken"}}
    families = strategies.families()
    strategy = families.get(given["strategy"]) or next(iter(families.values()))
    known = [name for name in venues.names() if name in settings.POLICY.paper_supported_exchanges]
    venue = asked.venue(typed.get("venue", ""), known=known, refused=refusal is not None)
    adapter = venues.venue(venue)
    symbols = sorted({*markets.symbols(venue=venue), *adapter.symbols()})
    market = _market(venue=venue, given=given, timeframes=adapter.timeframes)
    place = f"{venue} {given['symbol']} {given['timeframe']} {strategy.family}"
    names, begun = [one.name for one in strategy.parameters], None
    if refusal is None and _elsewhere(given, strategy=strategy, place=place):
        given = {name: value for name, value in given.items() if name not in names}
    if refusal is None and not all(name in given for name in names):
        begun = first_settings.of(market=market, timeframe=given["timeframe"], strategy=strategy, order_type=given["order_type"], now=now)
        given = {**begun.values, **given}
    least = outlook.needs(market=market, given=given, now=now) if market else None
    if "capital" not in typed:
        given = {**given, "capital": _enough(least)}
    wallets = money.wallets(owner=user.id)
    wrong = str(refusal.numbers.get("field") or refusal.numbers.get("parameter") or refusal.numbers.get("exit") or "") if refusal else ""
    said = writing.sentence(refusal.sentence) if refusal else ""
    return BotForm(
        name=Field(name="name", label="Name", value=given["name"], hint="What you call it; up to 80 characters.", numeric=False),
        capital=Field(
            name="capital", label="Capital", value=given["capital"], hint=_capital_hint(least),
            error=said if wrong == "capital" else "",
        ),
        strategies=tuple(Choice(value=one.family, label=one.title, chosen=one is strategy) for one in families.values()),
        place=place,
        title=strategy.title,
        cost=costs.sentence(venue=venue, symbol=given["symbol"], order_type=given["order_type"], now=now),
        outlook=outlook.of(
            market=market, timeframe=given["timeframe"], strategy=strategy, given=given, wallets=wallets, least=least, begun=begun, now=now
        ) if market else (),
        description=strategy.description,
        venues=tuple(Choice(value=name, label=_venue_label(name), chosen=name == venue) for name in known),
        symbols=tuple(Choice(value=symbol, label=symbol, chosen=symbol == given["symbol"]) for symbol in symbols),
        timeframes=tuple(Choice(value=frame, label=frame, chosen=frame == given["timeframe"]) for frame in adapter.timeframes),
        parameters=tuple(_field(one, given, said if wrong == one.name else "") for one in strategy.parameters),
        exits=_exits(given, wrong=wrong, said=said),
        order_types=tuple(Choice(value=value, label=label, chosen=value == given["order_type"]) for value, label in ORDER_TYPES),
        profiles=tuple(Choice(value=value, label=label, chosen=value == given["profile"]) for value, label in PROFILES),
        breakers=_breakers(),
        free=_free(wallets, venue=venue),
        error=said,
        key=new_id().hex,
    )


def _elsewhere(given: Mapping[str, str], *, strategy: Strategy, place: str) -> bool:
    """Whether the settings that came with the form say nothing here: they are of another family, or still those that it began with at
    another market or timeframe. `place`: where it is now; the form carries where it was."""
    before = given.get("place", place)
    return before != place and (before.split()[-1:] != [strategy.family] or first_settings.untouched(given, family=strategy.family))


def _exits(given: Mapping[str, str], *, wrong: str, said: str) -> tuple[Field, ...]:
    return tuple(
        Field(
            name=name, label=label, unit=unit, hint=hint, value=given.get(name, ""), required=False, error=said if wrong == name else ""
        )
        for name, label, unit, hint, _ in EXITS
    )  # fmt: skip


def _free(wallets: Sequence[WalletOf], *, venue: str) -> tuple[Figure, ...]:
    """What may be given to a bot at this venue, one figure per asset."""
    return tuple(
        writing.available(balance.free, balance.asset)
        for wallet in wallets
        if wallet.venue == venue and wallet.mode == Mode.PAPER
        for balance in wallet.balances
        if balance.free
    )


def _market(*, venue: str, given: Mapping[str, str], timeframes: Sequence[str]) -> Market | None:
    """None for a market that nobody has traded or asked for yet, and for a timeframe that is not there."""
    if given["timeframe"] not in timeframes:
        return None
    return Market.objects.select_related("base", "quote").filter(venue=venue, symbol=given["symbol"]).first()


def _enough(least: Admission | None) -> str:
    """The capital that a form begins with: a usual one, more where that would trade nothing, in whole hundreds."""
    usual = Decimal(START["capital"])
    if least is None or least.allocation is None or least.allocation <= usual:
        return plain(usual)
    return plain((least.allocation / STEP).to_integral_value(rounding=ROUND_CEILING) * STEP)


def _capital_hint(least: Admission | None) -> str:
    """What the bot needs at least, beside the field, before anything is sent."""
    if least is None or least.allocation is None:
        return "In the market's quote currency."
    return f"At least {outlook.amount(least.allocation, least.currency)}, or it would trade nothing."


def _field(parameter: Parameter, given: Mapping[str, str], error: str) -> Field:
    low, high = plain(Decimal(parameter.low)), plain(Decimal(parameter.high))
    return Field(
        name=parameter.name,
        label=parameter.name.replace("_", " ").capitalize(),
        unit=parameter.unit,
        value=given.get(parameter.name, str(parameter.default)),
        hint=f"{parameter.sentence} {low} to {high}.",
        error=error,
    )


def _breakers() -> str:
    """What each profile trips at."""
    told = []
    for name, _ in PROFILES:
        limits = settings.POLICY.limits(name)
        drawdown, daily = (writing.spoken(writing.percent(share, places=0)) for share in (limits.max_drawdown, limits.max_daily_loss))
        told.append(f"{name} trips at a drawdown of {drawdown} or a loss of {daily} in a day")
    return writing.sentence(f"{', '.join(told)}; only the conservative one may go live.")


def _venue_label(name: str) -> str:
    return {"sim": "sim (simulated prices)", "recorded": "recorded (imported candles)"}.get(name, name)


def _number(typed: Mapping[str, str], parameter: Parameter) -> int | Decimal:
    return parameter.read(typed.get(parameter.name, str(parameter.default)).strip())


def _amount(typed: Mapping[str, str], name: str) -> Decimal:
    return asked.amount(typed.get(name, ""), label=LABELS.get(name, "Capital"), name=name)


def _distance(typed: Mapping[str, str], name: str) -> Decimal | None:
    """Typed in percent, meant as a fraction; so a bad one is refused in percent."""
    if not typed.get(name, "").strip():
        return None
    percent = _amount(typed, name)
    if percent >= WHOLE:
        raise Malformed("BAD_EXIT", f"{LABELS[name]}: give a percentage below 100.", field=name)
    return percent.scaleb(-2)


def _seconds(typed: Mapping[str, str]) -> int | None:
    if not typed.get("max_holding", "").strip():
        return None
    minutes = _amount(typed, "max_holding")
    try:
        return int((minutes * 60).to_integral_exact())
    except (InvalidOperation, OverflowError):
        raise Malformed("BAD_EXIT", "The longest holding time is a number of minutes.", field="max_holding") from None
