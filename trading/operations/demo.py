"""The demo: two people, paper money at the simulated venue, bots of every family on minutes and on seconds. Made once however
often it is asked for.

Genomes are chosen so that the fee gate lets some entries through and refuses the rest, as it would on a real market; which bots
then win is left to the market. Nothing here makes an edge look larger than the strategy states it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.domain.refusals import Refusal
from accounts.models import User
from accounts.operations import audit, people, second_factor
from bots.domain.exits import Exits
from bots.models import OrderType, Profile
from bots.operations import creation, lifecycle
from bots.operations.creation import Wanted
from bots.queries import bots as bot_queries
from ledger.models import Mode
from ledger.operations import funding, wallets
from trading.operations import backfill
from trading.venues import venue

VENUE = "sim"
CURRENCY = "USDT"
FUNDS = Decimal(40_000)
MINUTES = "1m"
HISTORY = timedelta(days=3)  # of minutes, traded through the real pipeline before the bots go live
ACTOR = "system:demo"
MEMBER, OPERATOR = "demo", "operator"


@dataclass(frozen=True, slots=True)
class Plan:
    """One demo bot. `timeframe` empty: the finest that the simulated venue has. `rests`: it is paused once it stands."""

    name: str
    symbol: str
    timeframe: str
    strategy: str
    parameters: Mapping[str, int]
    capital: int
    exits: Exits
    order_type: str = OrderType.MARKET
    profile: str = Profile.STANDARD
    rests: bool = False


def _cross(fast: int, slow: int, volatility: int) -> tuple[str, dict[str, int]]:
    return "ema_cross", {"fast": fast, "slow": slow, "volatility": volatility}


def _breakout(entry: int, leave: int, volatility: int) -> tuple[str, dict[str, int]]:
    return "donchian_breakout", {"entry": entry, "exit": leave, "volatility": volatility}


def _rebound(period: int, oversold: int, leave: int, volatility: int) -> tuple[str, dict[str, int]]:
    return "rsi_reversion", {"period": period, "oversold": oversold, "exit": leave, "volatility": volatility}


SWING = Exits(stop_loss=Decimal("0.02"), take_profit=Decimal("0.05"))
TRAIL = Exits(stop_loss=Decimal("0.02"), trailing=Decimal("0.015"))
SHORT = Exits(stop_loss=Decimal("0.01"), take_profit=Decimal("0.02"), max_holding=6 * 3600)
WIDE = Exits(stop_loss=Decimal("0.03"), take_profit=Decimal("0.06"))
QUICK = Exits(stop_loss=Decimal("0.01"), take_profit=Decimal("0.02"), max_holding=3600)
PLANS = (
    Plan("Bitcoin swing", "BTC/USDT", MINUTES, *_cross(60, 480, 20), 1_500, SWING),
    Plan("Bitcoin careful", "BTC/USDT", MINUTES, *_breakout(480, 240, 20), 2_500, SWING, profile=Profile.CONSERVATIVE),
    Plan("Bitcoin rests", "BTC/USDT", MINUTES, *_cross(150, 600, 60), 1_000, TRAIL, rests=True),
    Plan("Ether breakout", "ETH/USDT", MINUTES, *_breakout(720, 360, 60), 1_200, WIDE),
    Plan("Ether short", "ETH/USDT", MINUTES, *_cross(80, 320, 20), 1_200, SHORT),
    Plan("Ether patient", "ETH/USDT", MINUTES, *_cross(120, 480, 60), 1_200, SWING, order_type=OrderType.POST_ONLY),
    Plan("Solana breakout", "SOL/USDT", MINUTES, *_breakout(720, 240, 60), 1_000, WIDE),
    Plan("Solana patient", "SOL/USDT", MINUTES, *_cross(80, 320, 60), 1_000, TRAIL, order_type=OrderType.LIMIT),
    Plan("Link swing", "LINK/USDT", MINUTES, *_cross(80, 320, 60), 1_000, WIDE),
    Plan("Link rebound", "LINK/USDT", MINUTES, *_rebound(300, 48, 55, 3), 1_000, WIDE),
    Plan("Uni breakout", "UNI/USDT", MINUTES, *_breakout(480, 240, 20), 1_000, WIDE),
    Plan("Uni rebound", "UNI/USDT", MINUTES, *_rebound(500, 49, 54, 8), 1_000, WIDE),
    *(
        Plan(f"{symbol.split('/')[0].title()} seconds {letter}", symbol, "", *genome, 800, QUICK)
        for symbol in ("AVAX/USDT", "LINK/USDT", "NEAR/USDT", "INJ/USDT", "UNI/USDT")
        for letter, genome in (
            ("A", _cross(60, 240, 5)), ("B", _cross(40, 160, 5)), ("C", _cross(100, 480, 20)), ("D", _breakout(120, 360, 5)),
        )
    ),
)


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """What this call made; all empty when the demo stood already."""

    users: tuple[str, ...]
    funded: bool
    bots: tuple[str, ...]


def seed(*, password: str, otp_secret: str, finest: str, now: datetime) -> Seeded:
    """Make what is missing; the minute bots begin three days ago and catch up. Existing people keep their passwords
    and second factors. Malformed PASSWORD_REFUSED, OTP_SECRET_MALFORMED."""
    made = [name for name in (MEMBER, OPERATOR) if _person(name=name, password=password, secret=otp_secret, now=now)]
    demo = User.objects.get(username=MEMBER)
    begin = now.replace(second=0, microsecond=0) - HISTORY
    funded = _fund(demo, now=begin)
    venue(VENUE).ensure_markets(now=now)
    bots = [plan.name for plan in PLANS if _bot(plan=plan, owner=demo, finest=finest, now=begin if plan.timeframe else now)]
    backfill.ask(venue_name=VENUE, timeframe=MINUTES, since=begin, until=now)
    return Seeded(users=tuple(made), funded=funded, bots=tuple(bots))


def _person(*, name: str, password: str, secret: str, now: datetime) -> bool:
    """Register the person with a confirmed second factor, or nothing of it; answers whether they are new."""
    if User.objects.filter(username=name).exists():
        return False
    with transaction.atomic():
        user = people.register(username=name, password=password, email="", request_id="", now=now)
        if name == OPERATOR:
            user.is_staff = True
            user.is_superuser = True
            user.save(update_fields=["is_staff", "is_superuser"])
            audit.record(
                person=user.id, actor=ACTOR, act="user.operator", subject=f"user:{user.id}",
                before={"operator": False}, after={"operator": True}, reason="demo", request_id="", now=now,
            )  # fmt: skip
        second_factor.install(user=user, secret=secret, now=now)
    return True


def _fund(user: User, *, now: datetime) -> bool:
    """Paper money, once: a wallet with a journal has been funded before."""
    wallet = wallets.open_wallet(owner=user, venue=VENUE, mode=Mode.PAPER, now=now)
    if wallet.entries:
        return False
    funding.deposit(wallet=wallet.id, asset=CURRENCY, amount=FUNDS, actor=ACTOR, request_id="", now=now, external_id="demo")
    return True


def _bot(*, plan: Plan, owner: User, finest: str, now: datetime) -> bool:
    """Create and start one bot unless the person has, or had, one of that name, or cannot pay for it: a demo of before lives on."""
    if bot_queries.of(owner=owner.id).filter(name=plan.name).exists():
        return False
    try:
        _make(plan=plan, owner=owner, finest=finest, now=now)
    except Refusal as no:
        if no.code != "INSUFFICIENT_FREE_FUNDS":
            raise
        return False
    return True


def _make(*, plan: Plan, owner: User, finest: str, now: datetime) -> None:
    with transaction.atomic():
        bot = creation.create(
            owner=owner.id, actor=ACTOR, request_id="", now=now, supported=(VENUE,),
            wanted=Wanted(
                name=plan.name, venue=VENUE, symbol=plan.symbol, timeframe=plan.timeframe or finest, strategy=plan.strategy,
                parameters=plan.parameters, capital=Decimal(plan.capital), exits=plan.exits, order_type=plan.order_type,
                profile=plan.profile,
            ),
        )  # fmt: skip
        lifecycle.start(bot_id=bot.id, actor=ACTOR, request_id="", now=now, reason="demo")
        if plan.rests:
            lifecycle.pause(bot_id=bot.id, actor=ACTOR, request_id="", now=now, reason="demo")
