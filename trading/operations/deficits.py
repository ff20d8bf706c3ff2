"""Wallets that owe more than they hold: a REDUCING halt over each for as long as it does. Facts may overdraw (a late fill, a sell
without cover), claims never; gate D refuses at once by itself, this halt is what people see and what outlives a crash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bots.operations import halts
from bots.operations.halts import HaltWish
from bots.queries import halts as halt_queries
from ledger.queries import money

SOURCE = "DEFICIT"
REASON = "A wallet owes more than it holds; later inflow repays it first."
REPAID = "The wallet owes nothing any more."


@dataclass(frozen=True, slots=True)
class Enforced:
    raised: int
    lifted: int


def enforce(*, actor: str, now: datetime) -> Enforced:
    """Restrict the wallets in deficit that no halt restricts yet, and lift the halts over those that repaid. Twice equals once."""
    owing = dict(money.in_deficit())
    standing = {halt.wallet: halt.id for halt in halt_queries.standing().rows if halt.source == SOURCE}
    unrestricted = owing.keys() - standing.keys()
    wishes = [
        HaltWish(scope="USER", level="REDUCING", user=owing[wallet], wallet=wallet, source=SOURCE, reason=REASON)
        for wallet in sorted(unrestricted)
    ]
    halts.raise_halts(wishes, actor=actor, request_id="", now=now)
    repaid = [halt for wallet, halt in standing.items() if wallet not in owing]
    lifted = halts.lift(halt_ids=repaid, actor=actor, reason=REPAID, request_id="", now=now) if repaid else 0
    return Enforced(raised=len(unrestricted), lifted=lifted)
