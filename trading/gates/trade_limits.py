"""Gate C: how many entries a day and how many in a burst."""

from __future__ import annotations

from trading.domain.policy import Policy
from trading.domain.requests import OrderRequest
from trading.domain.verdicts import Verdict
from trading.gates.facts import Facts

SKIPPED = Verdict("C", "SKIPPED", "SHRINKS_ONLY", "Orders that only shrink a position are not counted.", {})


def judge(request: OrderRequest, facts: Facts, policy: Policy) -> Verdict:
    """Refuse an entry over the daily limit of its bot or person, or over the burst of its wallet."""
    if request.reducing:
        return SKIPPED
    numbers = {
        "bot_today": str(facts.entries_of_bot), "bot_limit": str(policy.max_trades_per_bot_daily),
        "user_today": str(facts.entries_of_user), "user_limit": str(policy.max_trades_per_user_daily),
        "burst": str(facts.burst), "burst_limit": str(policy.burst_limit_orders_per_exchange),
        "burst_window_s": str(policy.burst_limit_window_seconds),
    }
    if request.bot is not None and facts.entries_of_bot >= policy.max_trades_per_bot_daily:
        return Verdict("C", "REFUSED", "BOT_DAILY_LIMIT", "This bot has used its entries for today (UTC).", numbers)
    if facts.entries_of_user >= policy.max_trades_per_user_daily:
        return Verdict("C", "REFUSED", "USER_DAILY_LIMIT", "You have used your entries for today (UTC).", numbers)
    if facts.burst >= policy.burst_limit_orders_per_exchange:
        return Verdict("C", "REFUSED", "BURST_LIMIT", "Too many entries at this venue within the window.", numbers)
    return Verdict("C", "PASS", "", "", numbers)
