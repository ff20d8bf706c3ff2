"""The demo: two people, paper money at the simulated venue, bots on minutes and on seconds. Made once however often it is asked for.

Genomes are chosen so that the fee gate lets some entries through on the simulated minutes and refuses the rest, as it would
on a real market; nothing here makes an edge look larger than the strategy states it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from accounts.operations import audit, people, second_factor
from bots.domain.exits import Exits
from bots.operations import lifecycle
from bots.operations.creation import Wanted
from bots.queries import bots as bot_queries
from ledger.models import Mode
from ledger.operations import funding, wallets
from trading.operations import backfill, new_bot

VENUE = "sim"
CURRENCY = "USDT"
FUNDS = Decimal(30_000)
MINUTES = "1m"
HISTORY = timedelta(days=3)  # of minutes, traded through the real pipeline before the bots go live
ACTOR = "system:demo"
MEMBER, OPERATOR = "demo", "operator"


@dataclass(frozen=True, slots=True)
class Plan:
    """One demo bot. `timeframe` empty: the finest that the simulated venue has."""

    name: str
    symbol: str
    timeframe: str
    fast: int
    slow: int
    volatility: int
    capital: int
    exits: Exits


SWING = Exits(stop_loss=Decimal("0.02"), take_profit=Decimal("0.05"))
TRAIL = Exits(stop_loss=Decimal("0.015"), trailing=Decimal("0.01"))
SHORT = Exits(stop_loss=Decimal("0.01"), take_profit=Decimal("0.02"), max_holding=6 * 3600)
QUICK = Exits(stop_loss=Decimal("0.005"), take_profit=Decimal("0.01"), max_holding=3600)
PLANS = (
    Plan("Bitcoin swing", "BTC/USDT", "1m", 60, 480, 20, 1_500, SWING),
    Plan("Bitcoin trend", "BTC/USDT", "1m", 150, 600, 60, 1_500, TRAIL),
    Plan("Ether swing", "ETH/USDT", "1m", 60, 480, 20, 1_200, SWING),
    Plan("Ether short", "ETH/USDT", "1m", 60, 240, 20, 1_200, SHORT),
    Plan("Solana swing", "SOL/USDT", "1m", 60, 480, 20, 1_000, SWING),
    Plan("Solana trend", "SOL/USDT", "1m", 80, 320, 60, 1_000, TRAIL),
    *(
        Plan(f"{name} seconds {letter}", symbol, "", fast, slow, 20, 1_000, QUICK)
        for name, symbol in (
            ("Avax", "AVAX/USDT"), ("Link", "LINK/USDT"), ("Near", "NEAR/USDT"), ("Inj", "INJ/USDT"), ("Uni", "UNI/USDT"),
        )
        for letter, fast, slow in (("A", 30, 120), ("B", 40, 160), ("C", 30, 240))
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
    bots = [
        plan.name
        for plan in PLANS
        if _bot(plan=plan, owner=demo, finest=finest, now=begin if plan.timeframe else now)
    ]
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
    """Create and start one bot unless the person has, or had, one of that name."""
    if bot_queries.of(owner=owner.id).filter(name=plan.name).exists():
        return False
    with transaction.atomic():
        bot = new_bot.create(
            owner=owner.id, actor=ACTOR, request_id="", now=now, supported=(VENUE,),
            wanted=Wanted(
                name=plan.name, venue=VENUE, symbol=plan.symbol, timeframe=plan.timeframe or finest, strategy="ema_cross",
                capital=Decimal(plan.capital), exits=plan.exits,
                parameters={"fast": plan.fast, "slow": plan.slow, "volatility": plan.volatility},
            ),
        )  # fmt: skip
        lifecycle.start(bot_id=bot.id, actor=ACTOR, request_id="", now=now, reason="demo")
    return True
