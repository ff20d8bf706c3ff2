"""Closing orders: what closes a held position at once, for a stop with flatten and for a person who asks for it.

Market orders without a bound that only reduce. Under a full halt they pass because they carry its id: a stop was given with
flatten, or the person has confirmed the closing with a fresh code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import Q

from accounts.domain.refusals import Conflict
from accounts.models import User
from accounts.operations import audit, second_factor
from bots.domain.halts import Halts, Veto
from bots.queries import halts as halt_queries
from ledger.models import Market
from trading.domain import rules as market_rules
from trading.domain.policy import Policy
from trading.domain.requests import NAMESPACE, Claimed, OrderRequest, exit_intent
from trading.domain.rules import whole_steps
from trading.gates import idempotency
from trading.models import Order
from trading.operations import act, cancel, claim
from trading.operations.act import Switch
from trading.queries.open_positions import OpenPosition, held_by
from trading.venues import venue

RETRY = timedelta(minutes=1)  # so long a closing order that came to nothing is left alone before the next one


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be closed: the position of a bot, or else the coins of a market that no bot holds."""

    bot: UUID | None = None
    venue: str = ""
    symbol: str = ""
    mode: str = "PAPER"


def flatten(*, halt: Veto, policy: Policy, now: datetime) -> int:
    """Close every position under this halt -> how many closing orders went out. What another halt forbids, what the market would
    not take and what was tried within the last minute is left, so that asking again changes nothing."""
    standing = halt_queries.standing()
    tried = set(Order.objects.filter(halt=halt.id, created_at__gt=now - RETRY).values_list("book_id", "market_id"))
    sent = 0
    for market, held in held_by(owner=halt.user, bot=halt.bot).items():
        passing = [each for each in held if _halt_over(each, standing, closing=halt.id) == halt.id and (each.book, market.pk) not in tried]
        wishes = _requests(market, passing, halt_ids=[halt.id] * len(passing), now=now)
        taken = [wish for wish in wishes if not market_rules.clamp(wish).refused]
        orders = _send(taken, market=market, policy=policy, now=now, kill_switch=act.never)
        sent += sum(order.state == "SENDING" for order in orders)
    return sent


def close(
    *, user: User, wanted: Wanted, otp: str, actor: str, request_id: str, now: datetime, policy: Policy, kill_switch: Switch
) -> list[Order]:
    """Close a person's own position -> its closing orders, also those that a gate refused. What else works on it is cancelled
    first: a sell that rests would hold the units. Asked again while they work, or at the same moment, it answers with them.
    Conflict NO_POSITION; under a full halt a fresh code is needed, with the refusals of `second_factor.verify`."""
    cancel.cancel_where(_in_the_way(user=user, wanted=wanted), actor=actor, now=now)
    found = {market: mine for market, held in held_by(owner=user.id, bot=wanted.bot).items() if (mine := _of(wanted, market, held))}
    if not found:
        return _under_way(user=user, wanted=wanted)
    standing = halt_queries.standing()
    halts = {market: [_halt_over(each, standing) for each in held] for market, held in found.items()}
    if any(halt is not None for over in halts.values() for halt in over):
        second_factor.verify(user=user, otp=otp, now=now)
    audit.record(
        person=user.id, actor=actor, act="position.close", subject=f"bot:{wanted.bot}" if wanted.bot else f"user:{user.id}",
        before={f"{market.base_id} in {each.book}": each.units for market, held in found.items() for each in held},
        after={"halts": sorted({str(halt) for over in halts.values() for halt in over if halt})}, reason="", request_id=request_id, now=now,
    )  # fmt: skip
    claimed: list[Claimed] = []
    for market, held in found.items():
        wishes = _requests(market, held, halt_ids=halts[market], now=now)
        claimed += _send(wishes, market=market, policy=policy, now=now, kill_switch=kill_switch)
    return _answered(claimed)


def _answered(claimed: Sequence[Claimed]) -> list[Order]:
    """The orders as they stand; in place of one that came second to another of the same purpose, that other."""
    second = {order.request.intent for order in claimed if order.refusal == idempotency.CLAIMED}
    first = Order.objects.filter(intent__in=second, attempt__gt=0).order_by("intent", "-attempt").distinct("intent").values("id")
    own = [order.id for order in claimed if order.refusal != idempotency.CLAIMED]
    return list(Order.objects.filter(Q(id__in=own) | Q(id__in=first)).select_related("market", "bot").order_by("id"))


def asks_for_code(*, user: User, wanted: Wanted) -> bool:
    """Whether a full halt stands over what would be closed: then closing it takes a fresh code."""
    standing = halt_queries.standing()
    found = held_by(owner=user.id, bot=wanted.bot)
    return any(_halt_over(each, standing) is not None for market, held in found.items() for each in _of(wanted, market, held))


def _of(wanted: Wanted, market: Market, held: Sequence[OpenPosition]) -> list[OpenPosition]:
    if wanted.bot is not None:
        return list(held)
    if (market.venue, market.symbol) != (wanted.venue, wanted.symbol):
        return []
    return [each for each in held if each.bot is None and each.mode == wanted.mode]


def _in_the_way(*, user: User, wanted: Wanted) -> cancel.Scope:
    """The scope of the orders that would hold the units or buy more of them: all of a bot's, the sells of a person's, but none that
    leaves at any price already."""
    if wanted.bot is not None:
        return cancel.Scope("o.owner_id = %s AND o.bot_id = %s AND (o.side = 'BUY' OR o.type <> 'MARKET')", (user.id, wanted.bot))
    return cancel.Scope(
        "o.owner_id = %s AND o.bot_id IS NULL AND o.side = 'SELL' AND o.type <> 'MARKET' AND o.mode = %s "
        "AND o.market_id IN (SELECT m.id FROM ledger_market m WHERE m.venue = %s AND m.symbol = %s)",
        (user.id, wanted.mode, wanted.venue, wanted.symbol),
    )


def _under_way(*, user: User, wanted: Wanted) -> list[Order]:
    """The orders that are selling the units already."""
    mine = Order.objects.filter(owner=user, leg="EXIT", ending=None).select_related("market", "bot").order_by("id")
    if wanted.bot is not None:
        found = mine.filter(bot=wanted.bot)
    else:
        found = mine.filter(bot=None, market__venue=wanted.venue, market__symbol=wanted.symbol, mode=wanted.mode)
    if not found:
        raise Conflict("NO_POSITION", "There is no open position here that could be closed.")
    return list(found)


def _halt_over(held: OpenPosition, standing: Halts, *, closing: UUID | None = None) -> UUID | None:
    """The full halt that a closing order for this position must carry; None when none stands in its way."""
    veto = standing.level_for(owner=held.owner, mode=held.mode, wallet=held.wallet, bot=held.bot, closing=closing)
    return veto.id if veto is not None and veto.level == "HALTED" else None


def _requests(market: Market, held: Sequence[OpenPosition], *, halt_ids: Sequence[UUID | None], now: datetime) -> list[OrderRequest]:
    place = venue(market.venue)
    rules = place.rules(market=market, at=now)
    return [
        OrderRequest(
            intent=exit_intent(bot=each.bot, position=each.position) if each.bot else uuid5(NAMESPACE, f"{each.book}|EXIT|{market.pk}"),
            owner=each.owner, wallet=each.wallet, book=each.book, bot=each.bot, rules=rules,
            timeframe=each.timeframe or place.finest, run="", mode=each.mode, candle=None, leg="EXIT",
            reason="FLATTEN", side="SELL", type="MARKET", time_in_force="GTC", quantity=whole_steps(each.units, rules.amount_step),
            price=None, decision_price=each.price, reducing=True, halt=halt,
        )
        for each, halt in zip(held, halt_ids, strict=True)
    ]  # fmt: skip


def _send(
    wishes: Sequence[OrderRequest], *, market: Market, policy: Policy, now: datetime, kill_switch: Switch
) -> list[Claimed]:
    if not wishes:
        return []
    orders = claim.claim(wishes, policy=policy, now=now, kill_switch=kill_switch()).orders
    act.send(orders, market=market, now=now, kill_switch=kill_switch)
    return orders
