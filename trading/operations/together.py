"""Single orders claimed together: those that wait at the same moment share one transaction, each with its own answer.

Who comes first leads: it claims for everybody who has queued up meanwhile, in the order of their coming. Nobody waits for
company: a single order that comes alone is a batch of one. It must not judge, and knows nothing that `claim` does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Condition

from django.db import DatabaseError, connection

from trading.domain.policy import Policy
from trading.domain.requests import Claimed, OrderRequest
from trading.operations import claim

_TURN = Condition()
_queue: list[_Wish] = []
_leading = [False]


@dataclass(slots=True, eq=False)
class _Wish:
    request: OrderRequest
    policy: Policy
    kill_switch: bool
    now: datetime
    answer: Claimed | None = None

    def fits(self, other: _Wish) -> bool:
        """Whether both may be judged by one claim."""
        return self.policy is other.policy and self.kill_switch == other.kill_switch


def claim_one(request: OrderRequest, *, policy: Policy, now: datetime, kill_switch: bool) -> Claimed:
    """Claim one order, as `claim.claim` would, together with whoever else is waiting.

    An error of the database in a shared batch undoes it as a whole; then each of its orders is claimed anew by its own
    caller, so that only the one that is to blame fails.
    """
    wish = _Wish(request, policy, kill_switch, now)
    if connection.in_atomic_block:  # holds locks that a leader may want: waiting for one could last for ever
        _claim([wish])
    else:
        _queue_up(wish)
    assert wish.answer is not None
    return wish.answer


def _queue_up(wish: _Wish) -> None:
    with _TURN:
        _queue.append(wish)
        _TURN.wait_for(lambda: wish.answer is not None or not _leading[0])
        if wish.answer is not None:
            return
        _leading[0] = True
        batch = _take(wish)
    try:
        _lead(batch, wish)
    finally:
        with _TURN:
            _leading[0] = False
            _TURN.notify_all()


def _take(own: _Wish) -> list[_Wish]:
    """Those who wait and fit, in the order of their coming; alone who was in a batch that failed."""
    batch = [wish for wish in _queue if wish.fits(own)][: claim.BATCH] if own in _queue else [own]
    if own not in batch:
        batch = [own]
    _queue[:] = [wish for wish in _queue if wish not in batch]
    return batch


def _lead(batch: list[_Wish], own: _Wish) -> None:
    try:
        _claim(batch)
    except DatabaseError:
        if len(batch) == 1:
            raise
        _claim([own])


def _claim(batch: list[_Wish]) -> None:
    first = batch[0]
    now = max(wish.now for wish in batch)
    claimed = claim.claim([wish.request for wish in batch], policy=first.policy, now=now, kill_switch=first.kill_switch)
    for wish, order in zip(batch, claimed.orders, strict=True):
        wish.answer = order
