"""Gate A: what was already claimed is not claimed again."""

from __future__ import annotations

from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest
from trading.domain.verdicts import Verdict
from trading.gates.facts import Facts

CLAIMED = "ALREADY_CLAIMED"
PASSED = Verdict("A", "PASS", "", "", {})


def judge(request: OrderRequest, facts: Facts, policy: Policy) -> Verdict:
    """Refuse when an order of the same intent is still in flight, or when this leg of this candle was decided before."""
    if facts.decided:
        return Verdict(
            "A", "REFUSED", "ALREADY_DECIDED", "This candle was judged before; a second delivery changes nothing.",
            {"intent": str(request.intent)},
        )
    if facts.in_flight:
        return Verdict(
            "A", "REFUSED", CLAIMED, "An order for the same purpose is still working at the venue.",
            {"intent": str(request.intent)},
        )
    return PASSED
