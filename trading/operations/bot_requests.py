"""What a tick asks of the order path: each leg becomes a request with its size, price bound, edge and data verdict. It must not
claim or send anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog

from trading.domain import hygiene, sizing
from trading.domain.costs import Top
from trading.domain.legs import Leg, bound_bps
from trading.domain.matcher import Candle
from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest, entry_intent, exit_intent
from trading.domain.rules import whole_steps
from trading.domain.verdicts import Verdict
from trading.operations import judging, sifting
from trading.operations.memory import Memory
from trading.queries.attempts import failed_attempts
from trading.queries.roster import Member

log = structlog.get_logger()

WIDEST_BPS = Decimal(9_000)  # a doubled bound stops here: under a tenth of the price nobody sells
RESTING_CANDLES = 5  # so long a bot's limit waits for its price; a later signal decides anew


def of_legs(
    wishes: Sequence[Leg], memory: Memory, *, candle: Candle, policy: Policy, top: Top | None, now: datetime
) -> list[OrderRequest]:
    """Order requests of the legs, exits first. Bots whose size comes out as nothing ask all the same and are refused by the
    market's rules, so that the timeline says so; one whose entry rests at the venue asks for no second one."""
    if memory.roster is None:
        return []
    members = memory.roster.members
    wishes = [wish for wish in wishes if wish.leg == "EXIT" or members[wish.index].id not in memory.resting]
    if not wishes:
        return []
    price = Decimal(candle.close).scaleb(-candle.price_places)
    data = _data_verdict(memory, top=top, policy=policy, now=now)
    if data.refused:
        sifting.note(memory, [data.code])
    exits = [exit_intent(bot=members[w.index].id, position=members[w.index].position) for w in wishes if w.leg == "EXIT"]
    tried = failed_attempts(exits)
    return [
        _exit(members[w.index], w, memory, candle, price=price, tried=tried, policy=policy)
        if w.leg == "EXIT"
        else _entry(members[w.index], w, memory, candle, price=price, policy=policy, data=data)
        for w in wishes
    ]


def _data_verdict(memory: Memory, *, top: Top | None, policy: Policy, now: datetime) -> Verdict:
    """Whether entries may be decided on this data: unbroken candles first, then the quote, then the newest candle."""
    gap = hygiene.judge_gap(missing=memory.missing, timeframe=memory.stream.timeframe)
    if gap.refused:
        return gap
    quote = hygiene.judge_top(top=top, now=now, max_age_seconds=policy.max_quote_age_seconds)
    sight = hygiene.judge_sight(sight=memory.sight)
    return quote if quote.refused else replace(sight, numbers={**quote.numbers, **sight.numbers})


def _common(member: Member, wish: Leg, memory: Memory, candle: Candle, price: Decimal) -> dict[str, Any]:
    return {
        "owner": member.owner, "wallet": member.wallet, "book": member.book, "bot": member.id, "rules": memory.rules,
        "timeframe": memory.stream.timeframe, "run": memory.stream.run, "mode": member.mode,
        "candle": datetime.fromtimestamp(candle.time, tz=UTC), "leg": wish.leg, "reason": wish.reason, "decision_price": price,
        "profile": member.profile, "strategy_version": judging.version_of(member.genome.family), "nav": judging.nav_of(memory, wish.index),
    }


def _exit(
    member: Member, wish: Leg, memory: Memory, candle: Candle, *, price: Decimal, tried: dict[UUID, int], policy: Policy
) -> OrderRequest:
    intent = exit_intent(bot=member.id, position=member.position)
    bps = bound_bps(reason=wish.reason, attempts=tried.get(intent, 0), first=policy.max_slippage_bps)
    bound = None
    if bps is not None:
        bound = sizing.bound_price(price=price, side="SELL", bound_bps=min(bps, WIDEST_BPS), rules=memory.rules)
    kind, force = ("MARKET", "GTC") if bound is None else ("LIMIT", "IOC")
    return OrderRequest(
        **_common(member, wish, memory, candle, price), intent=intent, side="SELL", type=kind, time_in_force=force,
        quantity=whole_steps(member.units, memory.rules.amount_step), price=bound, reducing=True,
    )


def _entry(
    member: Member, wish: Leg, memory: Memory, candle: Candle, *, price: Decimal, policy: Policy, data: Verdict | None
) -> OrderRequest:
    size = sizing.fraction(
        record=member.record, stage=member.stage, mode=member.mode, bootstrap_trades=policy.bootstrap_trades,
        bootstrap_fraction=policy.bootstrap_fraction,
    )
    tell = log.debug if memory.stream.run else log.info
    if size.negative_edge:
        shown = round(sizing.net_bound(member.record), 6)
        tell("sizing.negative_edge", bot=str(member.id), trades=member.record.trades, bound=shown, fraction=str(size.fraction))
    if size.bootstrap:
        tell("sizing.bootstrap", bot=str(member.id), trades=member.record.trades, fraction=str(size.fraction), stage=member.stage)
    farthest = policy.max_slippage_bps if member.order_type == "MARKET" else Decimal(0)
    bound = sizing.bound_price(price=price, side="BUY", bound_bps=farthest, rules=memory.rules)
    notional = (member.money + member.units * price) * size.fraction
    stated = Decimal(str(round(float(memory.readings[wish.index]["edge_bps"]), 2)))
    edge, source = sizing.edge_bps(stated=stated, record=member.record)
    return OrderRequest(
        **_common(member, wish, memory, candle, price), intent=entry_intent(bot=member.id, position=member.position), side="BUY",
        **_manner(member, candle), quantity=sizing.entry_quantity(notional=notional, bound=bound, rules=memory.rules),
        price=bound, reducing=False, bootstrap=size.bootstrap, size_fraction=size.fraction,
        stated_edge_bps=stated if size.bootstrap and member.mode == "PAPER" else None, expected_edge_bps=edge,
        edge_source=source, data_verdict=data,
    )


def _manner(member: Member, candle: Candle) -> dict[str, Any]:
    """Type and time in force of an entry. One that takes goes out at its slippage bound, one that rests at the decision price."""
    if member.order_type == "MARKET":
        return {"type": "LIMIT", "time_in_force": "IOC"}
    ends = datetime.fromtimestamp(candle.time + candle.seconds, tz=UTC) + timedelta(seconds=RESTING_CANDLES * candle.seconds)
    return {"type": member.order_type, "time_in_force": "GTD", "expires_at": ends}
