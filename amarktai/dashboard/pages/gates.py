"""Gate verdicts as people read them. An order stores `{gate, verdict, code, sentence, numbers}` per gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amarktai.dashboard import writing
from amarktai.dashboard.shapes.bots import GateLine

NAMES = {
    "clamp": ("R", "Market rules"),
    "data": ("Q", "Data quality"),
    "A": ("A", "Once only"),
    "B": ("B", "Fee coverage"),
    "C": ("C", "Trade limits"),
    "D": ("D", "Circuit breaker"),
    "cover": ("F", "Funds"),
}
LEGEND = tuple(NAMES.values())
TONES = {"PASS": "pass", "REFUSED": "refused", "NOT_STATED": "stated"}


def lines(verdicts: Sequence[dict[str, Any]]) -> tuple[GateLine, ...]:
    return tuple(_line(verdict) for verdict in verdicts)


def _line(verdict: dict[str, Any]) -> GateLine:
    letter, name = NAMES.get(str(verdict.get("gate")), (str(verdict.get("gate", "?"))[:1].upper(), str(verdict.get("gate", ""))))
    said = str(verdict.get("verdict", ""))
    return GateLine(
        gate=letter,
        name=name if letter in ("R", "Q", "F") else f"Gate {letter}, {name.lower()}",
        verdict=writing.words(said),
        tone=TONES.get(said, ""),
        sentence=str(verdict.get("sentence") or writing.words(str(verdict.get("code", said)))),
        numbers=tuple((key.replace("_", " "), writing.number(value)) for key, value in dict(verdict.get("numbers") or {}).items()),
    )
