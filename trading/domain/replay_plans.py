"""The bots of a replay: a spread of genomes and exits, the same for the same number of bots. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from bots.domain.exits import Exits


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One bot of a replay."""

    name: str
    strategy: str
    parameters: dict[str, object]
    exits: Exits
    capital: Decimal


CAPITAL = Decimal(10_000)
EMA_PAIRS = ((30, 240), (60, 240), (60, 360), (60, 480), (90, 480), (120, 480), (120, 720), (150, 600), (200, 1000), (240, 1440))
VOLATILITY = (20, 60, 30, 120, 10)
EXITS = (
    Exits(stop_loss=Decimal("0.01"), take_profit=Decimal("0.02"), max_holding=12 * 3600),
    Exits(stop_loss=Decimal("0.02"), trailing=Decimal("0.015")),
    Exits(stop_loss=Decimal("0.008"), take_profit=Decimal("0.012")),
    Exits(stop_loss=Decimal("0.03")),
    Exits(trailing=Decimal("0.01"), max_holding=6 * 3600),
)


def ema_cross(bots: int) -> list[Plan]:
    """`bots` EMA crosses: pairs by volatility window, exits in turn; more bots than combinations repeat them by name."""
    combinations = list(product(VOLATILITY, EMA_PAIRS))
    plans = []
    for number in range(bots):
        volatility, (fast, slow) = combinations[number % len(combinations)]
        plans.append(
            Plan(
                name=f"{number + 1:04d} EMA {fast}/{slow}/{volatility}", strategy="ema_cross",
                parameters={"fast": fast, "slow": slow, "volatility": volatility},
                exits=EXITS[(number + number // len(EMA_PAIRS)) % len(EXITS)], capital=CAPITAL,
            )
        )
    return plans


SPREADS = {"ema_cross": ema_cross}
