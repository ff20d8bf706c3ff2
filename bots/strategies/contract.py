"""The contract of a strategy: parameters, series and signals from candles alone. A signal never sees a position."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bots.domain.candles import Floats
from bots.domain.genome import Genome, Number, Parameter, Signals, read_parameters
from bots.domain.indicators import SeriesKey

Series = Mapping[SeriesKey, Floats]


class Strategy(ABC):
    """A family of genomes. `version` counts every change of its signals; it is stored with each decision."""

    family: str
    version: int
    title: str
    description: str
    parameters: tuple[Parameter, ...]

    def validate(self, parameters: Mapping[str, object]) -> dict[str, Any]:
        """The parameters as they are stored, defaults filled in. Refusal BAD_PARAMETER with name and bounds."""
        return self.genome(parameters).stored()

    def genome(self, parameters: Mapping[str, object]) -> Genome:
        """The genome of given or stored parameters; the same refusals as `validate`."""
        values = read_parameters(self.parameters, parameters)
        self.check(values)
        return Genome(family=self.family, values=tuple(values.items()))

    @abstractmethod
    def check(self, values: Mapping[str, Number]) -> None:
        """What the parameters must obey together. Refusal BAD_PARAMETER."""

    @abstractmethod
    def series(self, genome: Genome) -> tuple[SeriesKey, ...]:
        """The indicator series that `signal` reads for this genome."""

    @abstractmethod
    def warmup(self, genome: Genome) -> int:
        """Candles from which a lost state may be rebuilt: at least 20 x the longest exponential period, 40 x Wilder's, a channel."""

    @abstractmethod
    def signal(self, series: Series, genomes: Sequence[Genome], last: int) -> Signals:
        """Opinions at the newest `last` closes. Each series holds last + 1 values, the candle before them first."""


def columns(series: Series, keys: Sequence[SeriesKey]) -> NDArray[np.float64]:
    """The series named by `keys`, one column for each: shape (last + 1, len(keys)). Each distinct series is read once."""
    place = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    distinct = np.column_stack([series[key] for key in place])
    return distinct[:, [place[key] for key in keys]]
