"""Replay: stored candles of one or several markets through the whole pipeline, with a fresh person per run. Same tick, same gates,
same ledger; the number of processes changes how long it takes and nothing else.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction

from accounts.domain.refusals import Conflict, Malformed
from accounts.models import User
from bots.domain.candles import timeframe_seconds
from bots.domain.lifecycle import EMERGENCY_STOP
from bots.operations import creation, lifecycle
from ledger.models import Market, Wallet
from ledger.operations import funding, wallets
from trading.domain.policy import Policy
from trading.domain.replay_plans import Plan
from trading.models import ReplayRun, Stream
from trading.operations import crew, sweep
from trading.operations.replay_worker import MOST_STREAMS, Between, Counts, Manner, Reel, play, to_oneself
from trading.operations.turns import Turns

ACTOR = "system:replay"
UNLIMITED = 10**9
LONGEST_NAME = 60

Progress = Callable[[int, int, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One market of a run: its candles from the first to the last (open times), and the bots that trade it."""

    market: Market
    timeframe: str
    first: datetime
    last: datetime
    plans: Sequence[Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An opened run: its person and its streams, in the order that ties are broken by."""

    name: str
    owner: User
    reels: tuple[Reel, ...]

    def candles(self) -> int:
        """How many it has, whoever ticks them."""
        return sum(reel.candles() for reel in self.reels)


class Interrupted(Exception):
    """Somebody has ended the session. `kept` of `candles` need not be ticked again, those up to `at`."""

    def __init__(self, *, kept: int, candles: int, at: datetime) -> None:
        super().__init__(f"{kept} of {candles} candles are done, up to {at:%Y-%m-%d %H:%M} UTC.")


def check_name(name: str) -> None:
    """Malformed BAD_RUN."""
    if not (0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise Malformed("BAD_RUN", f"The name of a run has 1 to {LONGEST_NAME} characters that can be printed.")


def open_run(*, name: str, parts: Sequence[Part], wishes: dict[str, Any], now: datetime, between: Between) -> Run:
    """The run of this name: made with its person, money and bots, or found again. `between` is called before each bot. Conflict
    RUN_DIFFERS when the name belongs to a run with other wishes, RUN_NAME_TAKEN when somebody has the name of its person, RUN_BUSY while
    another process is at it; Malformed BAD_RUN, MARKET_TWICE."""
    check_name(name)
    ordered = sorted(parts, key=lambda part: (part.market.symbol, timeframe_seconds(part.timeframe)))
    if len({(part.market.id, part.timeframe) for part in ordered}) < len(ordered) or len(ordered) > MOST_STREAMS:
        raise Malformed("MARKET_TWICE", "Each file is another market or another timeframe of it.")
    owner = _person(name, wishes=wishes, now=now)
    reels = tuple(_reel(part, name) for part in ordered)
    with to_oneself(reels):  # two at once would both make the bots that are not there yet
        _money_and_bots(owner, ordered, at=min(part.first for part in ordered), between=between)
    return Run(name=name, owner=owner, reels=reels)


def run(*, run: Run, manner: Manner, progress: Progress, between: Between) -> Counts:
    """Tick every candle that no earlier session has ticked -> counters of this session; `progress` is of the whole run. Interrupted
    anywhere, it goes on by name. Malformed as by `Manner.check`; Conflict RUN_BUSY; crew.WorkerLost when one of its processes dies;
    Interrupted when `between`, called again and again while nothing is under way here, raises KeyboardInterrupt."""
    manner.check()
    total = run.candles()
    before = total - sum(reel.left() for reel in run.reels)
    with to_oneself(run.reels):
        sweep.adopt_expired(now=min(reel.first for reel in run.reels), run=run.name)
    workers = min(manner.workers, len(run.reels))
    counts: Counts = Counter()

    def tell(said: tuple[Counts, datetime]) -> None:
        counts.update(said[0])
        progress(before + counts["ticks"], total, said[1])

    work = partial(_work, reels=run.reels, manner=manner, turns=Turns(crew.context(), workers=workers), workers=workers)
    try:
        if workers == 1:
            work(0, tell, between=between)
        else:
            crew.run(partial(work, between=_go_on), workers=workers, tell=tell, between=between)
    except KeyboardInterrupt:
        raise _interrupted(run) from None
    return counts


def _work(
    number: int, tell: crew.Tell, *, reels: tuple[Reel, ...], manner: Manner, turns: Turns, workers: int, between: Between
) -> None:  # fmt: skip
    play(number, lambda counts, at: tell((counts, at)), reels=reels, manner=manner, turns=turns, workers=workers, between=between)


def _go_on() -> None:
    """What a worker of several does between two ticks: they end with their parent."""


def _interrupted(run: Run) -> Interrupted:
    """What the next session will find, as it is stored."""
    stored = Stream.objects.in_bulk([reel.stream.id for reel in run.reels])
    reels = [replace(reel, stream=stored[reel.stream.id]) for reel in run.reels]
    candles = run.candles()
    return Interrupted(kept=candles - sum(reel.left() for reel in reels), candles=candles, at=max(reel.reached() for reel in reels))


def _person(name: str, *, wishes: dict[str, Any], now: datetime) -> User:
    run = ReplayRun.objects.select_related("owner").filter(name=name).first()
    if run is not None:
        if run.settings != wishes:
            raise Conflict("RUN_DIFFERS", f"The run {name!r} exists with other settings. Choose another name.", known=run.settings)
        return run.owner
    try:
        with transaction.atomic():
            owner = User.objects.create_user(username=f"replay-{name}", password=None)
            ReplayRun.objects.create(name=name, owner=owner, settings=wishes, started_at=now)
    except IntegrityError as error:
        raise Conflict("RUN_NAME_TAKEN", f"There is a user replay-{name} already. Choose another name.") from error
    return owner


def _money_and_bots(owner: User, parts: Sequence[Part], *, at: datetime, between: Between) -> None:
    """Wallets with a deposit per quote asset, and the bots of the run; what a crash left out is made now."""
    needed: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for part in parts:
        needed[part.market.venue][part.market.quote_id] += sum((plan.capital for plan in part.plans), Decimal(0))
    for venue, amounts in needed.items():
        with transaction.atomic():
            wallet = wallets.open_wallet(owner=owner, venue=venue, mode="PAPER", now=at)
            if not Wallet.objects.filter(id=wallet.id, entries__gt=0).exists():
                for asset, amount in sorted(amounts.items()):
                    funding.deposit(wallet=wallet.id, asset=asset, amount=amount, actor=ACTOR, request_id="", now=at)
    made = set(owner.bots.values_list("name", flat=True))
    wanted = [(part, plan) for part in parts for plan in part.plans]
    for number, (part, plan) in enumerate(wanted):
        between()
        if plan.name not in made:
            _bot(owner, part, plan, born=at + timedelta(microseconds=number))
    for bot in owner.bots.filter(status="PAUSED", pause_reason="NEW"):
        lifecycle.start(bot_id=bot.id, actor=ACTOR, request_id="", now=at)
    for bot in owner.bots.filter(status="PAUSED", pause_reason=EMERGENCY_STOP):  # whoever gives the command again means them too
        lifecycle.resume(bot_id=bot.id, actor=ACTOR, request_id="", now=at)


def _bot(owner: User, part: Part, plan: Plan, *, born: datetime) -> None:
    wanted = creation.Wanted(
        name=plan.name, venue=part.market.venue, symbol=part.market.symbol, timeframe=part.timeframe, strategy=plan.strategy,
        parameters=plan.parameters, capital=plan.capital, exits=plan.exits, order_type=plan.order_type,
    )  # fmt: skip
    bot = creation.create(owner=owner.id, actor=ACTOR, request_id="", now=born, supported=(part.market.venue,), wanted=wanted)
    lifecycle.start(bot_id=bot.id, actor=ACTOR, request_id="", now=born)


def _reel(part: Part, name: str) -> Reel:
    stream, _ = Stream.objects.select_related("market__base", "market__quote").get_or_create(
        market=part.market, timeframe=part.timeframe, run=name
    )
    return Reel(stream, part.first, part.last)


def unlimited(policy: Policy) -> Policy:
    """The policy with gate C and the breaker out of the way, for studies of strategies. Fees and market rules stay."""
    return replace(
        policy, max_trades_per_bot_daily=UNLIMITED, max_trades_per_user_daily=UNLIMITED, burst_limit_orders_per_exchange=UNLIMITED,
        max_drawdown_percent=Decimal(1), max_daily_loss_percent=Decimal(1), max_consecutive_losses=UNLIMITED,
        max_errors_per_hour=UNLIMITED,
    )
