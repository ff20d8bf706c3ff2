"""A stated spread of genomes and exits for replays, demos and benchmarks: as many bots as wanted, always the same ones.

Chosen on Binance.US BTC-USDT minutes of March 2023 by how often their edge passes 46 bps (10 to 20 times in 30,240
minutes), not by what they earned: before costs they earn nothing there. 12/26 is in it because everybody knows it; its
edge never pays its fees. Three genomes share their crossings, so that many bots want to enter at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import cycle, islice, product

from accounts.domain.refusals import Refusal
from bots.domain.exits import Exits


@dataclass(frozen=True, kw_only=True)
class Choice:
    parameters: dict[str, int]
    exits: Exits


_EMA_CROSS = (
    (60, 600, 60), (12, 26, 60), (100, 1000, 60), (40, 800, 60), (60, 600, 30),
    (150, 600, 60), (100, 500, 60), (80, 800, 60), (60, 900, 60), (60, 600, 120),
)  # fmt: skip
_EXITS = (
    Exits(stop_loss=Decimal("0.010"), take_profit=Decimal("0.015")),
    Exits(stop_loss=Decimal("0.012"), take_profit=Decimal("0.010")),
    Exits(stop_loss=Decimal("0.020"), trailing=Decimal("0.012")),
    Exits(stop_loss=Decimal("0.015"), take_profit=Decimal("0.012"), max_holding=12 * 3600),
    Exits(),
)


def spread(*, family: str, count: int) -> tuple[Choice, ...]:
    """The first `count` of the spread; after 50 it starts again. Refusal NO_SPREAD for a family without one."""
    if family != "ema_cross":
        raise Refusal("NO_SPREAD", f"There is no spread of genomes for {family[:40]!r}.", given=family[:40])
    choices = (
        Choice(parameters={"fast": fast, "slow": slow, "volatility": volatility}, exits=exits)
        for exits, (fast, slow, volatility) in product(_EXITS, _EMA_CROSS)
    )
    return tuple(islice(cycle(choices), count))
