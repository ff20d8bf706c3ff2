"""Why a bot does or does not trade, in one sentence: facts in, sentence out. It must not look anything up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

WAITING = {
    "NEW": "It is new: start it.",
    "USER": "It was paused by hand: resume it.",
    "STOPPING": "It is stopping: its orders are cancelled and its position is closed or handed over first.",
    "EMERGENCY_STOP": "An emergency stop paused it: once the halt is lifted, resume it.",
    "UNSUPPORTED_EXCHANGE": "Its venue is not supported for paper trading.",
}
AT_REST = {
    "STOPPED": "It is stopped for good; a stopped bot does not trade again.",
    "ERROR": "It failed: exits still work, entries wait until it is resumed.",
    "CIRCUIT_TRIPPED": "Its circuit breaker has tripped: exits still work, entries wait for a reset.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The newest gate that said no."""

    gate: str
    code: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the sentence is made of. `halt_level` is empty when nothing halts the bot, `direction` None before warm-up."""

    status: str
    pause_reason: str
    halt_level: str
    halt_source: str
    holds: bool
    ticked: bool
    live_data: bool
    skipped: int
    direction: int | None
    edge_bps: Decimal | None
    refused: Refused | None


def explain(facts: Facts) -> str:
    """The strongest reason first: halt, status, data, refusal, then the signal itself."""
    if facts.halt_level == "HALTED":
        return f"Everything is halted ({facts.halt_source}): no order of this bot passes until the halt is lifted."
    if facts.status in AT_REST:
        return AT_REST[facts.status]
    if facts.status == "PAUSED":
        return WAITING.get(facts.pause_reason, f"It is paused ({facts.pause_reason or 'no reason given'}): resume it.")
    if facts.halt_level:
        return f"A halt ({facts.halt_source}) lets it only shrink positions."
    if not facts.live_data:
        return "It is running on recorded prices, which move only in a replay: here no candle follows by itself."
    if not facts.ticked:
        return "It is running and waits for its first tick."
    if facts.skipped:
        return f"{facts.skipped} candles came too late to be judged; no entry is made for the past."
    if facts.refused is not None:
        return f"Gate {facts.refused.gate} said no ({facts.refused.code}): {facts.refused.sentence}"
    return _signal(facts)


def _signal(facts: Facts) -> str:
    if facts.direction is None:
        return "Its indicators are still warming up: more candles are needed."
    if facts.holds:
        return "It holds a position and waits for an exit: signal, stop, target or holding time."
    if facts.direction > 0:
        edge = "an unknown edge" if facts.edge_bps is None else f"an edge of {facts.edge_bps} bps"
        return f"The last candle gave an entry signal with {edge}."
    return "The last candle gave no entry signal."
