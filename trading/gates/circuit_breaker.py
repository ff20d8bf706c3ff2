"""Gate D: nothing passes a halt, a tripped breaker or a limit that the numbers say is reached."""

from __future__ import annotations

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
    if facts.kill_switch and request.halt is None:
        return _no("KILL_SWITCH", "The kill-switch file is present; nothing is ordered.")
    if request.reducing:
        return PASSED
    if not facts.trading_enabled:
        return _no("TRADING_DISABLED", "New positions are switched off on this server (ENABLE_TRADING).")
    if facts.halt:
        return _no("REDUCING", "A halt allows only orders that shrink a position.", halt=str(facts.halt_id), source=facts.halt_source)
    if request.bot is not None and facts.status != "RUNNING":
        return _no("BOT_NOT_RUNNING", "The bot is not running, so it opens nothing.", status=facts.status)
    if facts.wallet_in_deficit:
        return _no("WALLET_DEFICIT", "The wallet owes more than it holds; only orders that shrink a position pass.")
    if facts.breach is not None:
        breach = facts.breach
        return _no(breach.limit, breach.sentence, value=f"{breach.value:.6f}", threshold=f"{breach.threshold:.6f}")
    return PASSED
