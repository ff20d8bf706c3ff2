"""Replay: stored candles through the whole pipeline, with a fresh person per run. Same tick, same gates, same ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog
from django.db import IntegrityError, transaction

from accounts.domain.refusals import Conflict, Malformed
from accounts.models import User
from bots.domain.candles import Window
from bots.operations import creation, lifecycle
from ledger.models import Market, Wallet
from ledger.operations import funding, wallets
from trading.domain.costs import Top
from trading.domain.policy import Policy
from trading.domain.replay_plans import Plan
from trading.market import store
from trading.models import ReplayRun, Stream
from trading.operations import memory as memories
from trading.operations import staging, sweep
from trading.operations.tick import tick

log = structlog.get_logger()

ACTOR = "system:replay"
SAVE_EVERY = 500  # candles between two savings of a stream on which nothing happens
REDELIVER_EVERY = 20  # a broker delivers at least once: so often a tick with orders is delivered twice; gate A refuses it
UNLIMITED = 10**9
LONGEST_NAME = 60


Progress = Callable[[int, int, datetime], None]


def open_run(*, name: str, market: Market, timeframe: str, plans: Sequence[Plan], wishes: dict[str, Any], now: datetime) -> Stream:
    """The stream of a run: made with its person, money and bots, or found again by name. Conflict RUN_DIFFERS when the name
    belongs to a run with other wishes, RUN_NAME_TAKEN when somebody has the name of its person; Malformed BAD_RUN."""
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise Malformed("BAD_RUN", f"The name of a run has 1 to {LONGEST_NAME} characters that can be printed.")
    run = ReplayRun.objects.filter(name=name).first()
    if run is not None and run.settings != wishes:
        raise Conflict("RUN_DIFFERS", f"The run {name!r} exists with other settings. Choose another name.", known=run.settings)
    if run is None:
        try:
            with transaction.atomic():
                owner = User.objects.create_user(username=f"replay-{name}", password=None)
                ReplayRun.objects.create(name=name, owner=owner, settings=wishes, started_at=now)
        except IntegrityError as error:
            raise Conflict("RUN_NAME_TAKEN", f"There is a user replay-{name} already. Choose another name.") from error
    else:
        owner = run.owner
    first = store.first_time(market_id=market.id, timeframe=timeframe)
    assert first is not None, "a replay needs stored candles"
    _people_and_money(owner, market=market, timeframe=timeframe, plans=plans, at=first)
    stream, _ = Stream.objects.select_related("market__base", "market__quote").get_or_create(
        market=market, timeframe=timeframe, run=name
    )
    return stream


def _people_and_money(owner: User, *, market: Market, timeframe: str, plans: Sequence[Plan], at: datetime) -> None:
    """Wallet, deposit and bots of the run; what a crash left out is made now."""
    wallet = wallets.open_wallet(owner=owner, venue=market.venue, mode="PAPER", now=at)
    total = sum((plan.capital for plan in plans), Decimal(0))
    if not Wallet.objects.filter(id=wallet.id, entries__gt=0).exists():
        funding.deposit(wallet=wallet.id, asset=market.quote_id, amount=total, actor=ACTOR, request_id="", now=at)
    made = set(owner.bots.values_list("name", flat=True))
    for number, plan in enumerate(plans):
        if plan.name in made:
            continue
        born = at + timedelta(microseconds=number)
        bot = creation.create(
            owner=owner.id, actor=ACTOR, request_id="", now=born, supported=(market.venue,),
            wanted=creation.Wanted(
                name=plan.name, venue=market.venue, symbol=market.symbol, timeframe=timeframe, strategy=plan.strategy,
                parameters=plan.parameters, capital=plan.capital, exits=plan.exits,
            ),
        )
        lifecycle.start(bot_id=bot.id, actor=ACTOR, request_id="", now=born)
    for bot in owner.bots.filter(status="PAUSED", pause_reason="NEW"):
        lifecycle.start(bot_id=bot.id, actor=ACTOR, request_id="", now=at)


def run(*, stream: Stream, policy: Policy, progress: Progress) -> dict[str, int]:
    """Tick every candle after the last one saved -> counters of this session. Interrupted anywhere, it goes on by name."""
    after = stream.last_candle
    window = _candles(stream, after=after)
    memory = memories.recall(stream)
    if len(window):
        first = datetime.fromtimestamp(int(window.times[0]), tz=UTC)
        sweep.adopt_expired(now=first, run=stream.run)
        staging.review_stream(stream, now=first)  # the last session may have ended between counting its trades and judging them
    counted = {"ticks": 0, "fills": 0, "trades": 0, "eventful": 0, "redelivered": 0}
    unsaved = 0
    for index in range(len(window)):
        candle = window.part(index, index + 1)
        opened = int(candle.times[0])
        now = datetime.fromtimestamp(opened + candle.seconds, tz=UTC)
        before = copy(memory)
        done = tick(memory, candle, policy=policy, now=now, top=top_of(memory, candle, now=now))
        counted["ticks"] += 1
        counted["fills"] += done.fills
        counted["trades"] += done.trades
        counted["eventful"] += done.eventful
        if done.orders and counted["eventful"] % REDELIVER_EVERY == 0:
            before.roster = None
            tick(before, candle, policy=policy, now=now, top=top_of(memory, candle, now=now))
            counted["redelivered"] += 1
        unsaved += 1
        if done.eventful or unsaved >= SAVE_EVERY or index == len(window) - 1:
            memories.save(memory, candle=opened, now=now)
            unsaved = 0
        if index % 250 == 0 or index == len(window) - 1:
            progress(index + 1, len(window), now)
    return counted


def top_of(memory: memories.Memory, candle: Window, *, now: datetime) -> Top:
    """Recorded candles have no book: the close with the venue's half spread on both sides."""
    price = Decimal(int(candle.close[-1])).scaleb(-candle.price_places)
    half = price * memory.rules.half_spread_bps / 10_000
    return Top(bid=price - half, ask=price + half, at=now)


def _candles(stream: Stream, *, after: datetime | None) -> Window:
    since = after + timedelta(seconds=1) if after is not None else datetime(2009, 1, 1, tzinfo=UTC)
    return store.between(
        market_id=stream.market_id, timeframe=stream.timeframe, since=since, until=datetime(9999, 1, 1, tzinfo=UTC)
    )


def unlimited(policy: Policy) -> Policy:
    """The policy with gate C and the breaker out of the way, for studies of strategies. Fees and market rules stay."""
    return replace(
        policy, max_trades_per_bot_daily=UNLIMITED, max_trades_per_user_daily=UNLIMITED, burst_limit_orders_per_exchange=UNLIMITED,
        max_drawdown_percent=Decimal(1), max_daily_loss_percent=Decimal(1), max_consecutive_losses=UNLIMITED,
        max_errors_per_hour=UNLIMITED,
    )
