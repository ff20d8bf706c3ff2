"""Gate verdicts as people read them. An order stores `{gate, verdict, code, sentence, numbers}` per gate."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
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
WORDS = {"PASS": "Passed", "SKIPPED": "Not asked"}
TONES = {"PASS": "pass", "REFUSED": "refused", "NOT_STATED": "stated"}


def lines(verdicts: Sequence[dict[str, Any]]) -> tuple[GateLine, ...]:
    return tuple(_line(verdict) for verdict in verdicts)


FIRST = ("edge_bps", "needed_bps")  # what was there and what it takes, before the parts of the sum
UNITS = {"bps": "bps", "s": "s", "seconds": "s"}
TENTH = Decimal("0.1")


def _order(pair: tuple[str, Any]) -> tuple[int, str]:
    key = pair[0]
    return (FIRST.index(key) if key in FIRST else len(FIRST), key)


def _number(key: str, value: Any) -> tuple[str, str]:
    """edge_bps 18.69 -> ("edge", "18.69 bps"); words such as STATED in small letters."""
    name, _, unit = key.rpartition("_")
    text = writing.number(Decimal(str(value)).quantize(TENTH) if unit == "seconds" else value)
    text = text.replace("_", " ").lower() if text.isupper() and key not in ("asset", "currency", "quote", "base") else text
    return (name.replace("_", " "), f"{text} {UNITS[unit]}") if name and unit in UNITS else (key.replace("_", " "), text)


REASONS = {
    "TRAILING": "Trailing stop", "MAX_HOLDING": "Longest holding time", "PERSON": "By hand", "FLATTEN": "Closed on purpose",
}  # fmt: skip


def reason(code: str) -> str:
    """Why an order was made, in words."""
    return REASONS.get(code, writing.words(code))


def name(gate: str) -> str:
    """A gate's name for people: B -> Gate B, fee coverage."""
    letter, word = NAMES.get(gate, (gate[:1].upper(), gate))
    return word if letter in ("R", "Q", "F") else f"Gate {letter}, {word.lower()}"


def _line(verdict: dict[str, Any]) -> GateLine:
    gate = str(verdict.get("gate", "?"))
    said = str(verdict.get("verdict", ""))
    return GateLine(
        gate=NAMES.get(gate, (gate[:1].upper(), gate))[0],
        name=name(gate),
        verdict=WORDS.get(said) or writing.words(said),
        tone=TONES.get(said, ""),
        sentence=str(verdict.get("sentence") or writing.words(str(verdict.get("code", said)))),
        numbers=tuple(_number(key, value) for key, value in sorted(dict(verdict.get("numbers") or {}).items(), key=_order)),
    )
