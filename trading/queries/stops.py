"""Halts in force as a viewer may see them. Never writes; raising and lifting are operations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from accounts.models import User
from bots.models import Bot, Halt
from bots.queries import halts as halt_queries
from trading.domain.explanation import HALTS, words
from trading.models.order import Order
from trading.queries import replays
from trading.queries.open_positions import held_by

EFFECTS = {"HALTED": "Nothing is ordered.", "REDUCING": "Only closing orders are sent."}


@dataclass(frozen=True, kw_only=True)
class HaltView:
    """One standing veto. `whose`: user name, empty for everybody; `liftable` says who may lift it."""

    id: UUID
    scope: str
    level: str
    whose: str
    mode: str
    bot_id: UUID | None
    bot_name: str
    source: str
    reason: str
    flatten: bool
    raised_by: str
    raised_at: datetime
    liftable: str

    @property
    def cause(self) -> str:
        return HALTS.get(self.source, f"A halt is in force ({words(self.source)})")

    @property
    def effect(self) -> str:
        return EFFECTS[self.level]


@dataclass(frozen=True, kw_only=True)
class HaltsView:
    """`active`: an emergency stop, a kill switch or another full halt is in force for the viewer. `replayed`: how many more stand over
    replays alone, where they are left out."""

    active: bool
    halts: tuple[HaltView, ...]
    replayed: int = 0


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What a stop would touch: bots that run, orders that may be working at a venue, positions that flatten would close. A stop of
    everybody stops replays as well: how many of these bots and orders are theirs; their positions are never closed."""

    bots: int
    orders: int
    positions: int
    replayed_bots: int
    replayed_orders: int


def reach(*, person: UUID | None) -> Reach:
    """What a stop of this person (None: of everybody) would touch now."""
    whose = Q() if person is None else Q(owner=person)
    bots, orders = Bot.objects.filter(whose, status="RUNNING"), Order.objects.filter(whose, ending=None)
    theirs = replays.people() if person is None else []
    return Reach(
        bots=bots.count(),
        orders=orders.count(),
        positions=sum(map(len, held_by(owner=person).values())),
        replayed_bots=bots.filter(owner__in=theirs).count(),
        replayed_orders=orders.filter(owner__in=theirs).count(),
    )


def status(*, viewer: User) -> HaltsView:
    """An operator sees all halts, everybody else the GLOBAL and the own ones."""
    halts = tuple(standing(viewer=None if viewer.is_staff else viewer))
    mine = Q(scope="GLOBAL") | Q(user=viewer)
    return HaltsView(active=Halt.objects.filter(mine, lifted_at__isnull=True, level="HALTED").exists(), halts=halts)


def over_people(*, viewer: User) -> HaltsView:
    """What an operator acts on: the same without the halts over replays, which trade recorded prices with money of their own."""
    everything = status(viewer=viewer)
    theirs = replays.people()
    left_out = set(halt_queries.all_standing().filter(Q(user__in=theirs) | Q(bot__owner__in=theirs)).values_list("id", flat=True))
    shown = tuple(halt for halt in everything.halts if halt.id not in left_out)
    return HaltsView(active=everything.active, halts=shown, replayed=len(everything.halts) - len(shown))


def standing(*, viewer: User | None) -> list[HaltView]:
    """Halts not lifted, newest first: the GLOBAL ones and the viewer's own; without a viewer all of them."""
    rows = halt_queries.all_standing() if viewer is None else halt_queries.over(owner=viewer.id)
    return [_view(halt) for halt in rows]


def over(*, bot: Bot) -> list[HaltView]:
    """The halts that cover this bot's orders, newest first; which ones do is decided in `bots.domain.halts`."""
    covering = halt_queries.standing().vetoes_for(
        owner=bot.owner_id, mode=bot.mode, wallet=bot.book.wallet_id, bot=bot.id
    )
    rows = Halt.objects.filter(id__in=[veto.id for veto in covering]).select_related("bot__owner", "user")
    return [_view(halt) for halt in rows.order_by("-raised_at", "-id")]


def _view(halt: Halt) -> HaltView:
    return HaltView(
        id=halt.id,
        scope=halt.scope,
        level=halt.level,
        whose=owner.username if (owner := halt.bot.owner if halt.bot else halt.user) else "",
        mode=halt.mode,
        bot_id=halt.bot_id,
        bot_name=halt.bot.name if halt.bot else "",
        source=halt.source,
        reason=halt.reason,
        flatten=halt.flatten,
        raised_by=halt.raised_by if halt.scope != "GLOBAL" else halt.raised_by.split(":")[0],
        raised_at=halt.raised_at,
        liftable="OPERATOR" if halt.scope == "GLOBAL" else "BREAKER_RESET" if halt.source == "BREAKER" else "OWNER",
    )
