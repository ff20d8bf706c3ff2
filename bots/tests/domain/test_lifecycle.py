"""Every pair of situation and move, spelled out."""

import pytest

from accounts.domain.refusals import Conflict
from bots.domain.lifecycle import MOVES, Move, Situation, Standing, after, legal

BARE = {
    Situation.NEW: Standing(status="PAUSED", pause_reason="NEW"),
    Situation.RUNNING: Standing(status="RUNNING"),
    Situation.PAUSED: Standing(status="PAUSED", pause_reason="USER"),
    Situation.ERROR: Standing(status="ERROR"),
    Situation.CIRCUIT_TRIPPED: Standing(status="CIRCUIT_TRIPPED"),
    Situation.STOPPING: Standing(status="PAUSED", pause_reason="STOPPING"),
    Situation.STOPPED: Standing(status="STOPPED"),
}

# Rows: where a bot is. Columns: what is done. "-" is refused.
TABLE = """
situation        START    PAUSE   RESUME   FAIL   TRIP             RESET   STOP      FINISH
NEW              RUNNING  -       -        -      CIRCUIT_TRIPPED  -       STOPPING  -
RUNNING          -        PAUSED  -        ERROR  CIRCUIT_TRIPPED  -       STOPPING  -
PAUSED           -        -       RUNNING  -      CIRCUIT_TRIPPED  -       STOPPING  -
ERROR            -        -       RUNNING  -      CIRCUIT_TRIPPED  -       STOPPING  -
CIRCUIT_TRIPPED  -        -       -        -      -                PAUSED  STOPPING  -
STOPPING         -        -       -        -      -                -       -         STOPPED
STOPPED          -        -       -        -      -                -       -         -
"""


def cases():
    header, *rows = [line.split() for line in TABLE.strip().splitlines()]
    return [(row[0], move, cell) for row in rows for move, cell in zip(header[1:], row[1:], strict=True)]


@pytest.mark.parametrize(("here", "move", "there"), cases())
def test_a_bot_moves_by_the_table_and_by_nothing_else(here, move, there):
    standing = BARE[Situation[here]]
    if there == "-":
        with pytest.raises(Conflict) as refused:
            after(standing=standing, move=Move[move], pause_reason="USER")
        assert refused.value.code == "ILLEGAL_MOVE"
        assert refused.value.numbers["legal"] == list(legal(standing.status, standing.pause_reason))
    else:
        assert after(standing=standing, move=Move[move], pause_reason="USER") == BARE[Situation[there]]


def test_the_written_table_and_the_code_have_the_same_moves():
    written = {(Situation[here], Move[move]): Situation[there] for here, move, there in cases() if there != "-"}
    assert written == MOVES


def test_a_bot_paused_by_an_emergency_stop_may_be_resumed_by_name():
    assert legal("PAUSED", "EMERGENCY_STOP") == ("RESUME", "STOP")


def test_nothing_can_be_asked_of_a_stopped_bot():
    assert legal("STOPPED", "") == ()
    assert legal("PAUSED", "STOPPING") == ()


def test_only_people_start_pause_resume_reset_and_stop():
    assert legal("RUNNING", "") == ("PAUSE", "STOP")
    assert legal("PAUSED", "NEW") == ("START", "STOP")
    assert legal("CIRCUIT_TRIPPED", "") == ("RESET", "STOP")
