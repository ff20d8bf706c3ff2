"""What a filtered set of one person's trades comes to: sums, how the results spread, how long they were held. Never writes.

Currencies are never added up, and neither are modes. Results spread in percent of the money put in, which all currencies share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Avg, Count, DecimalField, ExpressionWrapper, F, Func, IntegerField, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Floor

from ledger.domain.numbers import ZERO, negated
from trading.domain import histogram
from trading.models.record import Trade

MOST_COLUMNS = 24
NARROWEST = Decimal("0.05")  # percent; narrower columns would tell noise apart
HELD_UNDER_S = (60, 300, 900, 3600, 14_400, 86_400)  # edges of the holding times, in seconds
NUMERIC: DecimalField[Any, Any] = DecimalField(max_digits=80, decimal_places=24)
# Net result in percent of what was put in: price x amount of the entry.
RETURN = ExpressionWrapper(F("profit_loss") * 100 / (F("entry_price") * F("amount")), output_field=NUMERIC)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Which trades; empty means all. `since` and `until` limit the time of closing, `until` excluded."""

    bot_id: UUID | None = None
    venue: str = ""
    symbol: str = ""
    since: datetime | None = None
    until: datetime | None = None
    mode: str = "PAPER"


@dataclass(frozen=True, kw_only=True)
class Total:
    """Sums in one currency. `win_rate` is a fraction, `profit_factor` what was won over what was lost (None: nothing was lost)."""

    currency: str
    trades: int
    wins: int
    losses: int
    win_rate: Decimal
    gross: Decimal
    fees: Decimal
    net: Decimal
    average: Decimal
    best: Decimal
    worst: Decimal
    profit_factor: Decimal | None
    held: timedelta


@dataclass(frozen=True, kw_only=True)
class HeldFor:
    """Trades held for at least `low_s` and less than `high_s` seconds (None: without end)."""

    low_s: int
    high_s: int | None
    trades: int
    wins: int


def of(*, owner: UUID, wish: Wish) -> QuerySet[Trade]:
    """The trades wished for, the last closed first, with market, bot and order at hand."""
    exact = {
        "bot": wish.bot_id, "market__venue": wish.venue, "market__symbol": wish.symbol, "closed_at__gte": wish.since,
        "closed_at__lt": wish.until,
    }  # fmt: skip
    asked = {name: value for name, value in exact.items() if value}
    found = Trade.objects.filter(owner=owner, mode=wish.mode, **asked)
    return found.select_related("market", "bot", "order").order_by("-closed_at", "-id")


def markets(*, owner: UUID) -> list[tuple[str, str]]:
    """(venue, symbol) of every market that this person has a trade in."""
    mine = Trade.objects.filter(owner=owner).order_by("market__symbol", "market__venue")
    return list(mine.values_list("market__venue", "market__symbol").distinct())


def totals(found: QuerySet[Trade]) -> tuple[Total, ...]:
    """One line per currency, in one statement."""
    rows = (
        found.order_by("market__quote_id")
        .values("market__quote_id")
        .annotate(
            n=Count("id"), won=Count("id", filter=Q(profit_loss__gt=0)), lost=Count("id", filter=Q(profit_loss__lt=0)),
            sum_gross=Sum("gross"), sum_fees=Sum("fees"), sum_net=Sum("profit_loss"), mean=Avg("profit_loss"),
            top=Max("profit_loss"), low=Min("profit_loss"), sum_won=Sum("profit_loss", filter=Q(profit_loss__gt=0)),
            sum_lost=Sum("profit_loss", filter=Q(profit_loss__lt=0)), held=Avg(F("closed_at") - F("opened_at")),
        )
    )  # fmt: skip
    return tuple(_total(row) for row in rows)


def _total(row: Mapping[str, Any]) -> Total:
    lost = negated(row["sum_lost"] or ZERO)
    return Total(
        currency=row["market__quote_id"], trades=row["n"], wins=row["won"], losses=row["lost"],
        win_rate=Decimal(row["won"]) / row["n"], gross=row["sum_gross"], fees=row["sum_fees"], net=row["sum_net"],
        average=row["mean"], best=row["top"], worst=row["low"], held=row["held"],
        profit_factor=(row["sum_won"] or ZERO) / lost if lost else None,
    )  # fmt: skip


def returns(found: QuerySet[Trade]) -> tuple[histogram.Column, ...]:
    """How the net results spread, in percent of the money put in, in two statements."""
    with_return = found.order_by().annotate(net_return=RETURN)
    ends = with_return.aggregate(low=Min("net_return"), high=Max("net_return"))
    if ends["low"] is None:
        return ()
    step = histogram.width(low=ends["low"], high=ends["high"], most=MOST_COLUMNS, least=NARROWEST)
    rows = with_return.values(column=Floor(F("net_return") / step)).annotate(n=Count("id"))
    return histogram.columns({int(row["column"]): row["n"] for row in rows}, step=step)


def holding_times(found: QuerySet[Trade]) -> tuple[HeldFor, ...]:
    """How long the trades were held, from under a minute to a day and more; empty ones included, nothing without trades."""
    edges = ",".join(str(edge) for edge in HELD_UNDER_S)
    band = Func(
        F("closed_at") - F("opened_at"), template=f"width_bucket(extract(epoch FROM %(expressions)s)::float8, ARRAY[{edges}]::float8[])",
        output_field=IntegerField(),
    )  # fmt: skip
    rows = found.order_by().values(band=band).annotate(n=Count("id"), won=Count("id", filter=Q(profit_loss__gt=0)))
    counts = {row["band"]: (row["n"], row["won"]) for row in rows}
    if not counts:
        return ()
    bands = enumerate(zip((0, *HELD_UNDER_S), (*HELD_UNDER_S, None), strict=True))
    return tuple(_held(low, high, *counts.get(number, (0, 0))) for number, (low, high) in bands)


def _held(low: int, high: int | None, trades: int, wins: int) -> HeldFor:
    return HeldFor(low_s=low, high_s=high, trades=trades, wins=wins)
