"""Why a bot does or does not trade, and what became of an order, in sentences for people: facts in, sentence out. Codes
stay in fields of their own. It must not look anything up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

WAITING = {
    "NEW": "It is new: start it.",
    "USER": "It was paused by hand: resume it.",
    "STOPPING": "It is stopping: its orders are cancelled and its position is closed or handed over first.",
    "EMERGENCY_STOP": "An emergency stop paused it: once the stop is lifted, resume it.",
    "UNSUPPORTED_EXCHANGE": "Its venue is not supported for paper trading.",
}
AT_REST = {
    "STOPPED": "It is stopped for good; a stopped bot does not trade again.",
    "ERROR": "It failed: exits still work, entries wait until it is resumed.",
    "CIRCUIT_TRIPPED": "Its circuit breaker has tripped: exits still work, entries wait for a reset.",
}

HALTS = {
    "EMERGENCY_STOP": "An emergency stop is in force",
    "KILL_SWITCH": "The kill switch is on",
    "BREAKER": "The circuit breaker has tripped",
    "DEFICIT": "The wallet owes more than it holds",
}
GATES = {
    "clamp": "The rules of the market",
    "data": "The check of the prices",
    "A": "Gate A (once only)",
    "B": "Gate B (fee coverage)",
    "C": "Gate C (trade limits)",
    "D": "Gate D (circuit breaker)",
    "cover": "The check of the funds",
}
SIDES = {"BUY": "Buy", "SELL": "Sell"}
LEGS = {"ENTRY": "to enter", "EXIT": "to exit"}
REASONS = {
    "SIGNAL": "on a signal",
    "STOP_LOSS": "at the stop loss",
    "TAKE_PROFIT": "at the profit target",
    "TRAILING": "at the trailing stop",
    "MAX_HOLDING": "after the longest holding time",
    "PERSON": "by hand",
    "FLATTEN": "because the position was to be closed",
}
OUTCOMES = {
    "PENDING": "about to be sent",
    "REFUSED": "refused",
    "SENDING": "on its way to the venue",
    "OPEN": "waiting at the venue",
    "PARTIALLY_FILLED": "filled in part",
    "FILLED": "filled",
    "CANCELLING": "being cancelled",
    "CANCELLED": "cancelled",
    "REJECTED": "turned down by the venue",
    "EXPIRED": "expired without a fill",
    "UNKNOWN": "sent, and the venue has not said what became of it",
    "NOT_PLACED": "never arrived at the venue",
}
ENDED_IN_PART = {"EXPIRED": "filled in part, then expired", "CANCELLED": "filled in part, then cancelled"}


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
    if facts.halt_level == "HALTED" and facts.pause_reason == "STOPPING":
        return f"{_halt(facts)}: it is stopping and waits with what it holds until the stop is lifted."
    if facts.halt_level == "HALTED":
        return f"{_halt(facts)}: no order of this bot passes until the stop is lifted."
    if facts.status in AT_REST:
        return AT_REST[facts.status]
    if facts.status == "PAUSED":
        return WAITING.get(facts.pause_reason, f"It is paused ({words(facts.pause_reason) or 'no reason given'}): resume it.")
    if facts.halt_level:
        return f"{_halt(facts)}: the bot may only shrink its position until the halt is lifted."
    if not facts.live_data:
        return "It is running on recorded prices, which move only in a replay: here no candle follows by itself."
    if not facts.ticked:
        return "It is running and waits for its first tick."
    if facts.skipped:
        return f"{facts.skipped} candles came too late to be judged; no entry is made for the past."
    if facts.refused is not None:
        gate = facts.refused.gate
        return f"{GATES.get(gate, f'Gate {gate}')} said no: {facts.refused.sentence}"
    return _signal(facts)


def order(*, side: str, leg: str, reason: str, state: str, filled: bool = False) -> str:
    """What an order was for and what became of it: "Buy to enter on a signal: filled."."""
    outcome = ENDED_IN_PART.get(state) if filled else None
    return f"{SIDES[side]} {LEGS[leg]} {REASONS.get(reason, words(reason))}: {outcome or OUTCOMES.get(state, words(state))}."


def move(*, before: str, after: str, reason: str) -> str:
    """A move of a bot's status, with the reason that was given."""
    return f"From {words(before)} to {words(after)}. {reason}".strip()


def words(code: str) -> str:
    """A code in small letters: CIRCUIT_TRIPPED -> circuit tripped."""
    return code.replace("_", " ").lower()


def _halt(facts: Facts) -> str:
    return HALTS.get(facts.halt_source, f"A halt is in force ({words(facts.halt_source)})")


def _signal(facts: Facts) -> str:
    if facts.direction is None:
        return "Its indicators are still warming up: more candles are needed."
    if facts.holds:
        return "It holds a position and waits for an exit: signal, stop, target or holding time."
    if facts.direction > 0:
        edge = "an unknown edge" if facts.edge_bps is None else f"an edge of {facts.edge_bps} bps"
        return f"The last candle gave an entry signal with {edge}."
    return "The last candle gave no entry signal."
