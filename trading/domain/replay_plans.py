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
# Long slow periods: by the strategy's own formula only these reach the costs of a round trip, and only in lively hours.
EMA_PAIRS = ((60, 480), (60, 240), (150, 600), (200, 1000))
VOLATILITY = (20, 60)
EXITS = (
    Exits(stop_loss=Decimal("0.01"), take_profit=Decimal("0.02"), max_holding=12 * 3600),
    Exits(stop_loss=Decimal("0.02"), trailing=Decimal("0.015")),
    Exits(stop_loss=Decimal("0.005"), take_profit=Decimal("0.01")),
    Exits(stop_loss=Decimal("0.03")),
    Exits(trailing=Decimal("0.01"), max_holding=6 * 3600),
    Exits(stop_loss=Decimal("0.003"), take_profit=Decimal("0.006")),
)


def ema_cross(bots: int) -> list[Plan]:
    """`bots` EMA crosses: every pair with every volatility window and exit; more bots than combinations repeat them."""
    combinations = list(product(VOLATILITY, EXITS, EMA_PAIRS))
    plans = []
    for number in range(bots):
        volatility, exits, (fast, slow) = combinations[number % len(combinations)]
        plans.append(
            Plan(
                name=f"{number + 1:04d} EMA {fast}/{slow}/{volatility}", strategy="ema_cross",
                parameters={"fast": fast, "slow": slow, "volatility": volatility}, exits=exits, capital=CAPITAL,
            )
        )  # fmt: skip
    return plans


SPREADS = {"ema_cross": ema_cross}
