"""What a bot may do next: one table of (situation, move). It decides, it does not write.

A situation is the status, with the pause reasons NEW and STOPPING told apart because they allow other moves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from accounts.domain.refusals import Conflict

NEW = "NEW"
STOPPING = "STOPPING"
USER = "USER"
EMERGENCY_STOP = "EMERGENCY_STOP"
BREAKER_RESET = "BREAKER_RESET"


class Move(StrEnum):
    START = "START"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    FAIL = "FAIL"
    TRIP = "TRIP"
    RESET = "RESET"
    STOP = "STOP"
    FINISH = "FINISH"


class Situation(StrEnum):
    NEW = "PAUSED(NEW)"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    ERROR = "ERROR"
    CIRCUIT_TRIPPED = "CIRCUIT_TRIPPED"
    STOPPING = "PAUSED(STOPPING)"
    STOPPED = "STOPPED"


MOVES: dict[tuple[Situation, Move], Situation] = {
    (Situation.NEW, Move.START): Situation.RUNNING,
    (Situation.NEW, Move.TRIP): Situation.CIRCUIT_TRIPPED,  # a person's trip covers bots that never ran
    (Situation.NEW, Move.STOP): Situation.STOPPING,
    (Situation.RUNNING, Move.PAUSE): Situation.PAUSED,
    (Situation.RUNNING, Move.FAIL): Situation.ERROR,
    (Situation.RUNNING, Move.TRIP): Situation.CIRCUIT_TRIPPED,
    (Situation.RUNNING, Move.STOP): Situation.STOPPING,
    (Situation.PAUSED, Move.RESUME): Situation.RUNNING,
    (Situation.PAUSED, Move.TRIP): Situation.CIRCUIT_TRIPPED,  # its held position can still lose
    (Situation.PAUSED, Move.STOP): Situation.STOPPING,
    (Situation.ERROR, Move.RESUME): Situation.RUNNING,
    (Situation.ERROR, Move.TRIP): Situation.CIRCUIT_TRIPPED,
    (Situation.ERROR, Move.STOP): Situation.STOPPING,
    (Situation.CIRCUIT_TRIPPED, Move.RESET): Situation.PAUSED,
    (Situation.CIRCUIT_TRIPPED, Move.STOP): Situation.STOPPING,
    # A stopping bot takes no entries and is on its way out: a trip would only forget that it was asked to stop.
    (Situation.STOPPING, Move.FINISH): Situation.STOPPED,
}

ASKED_BY_PEOPLE = (Move.START, Move.PAUSE, Move.RESUME, Move.RESET, Move.STOP)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Status and pause reason of a bot, as stored."""

    status: str
    pause_reason: str = ""

    @property
    def situation(self) -> Situation:
        if self.status == Situation.PAUSED and self.pause_reason in (NEW, STOPPING):
            return Situation[self.pause_reason]
        return Situation(self.status)


def legal(status: str, pause_reason: str) -> tuple[str, ...]:
    """The moves a person may ask for now, in the table's order (what a 409 lists, what a page offers)."""
    here = Standing(status=status, pause_reason=pause_reason).situation
    return tuple(move.value for (situation, move) in MOVES if situation is here and move in ASKED_BY_PEOPLE)


def after(*, standing: Standing, move: Move, pause_reason: str = "") -> Standing:
    """Status and pause reason after the move; `pause_reason` is used where the move leads to PAUSED.

    Conflict ILLEGAL_MOVE (with the legal moves) when the table has no such pair.
    """
    target = MOVES.get((standing.situation, move))
    if target is None:
        moves = legal(standing.status, standing.pause_reason)
        raise Conflict(
            "ILLEGAL_MOVE",
            f"A bot that is {standing.situation.value} cannot {move.value.lower()}. "
            + (f"Possible now: {', '.join(moves).lower()}." if moves else "Nothing can be asked of it now."),
            status=standing.status,
            pause_reason=standing.pause_reason,
            move=move.value,
            legal=list(moves),
        )
    if target is Situation.STOPPING:
        return Standing(status="PAUSED", pause_reason=STOPPING)
    if target is Situation.PAUSED:
        return Standing(status="PAUSED", pause_reason=pause_reason)
    return Standing(status=target.value)
