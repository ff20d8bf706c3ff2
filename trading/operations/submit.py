"""An order from a person: the same claim, act and record as a tick's, and idempotent for ever. Those on bots' books that come at
the same moment go the whole way together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from functools import partial
from hashlib import sha256
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.domain.refusals import Conflict, Malformed, Refusal
from ledger.domain.numbers import CONTEXT
from ledger.models import Balance, Market
from ledger.operations import capital
from ledger.queries import money
from trading.domain.policy import Policy
from trading.domain.requests import Claimed, OrderRequest
from trading.models import Order
from trading.operations import act, breaker, claim, order_rows, placing
from trading.operations.act import Switch
from trading.operations.claim import Claims
from trading.operations.placing import ManualOrder, Wish
from trading.operations.together import Together
from trading.queries import orders as order_queries

KEY_LENGTH = 80
_FIELDS = tuple(field.name for field in fields(ManualOrder))
LATER_FIELDS = frozenset({"expires_at"})

Answer = Order | Refusal


@dataclass(frozen=True, slots=True)
class _Asked:
    """A wish, who acts, and the switch that its caller watches."""

    wish: Wish
    actor: str
    kill_switch: Switch

    def fits(self, other: _Asked) -> bool:
        """Whether both may share a claim: the second of two with one key must see what became of the first."""
        mine, theirs = self.wish, other.wish
        return mine.policy is theirs.policy and (mine.owner, mine.key) != (theirs.owner, theirs.key)


def submit_manual(
    *, owner: UUID, body: ManualOrder, key: str, actor: str, request_id: str, now: datetime, policy: Policy, kill_switch: Switch
) -> Order:
    """The order as stored, also when a gate refused it (state REFUSED).

    The same key and body answer with the same order in its present state, another body with Conflict
    IDEMPOTENCY_KEY_REUSED. Malformed or Missing for what cannot be an order; nothing is stored then.
    """
    if len(key) > KEY_LENGTH:
        raise Malformed("IDEMPOTENCY_KEY_REFUSED", f"Idempotency-Key has at most {KEY_LENGTH} characters.")
    asked = _Asked(Wish(owner=owner, body=body, key=key, digest=_digest(body), now=now, policy=policy), actor, kill_switch)
    try:
        answer = _SHARED.ask(asked) if body.bot_id is not None else _serve([asked])[0]
    except IntegrityError:  # two processes met with this key
        found = _known([asked.wish]).get((owner, key))
        if found is None:
            raise
        answer = _again(found, asked.wish)
    if isinstance(answer, Refusal):
        raise answer
    return answer


def _digest(body: ManualOrder) -> str:
    """The body as its key remembers it, for ever: a field that came later counts only where it is given, so that what was asked
    before it came is still the same wish."""
    whole = {name: getattr(body, name) for name in _FIELDS}
    said = {name: value for name, value in whole.items() if name not in LATER_FIELDS or value is not None}
    return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _serve(batch: Sequence[_Asked]) -> list[Answer]:
    """Claim, send and answer; those that came before are answered with what became of them. A constant number of statements
    for each market. Orders on a manual book come alone: they need a loan."""
    places, markets = placing.look_up([asked.wish for asked in batch])
    fresh = [(asked, place) for asked, place in zip(batch, places, strict=True) if place.order is None]
    requests = placing.requests([asked.wish for asked, _ in fresh], [place for _, place in fresh], markets)
    refused: dict[int, Answer] = {}
    sound: list[tuple[_Asked, OrderRequest]] = []
    for (asked, _), request in zip(fresh, requests, strict=True):
        if isinstance(request, Refusal):
            refused[id(asked)] = request
        else:
            sound.append((asked, request))
    if sound:
        switch = partial(_any_thrown, [asked.kill_switch for asked, _ in sound])
        claims = _claim(sound, kill_switch=switch())
        _send(claims.orders, markets, now=_latest(batch), kill_switch=switch)
        breaker.trip(claims.trips, now=_latest(batch))
    stored = _known([asked.wish for asked in batch if id(asked) not in refused])
    return [refused.get(id(asked)) or _again(stored[asked.wish.owner, asked.wish.key], asked.wish) for asked in batch]


def _any_thrown(switches: Sequence[Switch]) -> bool:
    return any(switch() for switch in switches)


def _latest(batch: Sequence[_Asked]) -> datetime:
    return max(asked.wish.now for asked in batch)


def _claim(sound: Sequence[tuple[_Asked, OrderRequest]], *, kill_switch: bool) -> Claims:
    batch = [asked for asked, _ in sound]
    if batch[0].wish.body.bot_id is None:
        return _claim_with_loan(batch[0], sound[0][1], kill_switch=kill_switch)
    requests = [request for _, request in sound]
    return claim.claim(requests, policy=batch[0].wish.policy, now=_latest(batch), kill_switch=kill_switch)


def _claim_with_loan(asked: _Asked, request: OrderRequest, *, kill_switch: bool) -> Claims:
    """Lend and claim in one transaction, one of a person's requests after the other: so none spends what was lent to another.
    Nothing when the same request came first."""
    wish = asked.wish
    with transaction.atomic():
        order_rows.lock_counters([wish.owner], day=wish.now.date())
        if _known([wish]):
            return Claims([], [])
        lent, unlent = _lend(request, actor=asked.actor, now=wish.now)
        claims = claim.claim([request], policy=wish.policy, now=wish.now, kill_switch=kill_switch, unlent=unlent)
        if lent and claims.orders[0].state == "REFUSED":
            capital.release(book=request.book, asset=request.asset_held, amount=lent, actor=asked.actor, now=wish.now)
    return claims


def _send(orders: Sequence[Claimed], markets: Mapping[UUID, Market], *, now: datetime, kill_switch: Switch) -> None:
    of_market: dict[UUID, list[Claimed]] = {}
    for order in orders:
        of_market.setdefault(order.request.rules.market, []).append(order)
    for market, part in of_market.items():
        act.send(part, market=markets[market], now=now, kill_switch=kill_switch)


def _known(wishes: Sequence[Wish]) -> dict[tuple[UUID, str], Order]:
    """The orders that these wishes have become, in one statement at most."""
    if not wishes:
        return {}
    owners, keys = {wish.owner for wish in wishes}, {wish.key for wish in wishes}
    found = order_queries.asked_for(owners=owners, keys=keys)
    return {(order.owner_id, str(order.request_key)): order for order in found}


def _again(order: Order, wish: Wish) -> Answer:
    if order.request_hash != wish.digest:
        return Conflict("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another order. Use a new key.")
    return order


def _lend(request: OrderRequest, *, actor: str, now: datetime) -> tuple[Decimal, Decimal]:
    """Move what the manual book lacks for this order out of the wallet's free money -> how much, and what is still free. Too little
    stays there, and so does the money of a wallet that owes: then the claim refuses the order with the numbers."""
    asset, need = request.asset_held, claim.amount_to_hold(request)
    held = Balance.objects.filter(book__wallet=request.wallet, asset=asset, book__kind__in=["FREE", "MANUAL"])
    have = dict(held.values_list("book__kind", "cash"))
    free, short = have.get("FREE", Decimal(0)), CONTEXT.subtract(need, have.get("MANUAL", Decimal(0)))
    if short <= 0 or free < short or money.debts(wallet=request.wallet):
        return Decimal(0), free
    capital.allocate(book=request.book, asset=asset, amount=short, actor=actor, now=now)
    return short, CONTEXT.subtract(free, short)


_SHARED: Together[_Asked, Answer] = Together(_serve, fits=_Asked.fits, most=claim.BATCH)
