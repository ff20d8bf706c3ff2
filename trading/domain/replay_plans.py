"""The bots of a replay: a spread of genomes and exits, the same for the same number of bots, shared out over its files. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from itertools import product

from accounts.domain.refusals import Malformed
from bots.domain.exits import Exits


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One bot of a replay."""

    name: str
    strategy: str
    parameters: dict[str, object]
    exits: Exits
    capital: Decimal
    order_type: str = "MARKET"


@dataclass(frozen=True, kw_only=True)
class Family:
    """Genomes of one strategy: values in the order of `names`, each with every volatility window and exit."""

    strategy: str
    label: str
    names: tuple[str, ...]
    genomes: tuple[tuple[int, ...], ...]
    volatility: tuple[int, ...]


CAPITAL = Decimal(10_000)
MOST_BOTS = 10_000
ORDER_TYPES = ("MARKET",) * 5 + ("LIMIT", "POST_ONLY")  # seven: no genome always gets the same one
EXITS = (
    Exits(stop_loss=Decimal("0.01"), take_profit=Decimal("0.02"), max_holding=12 * 3600),
    Exits(stop_loss=Decimal("0.02"), trailing=Decimal("0.015")),
    Exits(stop_loss=Decimal("0.005"), take_profit=Decimal("0.01")),
    Exits(stop_loss=Decimal("0.03")),
    Exits(trailing=Decimal("0.01"), max_holding=6 * 3600),
    Exits(stop_loss=Decimal("0.003"), take_profit=Decimal("0.006")),
)
# Long slow periods: by the strategies' own formulas only these reach the costs of a round trip on minutes, and only in lively
# hours. On hours they reach them often.
EMA = Family(
    strategy="ema_cross", label="EMA", names=("fast", "slow"), genomes=((60, 480), (60, 240), (150, 600), (200, 1000)),
    volatility=(20, 60),
)  # fmt: skip
DONCHIAN = Family(
    strategy="donchian_breakout", label="Donchian", names=("entry", "exit"), volatility=(20, 60),
    genomes=((240, 120), (480, 240), (480, 120), (960, 240)),
)  # fmt: skip
# RSI reversion expects little. On minutes only the longest periods reach the costs, a few times in three weeks; the shorter ones
# are there for hours.
RSI = Family(
    strategy="rsi_reversion", label="RSI", names=("period", "oversold", "exit"), volatility=(2, 5),
    genomes=((500, 40, 55), (300, 44, 58), (240, 42, 60), (60, 42, 60)),
)  # fmt: skip


def spread(family: Family, bots: int) -> list[Plan]:
    """`bots` plans: every genome with every volatility window and exit; more bots than combinations repeat them."""
    combinations = list(product(family.volatility, EXITS, family.genomes))
    plans = []
    for number in range(bots):
        volatility, exits, values = combinations[number % len(combinations)]
        plans.append(
            Plan(
                name=f"{number + 1:04d} {family.label} {'/'.join(map(str, (*values, volatility)))}", strategy=family.strategy,
                parameters={**dict(zip(family.names, values, strict=True)), "volatility": volatility}, exits=exits, capital=CAPITAL,
                order_type=ORDER_TYPES[number % len(ORDER_TYPES)],
            )
        )  # fmt: skip
    return plans


SPREADS: dict[str, Callable[[int], list[Plan]]] = {family.strategy: partial(spread, family) for family in (EMA, RSI, DONCHIAN)}


def deal(*, bots: int, strategies: Sequence[str], files: Sequence[str]) -> list[list[Plan]]:
    """So many bots shared out evenly over files (by what they are called), and in each over strategies. Malformed BAD_BOTS,
    UNKNOWN_STRATEGY."""
    unknown = [name for name in strategies if name not in SPREADS]
    if unknown:
        raise Malformed("UNKNOWN_STRATEGY", f"No replay has {unknown[0][:40]!r}. Choose from {', '.join(sorted(SPREADS))}.")
    fewest = len(files) * len(strategies)
    if not fewest <= bots <= MOST_BOTS:
        raise Malformed("BAD_BOTS", f"--bots is a number from {fewest} (one per file and strategy) to {MOST_BOTS}.")
    return [
        [
            plan if len(files) == 1 else replace(plan, name=f"{called} {plan.name}")
            for strategy, many in zip(strategies, _shares(share, len(strategies)), strict=True)
            for plan in SPREADS[strategy](many)
        ]
        for called, share in zip(files, _shares(bots, len(files)), strict=True)
    ]


def _shares(whole: int, parts: int) -> list[int]:
    return [whole // parts + (place < whole % parts) for place in range(parts)]
