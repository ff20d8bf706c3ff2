"""The strategies by family: the built-in roll and plug-ins of installed packages (entry points `amarktai.strategies`).

Domain: pure, one family per file. A strategy must not see positions, money or the clock.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

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
    """Every strategy by its family, built-in ones first. Refusal STRATEGY_TWICE, PLUG_IN_BROKEN: no process starts with either."""
    known: dict[str, Strategy] = {}
    for kind in (*BUILT_IN, *map(_loaded, entry_points(group=GROUP))):
        if kind.family in known:
            raise Refusal("STRATEGY_TWICE", f"Two strategies are called {kind.family}: rename the one in {kind.__module__}.")
        known[kind.family] = kind()
    return known


def _loaded(point: EntryPoint) -> type[Strategy]:
    try:
        found = point.load()
    except (ImportError, AttributeError) as error:
        raise Refusal("PLUG_IN_BROKEN", f"The strategy {point.value} cannot be loaded: {error}.") from error
    if not (isinstance(found, type) and issubclass(found, Strategy)):
        raise Refusal("PLUG_IN_BROKEN", f"The plug-in {point.value} is no strategy: it must be a class of bots.strategies.Strategy.")
    return found


def strategy(family: str) -> Strategy:
    """The strategy of this family. Refusal UNKNOWN_STRATEGY."""
    found = families().get(family)
    if found is None:
        raise Refusal(
            "UNKNOWN_STRATEGY", f"There is no strategy {family[:40]!r}.", given=family[:40], known=sorted(families())
        )
    return found
