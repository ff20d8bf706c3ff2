"""The path that others would take: an order per transaction through the ORM, on the same tables with the same guards.

get_or_create the decision, lock the counter and the balance, ask the gates, save both, create the order and its
reservation. It reads no halts, no limits of the breaker and no earlier attempts: less work than the claim does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction

from ledger.models import Balance, Reservation
from trading import gates
from trading.bench.anchors import QUIET
from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest, client_order_id
from trading.models import Decision, EntryCount, Order
from trading.operations.claim import amount_to_hold


def claim_one_by_one(requests: Sequence[OrderRequest], *, policy: Policy, now: datetime) -> int:
    """How many orders were written."""
    for request in requests:
        _claim(request, policy=policy, now=now)
    return len(requests)


@transaction.atomic
def _claim(r: OrderRequest, *, policy: Policy, now: datetime) -> None:
    assert r.bot is not None
    assert r.candle is not None
    Decision.objects.get_or_create(
        bot_id=r.bot, candle=r.candle, leg=r.leg, defaults={"timeframe": r.timeframe, "strategy_version": r.strategy_version, "at": now}
    )
    count, _ = EntryCount.objects.select_for_update().get_or_create(owner_id=r.owner, bot=None, day=now.date())
    balance = Balance.objects.select_for_update().get(book=r.book, asset=r.asset_held)
    need = amount_to_hold(r)
    verdicts = gates.judge(r, replace(QUIET, entries_of_user=count.entries), policy)
    assert not verdicts[-1].refused
    assert balance.cash >= need
    count.entries += 1
    count.save()
    balance.cash -= need
    balance.reserved += need
    balance.save()
    name = client_order_id(intent=r.intent, attempt=1)
    Order.objects.create(
        client_order_id=name, intent=r.intent, attempt=1, owner_id=r.owner, wallet_id=r.wallet, book_id=r.book, bot_id=r.bot,
        market_id=r.rules.market, timeframe=r.timeframe, run=r.run, mode=r.mode, candle=r.candle, leg=r.leg, reason=r.reason,
        side=r.side, type=r.type, time_in_force=r.time_in_force, quantity=r.quantity, price=r.price, decision_price=r.decision_price,
        reducing=r.reducing, bootstrap=r.bootstrap, expected_edge_bps=r.expected_edge_bps, edge_source=r.edge_source,
        verdicts=[verdict.plain() for verdict in verdicts], state="SENDING", lease_until=now + timedelta(minutes=1),
        history=[["SENDING", now.isoformat(), ""]], created_at=now, updated_at=now,
    )  # fmt: skip
    Reservation.objects.create(client_order_id=name, book_id=r.book, asset_id=r.asset_held, amount=need, created_at=now)
