"""The equity and the allocation at which a bot's smallest trade is legal under all limits together, at its present size. Never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from bots.models import Bot
from ledger.domain.numbers import CONTEXT, ONE
from ledger.models import Mark
from ledger.queries import portfolio
from trading.domain import admission
from trading.domain.admission import Admission
from trading.domain.policy import Policy
from trading.domain.sizing import Record
from trading.models.record import TrackRecord
from trading.queries.exposures import DOLLAR
from trading.venues import venue


@dataclass(frozen=True, slots=True)
class _Prices:
    """Newest marks by market, and dollars per unit of each quote asset."""

    marks: dict[UUID, Decimal]
    rates: dict[str, Decimal]


def of(*, bot: Bot, policy: Policy, now: datetime) -> Admission | None:
    """Of one bot; None while its market has no price."""
    return of_bots(bots=[bot], records=TrackRecord.objects.in_bulk([bot.id]), policy=policy, now=now)[bot.id]


def of_bots(*, bots: Sequence[Bot], records: dict[UUID, TrackRecord], policy: Policy, now: datetime) -> dict[UUID, Admission | None]:
    """The same for many, in two statements; the market should be loaded with each."""
    marks = dict(Mark.objects.filter(market__in={bot.market_id for bot in bots}).values_list("market_id", "price"))
    rates = portfolio.rates_of({bot.market.quote_id for bot in bots}, DOLLAR, now=now) if bots else {}
    prices = _Prices(marks, {asset: rate.rate or ONE for asset, rate in rates.items()})
    return {bot.id: _of(bot, records.get(bot.id), prices, policy=policy, now=now) for bot in bots}


def _of(bot: Bot, kept: TrackRecord | None, prices: _Prices, *, policy: Policy, now: datetime) -> Admission | None:
    price = prices.marks.get(bot.market_id)
    if price is None:
        return None
    limits = policy.position_limits(bot.profile)
    rate = prices.rates[bot.market.quote_id]
    return admission.smallest(
        rules=venue(bot.market.venue).rules(market=bot.market, at=now), price=price, record=_record(kept), stage=bot.stage, mode=bot.mode,
        order_type=bot.order_type, least=CONTEXT.divide(limits.notional_usd, rate) if limits is not None else Decimal(0), policy=policy,
        profile=bot.profile,
    )  # fmt: skip


def _record(kept: TrackRecord | None) -> Record:
    if kept is None:
        return Record()
    return Record(trades=kept.trades, net_return_mean=kept.net_return_mean, net_return_deviation=kept.net_return_deviation)
