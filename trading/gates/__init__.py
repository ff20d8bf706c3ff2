"""The gates: pure functions that each answer Pass or Refused. One set of gates for everybody; a second one is a defect."""

from __future__ import annotations

from collections.abc import Callable

from trading.domain import rules as market_rules
from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest
from trading.domain.verdicts import Verdict
from trading.gates import circuit_breaker, fee_coverage, idempotency, trade_limits
from trading.gates.facts import Facts

Gate = Callable[[OrderRequest, Facts, Policy], Verdict]

GATES: tuple[Gate, ...] = (idempotency.judge, fee_coverage.judge, trade_limits.judge, circuit_breaker.judge)


def judge(request: OrderRequest, facts: Facts, policy: Policy) -> tuple[Verdict, ...]:
    """Every check in order, up to and with the first refusal: market rules, data, then A, B, C, D."""
    verdicts = [market_rules.clamp(request)]
    if verdicts[0].refused:
        return tuple(verdicts)
    if request.data_verdict is not None:
        verdicts.append(request.data_verdict)
        if request.data_verdict.refused and not request.reducing:
            return tuple(verdicts)
    for gate in GATES:
        verdict = gate(request, facts, policy)
        verdicts.append(verdict)
        if verdict.refused:
            break
    return tuple(verdicts)
