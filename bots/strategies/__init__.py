"""The strategies by family: the built-in roll and plug-ins of installed packages (entry points `amarktai.strategies`).

Domain: pure, one family per file. A strategy must not see positions, money or the clock.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from accounts.domain.refusals import Refusal
from bots.strategies.contract import Strategy
from bots.strategies.donchian_breakout import DonchianBreakout
from bots.strategies.ema_cross import EmaCross
from bots.strategies.rsi_reversion import RsiReversion

__all__ = ["Strategy", "families", "strategy"]

GROUP = "amarktai.strategies"
BUILT_IN: tuple[type[Strategy], ...] = (EmaCross, RsiReversion, DonchianBreakout)


@cache
def families() -> dict[str, Strategy]:
    """Every strategy by its family, built-in ones first. A plug-in that takes a family's name stops the start."""
    known: dict[str, Strategy] = {}
    for kind in (*BUILT_IN, *(point.load() for point in entry_points(group=GROUP))):
        if kind.family in known:
            raise RuntimeError(f"Two strategies are called {kind.family}: rename the plug-in {kind.__module__}.")
        known[kind.family] = kind()
    return known


def strategy(family: str) -> Strategy:
    """The strategy of this family. Refusal UNKNOWN_STRATEGY."""
    found = families().get(family)
    if found is None:
        raise Refusal(
            "UNKNOWN_STRATEGY", f"There is no strategy {family[:40]!r}.", given=family[:40], known=sorted(families())
        )
    return found
