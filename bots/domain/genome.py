"""What a strategy is told and what it answers: parameters, a genome and signals. It must not judge a market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from accounts.domain.decimals import parse_amount, plain
from accounts.domain.refusals import Malformed, Refusal

Number = int | Decimal


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One number of a strategy, both bounds included, with a sentence for the person who sets it."""

    name: str
    low: Number
    high: Number
    default: Number
    unit: str
    sentence: str
    kind: Literal["int", "decimal"] = "int"

    def read(self, given: object) -> Number:
        """The number in `given` (an int, or a string in plain notation). Refusal BAD_PARAMETER with the bounds."""
        try:
            value = parse_amount(given, signed=True)
        except Malformed:
            raise self._refused(given) from None
        if not self.low <= value <= self.high or (self.kind == "int" and value != int(value)):
            raise self._refused(given)
        return int(value) if self.kind == "int" else value

    def _refused(self, given: object) -> Refusal:
        what = "a whole number" if self.kind == "int" else "a number in plain notation"
        low, high = plain(Decimal(self.low)), plain(Decimal(self.high))
        return Refusal(
            "BAD_PARAMETER",
            f"{self.name} must be {what} from {low} to {high} ({self.unit}).",
            parameter=self.name,
            given=str(given)[:64],
            low=low,
            high=high,
        )


@dataclass(frozen=True)
class Genome:
    """A family and its parameters in the family's order; equal genomes compare and hash as equal."""

    family: str
    values: tuple[tuple[str, Number], ...]

    def __getitem__(self, name: str) -> Number:
        for known, value in self.values:  # a handful: faster than a dictionary, and asked thousands of times a tick
            if known == name:
                return value
        raise KeyError(name)

    def stored(self) -> dict[str, Any]:
        """The parameters for JSON: whole numbers as they are, decimals as plain strings."""
        return {name: value if isinstance(value, int) else plain(value) for name, value in self.values}


@dataclass(frozen=True, eq=False, kw_only=True)
class Signals:
    """Opinions about the newest k candles for g genomes; all three arrays have the shape (k, g).

    `direction`: +1 enter at this close, -1 be out, 0 no opinion. `edge_bps`: expected gross move from the entry to the
    strategy's own exit, rounded to 0.01. Where `ready` is false the strategy is still warming up: direction 0, edge 0.
    """

    direction: NDArray[np.int8]
    edge_bps: NDArray[np.float64]
    ready: NDArray[np.bool_]


def read_parameters(parameters: tuple[Parameter, ...], given: Mapping[str, object]) -> dict[str, Number]:
    """Every parameter by name, defaults filled in. Refusal BAD_PARAMETER for a number out of bounds or an unknown name."""
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            raise Refusal(
                "BAD_PARAMETER", f"There is no parameter {str(name)[:40]!r}.", parameter=str(name)[:40], known=names
            )
    return {each.name: each.read(given.get(each.name, each.default)) for each in parameters}
