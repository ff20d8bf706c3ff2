"""The settings that the form of a new bot begins with: of a few usual ones per strategy, those whose signals would most often have passed
the fee gate on the newest candles of the market. A look back at expected edges; it judges no profit and promises none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from amarktai.dashboard.pages import costs
from amarktai.dashboard.shapes.bots import Told
from bots.strategies import Strategy
from ledger.models import Market
from trading.queries import expected

# The textbook default of a strategy rarely pays its fees on minutes, as it says itself; these look further.
TRIED: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "ema_cross": tuple(
        {"fast": fast, "slow": slow, "volatility": "20"}
        for fast, slow in (("60", "480"), ("80", "320"), ("60", "240"), ("120", "480"), ("150", "600"))
    ),
    "donchian_breakout": tuple(
        {"entry": entry, "exit": leave, "volatility": volatility}
        for entry, leave, volatility in (("240", "240", "20"), ("480", "240", "20"), ("720", "360", "60"), ("120", "360", "5"))
    ),
    "rsi_reversion": tuple(
        {"period": period, "oversold": oversold, "exit": leave, "volatility": volatility}
        for period, oversold, leave, volatility in (("300", "45", "60", "3"), ("300", "48", "55", "3"), ("500", "49", "54", "8"))
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The settings, and whether any of their signals would have passed; None where there was nothing to look back at."""

    values: Mapping[str, str]
    tried: int
    passing: int | None


def of(*, market: Market | None, timeframe: str, strategy: Strategy, order_type: str, now: datetime) -> Begun:
    """The first of the usual ones where none would have passed more often than another."""
    tried = TRIED.get(strategy.family, ({one.name: str(one.default) for one in strategy.parameters},))
    if market is None:
        return Begun(values=tried[0], tried=len(tried), passing=None)
    needed = costs.of_market(market, order_type=order_type, now=now)
    found = [expected.of(market_id=market.pk, timeframe=timeframe, genome=strategy.genome(_read(strategy, one))) for one in tried]
    passing = [one.reaching(needed) for one in found]
    best = max(range(len(tried)), key=passing.__getitem__)
    return Begun(values=tried[best], tried=len(tried), passing=passing[best] if any(one.candles for one in found) else None)


def told(begun: Begun) -> Told | None:
    """How the settings were chosen, beside what they would have done."""
    if begun.passing is None or begun.tried < 2:
        return None
    if not begun.passing:
        return Told(
            sentence=f"None of the {begun.tried} usual settings of this strategy gave a signal here lately that would have passed: a bot "
            "with them may do nothing for long. Another strategy, market or timeframe may.", bad=True,
        )  # fmt: skip
    return Told(
        sentence=f"Filled in is what would have passed the fee gate most often here lately, of {begun.tried} usual settings of this "
        "strategy. Chosen by looking back, it says nothing of profit."
    )


def untouched(given: Mapping[str, str], *, family: str) -> bool:
    """Whether the settings typed are still some that a form began with."""
    return any(all(given.get(name) == value for name, value in one.items()) for one in TRIED.get(family, ()))


def _read(strategy: Strategy, values: Mapping[str, str]) -> dict[str, object]:
    return {one.name: one.read(values.get(one.name, str(one.default))) for one in strategy.parameters}
