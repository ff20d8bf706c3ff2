"""Gate D: nothing passes a halt, a tripped breaker or a limit that the numbers say is reached."""

from __future__ import annotations

from decimal import Decimal

from ledger.domain.numbers import CONTEXT
from trading.domain import exposure as at_risk
from trading.domain.costs import WHOLE_BPS
from trading.domain.exposure import Exposure, PositionLimits
from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest
from trading.domain.verdicts import Verdict
from trading.gates.facts import Facts

PASSED = Verdict("D", "PASS", "", "", {})


def _no(code: str, sentence: str, **numbers: str) -> Verdict:
    return Verdict("D", "REFUSED", code, sentence, numbers)


def judge(request: OrderRequest, facts: Facts, policy: Policy) -> Verdict:
    """Ask the vetoes first (they also bind orders that only shrink, when HALTED), then the numbers."""
    if facts.halt == "HALTED" and (request.halt is None or request.halt != facts.halt_id):
        return _no("HALTED", "An emergency stop is in force; nothing is ordered.", halt=str(facts.halt_id), source=facts.halt_source)
    if facts.kill_switch and facts.halt_scope != "GLOBAL":  # who closes what must close carries the id of the halt over all
        return _no("KILL_SWITCH", "The kill-switch file is present; nothing is ordered.")
    if request.reducing:
        return PASSED
    if not facts.trading_enabled:
        return _no("TRADING_DISABLED", "New positions are switched off on this server (ENABLE_TRADING or, on paper, ENABLE_PAPER_TRADING).")
    if facts.halt:
        return _no("REDUCING", "A halt allows only orders that shrink a position.", halt=str(facts.halt_id), source=facts.halt_source)
    if request.bot is not None and facts.status != "RUNNING":
        return _no("BOT_NOT_RUNNING", "The bot is not running, so it opens nothing.", status=facts.status)
    if facts.wallet_in_deficit:
        return _no("WALLET_DEFICIT", "The wallet owes more than it holds; only orders that shrink a position pass.")
    if facts.breach is not None:
        breach = facts.breach
        return _no(breach.limit, breach.sentence, value=f"{breach.value:.6f}", threshold=f"{breach.threshold:.6f}")
    limits = policy.position_limits(request.profile)
    return PASSED if limits is None else _one_order(request, facts.exposure, limits)


def _one_order(request: OrderRequest, exposure: Exposure | None, limits: PositionLimits) -> Verdict:
    """Refuse this order alone: too small, too far from its decision price, or more than the person may have at risk."""
    if exposure is None or exposure.equity <= 0:
        return _no("EQUITY_UNKNOWN", "What you are worth is not known yet, so nothing can be a share of it.")
    numbers = {"notional_usd": f"{exposure.notional:.2f}", "equity_usd": f"{exposure.equity:.2f}"}
    if exposure.notional < limits.notional_usd:
        sentence = "The order's value is under the least that a trade of this profile must have."
        return _no(at_risk.NOTIONAL, sentence, minimum_usd=f"{limits.notional_usd:f}", **numbers)
    slippage = _slippage(request)
    if slippage is None or slippage > limits.slippage_bps:
        said = "unbounded" if slippage is None else f"{slippage:.2f}"
        return _no(at_risk.SLIPPAGE, "It might fill too far from its decision price.", value=said, threshold=f"{limits.slippage_bps:f}")
    for use in at_risk.uses(exposure, limits):
        if use.value > use.threshold:
            return _no(use.limit, f"{use.sentence} {use.said}.", value=f"{use.value:.6f}", threshold=f"{use.threshold:.6f}", **numbers)
        numbers[use.limit.lower()] = f"{use.value:.6f}"
    return Verdict("D", "PASS", "", "", numbers)


def _slippage(request: OrderRequest) -> Decimal | None:
    """How much worse than its decision price it may fill, in basis points; None: without bound."""
    if request.price is None:
        return None
    worse = CONTEXT.subtract(request.price, request.decision_price)
    return CONTEXT.divide(CONTEXT.multiply(worse, Decimal(WHOLE_BPS)), request.decision_price)
