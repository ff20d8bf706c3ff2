"""Wallets that owe more than they hold: a REDUCING halt over each for as long as it does. Facts may overdraw (a late fill, a sell
without cover), claims never; gate D refuses at once by itself, this halt is what people see and what outlives a crash."""

from __future__ import annotations

from datetime import datetime

from bots.domain.halts import HaltWish
from bots.operations import halts
from bots.queries import halts as halt_queries
from ledger.queries import money

SOURCE = "DEFICIT"
REASON = "A wallet owes more than it holds; later inflow repays it first."
REPAID = "The wallet owes nothing any more."


def enforce(*, actor: str, now: datetime) -> None:
    """Restrict the wallets in deficit that no halt restricts yet, and lift the halts over those that repaid. Twice equals once."""
    owing = dict(money.in_deficit())
    standing = {halt.wallet: halt.id for halt in halt_queries.standing().rows if halt.source == SOURCE}
    wishes = [
        HaltWish(scope="USER", level="REDUCING", user=owing[wallet], wallet=wallet, source=SOURCE, reason=REASON)
        for wallet in sorted(owing.keys() - standing.keys())
    ]
    halts.raise_halts(wishes, actor=actor, request_id="", now=now)
    repaid = [halt for wallet, halt in standing.items() if wallet not in owing]
    if repaid:
        halts.lift(halt_ids=repaid, actor=actor, reason=REPAID, request_id="", now=now)
