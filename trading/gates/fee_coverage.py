"""Gate B: the expected move must pay for the round trip and leave something."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from trading.domain.costs import WHOLE_BPS
from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest, Rules
from trading.domain.verdicts import Verdict
from trading.gates.facts import Facts

SKIPPED = Verdict("B", "SKIPPED", "SHRINKS_ONLY", "Orders that only shrink a position need no edge.", {})


@lru_cache(maxsize=4096)
def cost(rules: Rules, policy: Policy, *, waits: bool = False) -> tuple[Decimal, dict[str, str]]:
    """Basis points that a round trip must earn at least, and its parts. An entry that `waits` for its price pays the maker's fee
    and neither spread nor slippage on the way in; the way out is always taken."""
    fees = (rules.taker_fee + (rules.maker_fee if waits else rules.taker_fee)) * WHOLE_BPS
    spread = (1 if waits else 2) * (rules.half_spread_bps + rules.slippage_bps)
    need = fees + spread + policy.slippage_buffer_bps + policy.safety_margin_bps + policy.min_edge_bps
    parts = {
        "fees_bps": f"{fees.normalize():f}", "spread_bps": f"{spread.normalize():f}",
        "slippage_buffer_bps": f"{policy.slippage_buffer_bps:f}", "safety_margin_bps": f"{policy.safety_margin_bps:f}",
        "min_edge_bps": f"{policy.min_edge_bps:f}", "needed_bps": f"{need.normalize():f}",
    }
    return need, parts


def judge(request: OrderRequest, facts: Facts, policy: Policy) -> Verdict:
    """Refuse an entry whose expected gross move is under its costs and margins. Bots must state one, people may."""
    if request.reducing:
        return SKIPPED
    need, parts = cost(request.rules, policy, waits=_waits(request))
    edge = request.expected_edge_bps
    if edge is None:
        parts = {**parts, "edge_source": "NOT_STATED"}
        if request.bot is None:
            return Verdict("B", "NOT_STATED", "EDGE_NOT_STATED", "No expected edge was stated; this is what the round trip costs.", parts)
        return Verdict("B", "REFUSED", "EDGE_NOT_STATED", "A bot's entry must state its expected edge.", parts)
    numbers = {**parts, "edge_bps": str(edge), "edge_source": request.edge_source}
    if edge < need and request.stated_edge_bps is not None and request.stated_edge_bps >= need:
        numbers["stated_edge_bps"] = str(request.stated_edge_bps)
        sentence = "Its record does not pay for the round trip; on paper and at the bootstrap size it goes on to collect evidence."
        return Verdict("B", "PASS", "COLLECTS_EVIDENCE", sentence, numbers)
    if edge < need:
        return Verdict("B", "REFUSED", "EDGE_UNDER_COST", "The expected move does not pay for the round trip.", numbers)
    return Verdict("B", "PASS", "", "", numbers)


def _waits(request: OrderRequest) -> bool:
    """Whether it is sure to wait at the venue: a limit beyond the decision price takes at once, whatever its time in force."""
    if not request.rests or request.price is None:
        return False
    return request.type == "POST_ONLY" or request.price <= request.decision_price
