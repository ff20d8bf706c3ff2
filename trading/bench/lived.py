"""One person with so much of everything that each list fills a page. It must not be imported by anything that trades."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from accounts.models import User
from accounts.models.token import Scope
from accounts.operations import tokens
from bots.operations import halts
from ledger.models import EquityPoint
from trading.bench import orders, wishes, world
from trading.bench.world import Seat, World
from trading.domain.policy import Policy
from trading.models import BreakerState, BreakerTrip
from trading.operations import claim

PAGE = 50
ROUND_TRIPS = 2  # of fifty bots: 200 orders and fills, 100 trades
CANDLES = 300
POINTS = 1_000
ZERO = Decimal(0)


def build(*, policy: Policy, page: int = PAGE) -> tuple[World, str]:
    """A person with so many bots that have traded, were halted and have orders in flight; and a token of theirs."""
    place = world.build(bots=page, parameters=[{}], each=page)
    wide = wishes.roomy(policy)
    trip = orders.trips(place, place.seats, batch=orders.BATCH, policy=wide)
    for number in range(ROUND_TRIPS):
        trip(number)
    asked, at = orders.entries_now(place, place.seats)
    claim.claim(asked, policy=wide, now=at, kill_switch=False)
    world.store_minutes(place.market.id, [wishes.PRICE] * CANDLES, since=at - timedelta(minutes=CANDLES))
    for _ in range(page - 1):
        world.another_market()
    _tripped(place.seats)
    _worth(place.seats[0], asset=place.market.quote_id)
    return place, _tokens(place.seats[0], count=page)


def _tripped(seats: Sequence[Seat]) -> None:
    """Each bot's breaker has tripped: a halt, an alert, an audit row and a trip each."""
    now = datetime.now(UTC)
    raised = [
        halts.raise_halt(
            scope="BOT", level="REDUCING", source="BREAKER", reason="drawdown", actor="system:breaker", request_id="", now=now,
            user=seat.owner, bot=seat.bot,
        )
        for seat in seats
    ]  # fmt: skip
    BreakerTrip.objects.bulk_create(
        BreakerTrip(
            owner_id=seat.owner, mode="PAPER", bot_id=seat.bot, halt=halt, at=now, limit="DRAWDOWN", value="0.25", threshold="0.20",
            sentence="Value per unit has fallen this far from its peak.",
        )
        for seat, halt in zip(seats, raised, strict=True)
    )  # fmt: skip
    BreakerState.objects.bulk_create(
        [BreakerState(owner_id=seat.owner, bot_id=seat.bot, mode="PAPER", updated_at=now) for seat in seats], ignore_conflicts=True
    )


def _worth(seat: Seat, *, asset: str) -> None:
    EquityPoint.objects.bulk_create(
        EquityPoint(
            wallet_id=seat.wallet, currency_id=asset, at=world.START + timedelta(hours=number), seq=number, cash=number, holdings=[],
            equity=number, net_funding=number, realised=ZERO, unrealised=ZERO, units=1, nav=1, peak=1,
        )
        for number in range(POINTS)
    )  # fmt: skip


def _tokens(seat: Seat, *, count: int) -> str:
    """As many tokens as a page holds, the last of which is told."""
    person, now = User.objects.get(id=seat.owner), datetime.now(UTC)
    texts = [
        tokens.issue(user=person, scopes=[Scope.READ], label=f"bench {n}", verified=False, request_id="", now=now)[1] for n in range(count)
    ]
    return texts[-1]
