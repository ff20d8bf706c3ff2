"""From signals and held positions to legs: who enters, who leaves and why. Pure; the machine judges, this reads the arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trading.domain import machine
from trading.domain.matcher import Candle
from trading.domain.reading import Readings

BLEEDING = ("STOP_LOSS", "FLATTEN")
JUDGES_ENTRIES = frozenset({"RUNNING", "CIRCUIT_TRIPPED"})  # a tripped bot's wish is refused by gate D, for all to see


@dataclass(frozen=True, slots=True)
class Leg:
    """What the machine wants for the member at `index`: ENTRY or EXIT, and the reason."""

    index: int
    leg: str
    reason: str


def legs(members: Sequence[Any], readings: Readings, *, candle: Candle, units: NDArray[np.float64]) -> list[Leg]:
    """Legs of every member on one closed candle, exits first, each in the order given. Peaks are raised in place."""
    directions = readings["direction"].tolist()
    peaks = readings["peak"]
    exits: list[Leg] = []
    held = np.flatnonzero(units > 0)
    for i in held.tolist():
        reason, peak = _judge(members[i], direction=directions[i], peak=int(peaks[i]), candle=candle)
        peaks[i] = peak
        if reason:
            exits.append(Leg(i, "EXIT", reason))
    peaks[units <= 0] = 0
    flat = np.flatnonzero((units <= 0) & (readings["direction"] > 0))
    entries = [
        Leg(i, "ENTRY", "SIGNAL")
        for i in flat.tolist()
        if members[i].status in JUDGES_ENTRIES and machine.judge_flat(directions[i]) == machine.ENTER
    ]
    return exits + entries


def _judge(member: Any, *, direction: int, peak: int, candle: Candle) -> tuple[str, int]:
    entry = int((member.cost / member.units * 10**candle.price_places).to_integral_value())
    if member.pause_reason == "STOPPING":
        return ("FLATTEN" if member.stop_positions == "close" else ""), peak
    action, reason, raised = machine.judge_held(
        entry, max(peak, entry), member.opened, candle.high, candle.low, candle.time + candle.seconds,
        0 if member.status == "ERROR" else direction, member.stop_ppm, member.trail_ppm, member.target_ppm, member.holding,
    )
    return (machine.REASONS[reason] if action == machine.EXIT else ""), raised


def bound_bps(*, reason: str, attempts: int, first: Decimal) -> Decimal | None:
    """Slippage bound of an exit: none for stops, else the first bound doubled with each attempt that found no price."""
    return None if reason in BLEEDING else first * 2**attempts
