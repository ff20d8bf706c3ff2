"""Who wants to write waits for everybody who is behind, and for nobody else."""

import threading

from bots.tests.threads import PATIENCE_S
from trading.operations import crew
from trading.operations.turns import NEVER, Turns


def test_a_lonely_worker_never_waits():
    turns = Turns(crew.context(), workers=1)
    turns.reach(0, 5)
    turns.wait(0, 5)


def test_a_worker_waits_until_the_other_has_passed_its_key():
    turns = Turns(crew.context(), workers=2)
    said: list[int | str] = []

    def later():
        turns.reach(1, 10)
        turns.wait(1, 10)
        said.append("ten is written")

    thread = threading.Thread(target=later)
    thread.start()
    for key in (3, 7, 9):
        turns.reach(0, key)
        turns.wait(0, key)  # nobody is before it
        said.append(key)
    turns.reach(0, 12)
    thread.join(PATIENCE_S)
    assert said == [3, 7, 9, "ten is written"]


def test_a_worker_that_is_done_holds_nobody_up():
    turns = Turns(crew.context(), workers=3)
    turns.reach(0, NEVER)
    turns.reach(2, NEVER)
    turns.reach(1, 4)
    turns.wait(1, 4)
