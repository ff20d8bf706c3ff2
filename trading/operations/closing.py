"""Closing orders: what closes a held position at once, for a stop with flatten and for a bot that is being stopped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from ledger.models import Market
from trading.domain.policy import Policy
from trading.domain.requests import NAMESPACE, Claimed, OrderRequest, exit_intent
from trading.domain.rules import whole_steps
from trading.operations import act, claim
from trading.queries.positions_held import Held, held_by
from trading.venues import venue


def flatten(*, halt_id: UUID | None, owner: UUID | None, policy: Policy, now: datetime, bot: UUID | None = None) -> int:
    """Send an unbounded market order for every position in scope -> how many were claimed. With a halt the orders carry its
    id, which is what lets them pass it."""
    sent = 0
    for market, held in held_by(owner=owner, bot=bot).items():
        sent += len(_close(market, held, halt_id=halt_id, policy=policy, now=now))
    return sent


def _close(market: Market, held: Sequence[Held], *, halt_id: UUID | None, policy: Policy, now: datetime) -> list[Claimed]:
    rules = venue(market.venue).rules(market=market, at=now)
    requests = [
        OrderRequest(
            intent=exit_intent(bot=each.bot, position=each.position) if each.bot else uuid5(NAMESPACE, f"{each.book}|{halt_id}"),
            owner=each.owner, wallet=each.wallet, book=each.book, bot=each.bot, rules=rules,
            timeframe=each.timeframe or venue(market.venue).finest, run="", mode=each.mode, candle=None, leg="EXIT",
            reason="FLATTEN", side="SELL", type="MARKET", time_in_force="GTC", quantity=whole_steps(each.units, rules.amount_step),
            price=None, decision_price=each.price, reducing=True, halt=halt_id,
        )
        for each in held
        if each.units >= rules.amount_step
    ]
    orders = claim.claim(requests, policy=policy, now=now, kill_switch=False).orders
    act.send(orders, market=market, now=now)
    return [order for order in orders if order.state == "SENDING"]
