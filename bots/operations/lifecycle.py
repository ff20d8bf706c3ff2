"""The moves of a bot. Each locks the bot, moves it by the table, and leaves a move, an audit row and an event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.domain.refusals import Conflict, Missing
from accounts.operations import audit
from accounts.realtime import wire
from bots.domain import lifecycle as table
from bots.domain.lifecycle import Move, Standing
from bots.models import Bot, BotMove, Stage, Status
from bots.operations.halts import WHOSE, share_gate
from bots.queries import halts

Positions = Literal["close", "keep"]
MUST_NOT_BE_HALTED = (Move.START, Move.RESUME)


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """One move of one or many bots, and who wants it why."""

    move: Move
    reason: str | Callable[[Bot], str]
    actor: str
    request_id: str
    now: datetime
    pause_reason: str = ""
    stop_positions: str = ""

    def why(self, bot: Bot) -> str:
        """The reason for this one of them."""
        return self.reason if isinstance(self.reason, str) else self.reason(bot)


def start(*, bot_id: UUID, actor: str, request_id: str, now: datetime, reason: str = "", owner: UUID | None = None) -> Bot:
    """PAUSED(NEW) -> RUNNING. Conflict ILLEGAL_MOVE, Conflict HALTED while a halt of level HALTED covers the bot."""
    wish = _Wish(move=Move.START, reason=reason, actor=actor, request_id=request_id, now=now)
    return _alone(wish, bot_id=bot_id, owner=owner)


def resume(*, bot_id: UUID, actor: str, request_id: str, now: datetime, reason: str = "", owner: UUID | None = None) -> Bot:
    """PAUSED (not NEW, not STOPPING) or ERROR -> RUNNING; the same refusals as `start`."""
    wish = _Wish(move=Move.RESUME, reason=reason, actor=actor, request_id=request_id, now=now)
    return _alone(wish, bot_id=bot_id, owner=owner)


def pause(*, bot_id: UUID, actor: str, request_id: str, now: datetime, reason: str = "", owner: UUID | None = None) -> Bot:
    """RUNNING -> PAUSED(USER); its exits are still judged."""
    wish = _Wish(
        move=Move.PAUSE, pause_reason=table.USER, reason=reason, actor=actor, request_id=request_id, now=now
    )
    return _alone(wish, bot_id=bot_id, owner=owner)


def fail(*, reasons: Mapping[UUID, str], actor: str, now: datetime, request_id: str = "") -> frozenset[UUID]:
    """RUNNING -> ERROR for these bots, each for its reason: the tick could not judge them. Those that do not run are left out ->
    who moved."""
    wish = _Wish(move=Move.FAIL, reason=lambda bot: reasons[bot.id], actor=actor, request_id=request_id, now=now)
    return _ids(_together(wish, wanted=Q(id__in=reasons, status=Status.RUNNING)))


def trip(*, reasons: Mapping[UUID, str], actor: str, now: datetime, request_id: str = "") -> frozenset[UUID]:
    """RUNNING, PAUSED or ERROR -> CIRCUIT_TRIPPED and stage QUARANTINE for these bots, each for its reason; the halts are raised by
    the breaker. Those that are tripped, stopping or stopped are left out -> who moved."""
    wish = _Wish(move=Move.TRIP, reason=lambda bot: reasons[bot.id], actor=actor, request_id=request_id, now=now)
    return _ids(_together(wish, wanted=Q(id__in=reasons) & _trippable()))


def trip_people(*, reasons: Mapping[tuple[UUID, str], str], actor: str, now: datetime, request_id: str = "") -> frozenset[UUID]:
    """The same for every bot of these people, each in a mode: (owner, mode) -> why."""
    wish = _Wish(move=Move.TRIP, reason=lambda bot: reasons[bot.owner_id, bot.mode], actor=actor, request_id=request_id, now=now)
    whose = Q(pk__in=[])
    for each in {mode for _, mode in reasons}:
        whose |= Q(mode=each, owner__in=[owner for owner, mode in reasons if mode == each])
    return _ids(_together(wish, wanted=whose & _trippable()))


def reset_all(*, bot_ids: Collection[UUID], owner: UUID, reason: str, actor: str, request_id: str, now: datetime) -> int:
    """CIRCUIT_TRIPPED -> PAUSED(BREAKER_RESET) for these bots of a person, all or none; a person resumes them."""
    wish = _Wish(
        move=Move.RESET, pause_reason=table.BREAKER_RESET, reason=reason, actor=actor, request_id=request_id, now=now
    )
    return len(_together(wish, wanted=Q(id__in=bot_ids, owner=owner)))


def ask_stop(
    *,
    bot_id: UUID,
    position: Positions,
    actor: str,
    request_id: str,
    now: datetime,
    reason: str = "",
    owner: UUID | None = None,
) -> Bot:
    """Any but STOPPED -> PAUSED(STOPPING): whoever carries it out closes the position or hands it over first."""
    wish = _Wish(
        move=Move.STOP, stop_positions=position, reason=reason, actor=actor, request_id=request_id, now=now
    )
    return _alone(wish, bot_id=bot_id, owner=owner)


def finish_stop(*, bot_ids: Collection[UUID], reason: str, actor: str, now: datetime, request_id: str = "") -> frozenset[UUID]:
    """PAUSED(STOPPING) -> STOPPED, final, for these bots; others are left out -> who moved. The caller has seen that no order,
    position or reservation of them is left."""
    wish = _Wish(move=Move.FINISH, reason=reason, actor=actor, request_id=request_id, now=now)
    return _ids(_together(wish, wanted=Q(id__in=bot_ids, status=Status.PAUSED, pause_reason=table.STOPPING)))


def pause_all(*, owner: UUID, actor: str, request_id: str, now: datetime, reason: str = "") -> int:
    """Pause every running bot of a person and answer how many."""
    wish = _Wish(
        move=Move.PAUSE, pause_reason=table.USER, reason=reason, actor=actor, request_id=request_id, now=now
    )
    return len(_together(wish, wanted=Q(owner=owner, status="RUNNING")))


def pause_for_stop(*, halt: UUID, reason: str, actor: str, request_id: str, now: datetime) -> Counter[UUID]:
    """Pause every running bot under this halt with the reason EMERGENCY_STOP -> how many of whom. The halt stands by now, so that
    none of them starts any more."""
    wish = _Wish(
        move=Move.PAUSE, pause_reason=table.EMERGENCY_STOP, reason=reason, actor=actor, request_id=request_id, now=now
    )
    return Counter(bot.owner_id for bot in _together(wish, wanted=Q(id__in=halts.running_under(halt=halt), status="RUNNING")))


def start_all(*, owner: UUID, actor: str, request_id: str, now: datetime, reason: str = "") -> int:
    """Start every new bot of a person and answer how many. Conflict HALTED as for `start`: then none is started."""
    wish = _Wish(move=Move.START, reason=reason, actor=actor, request_id=request_id, now=now)
    return len(_together(wish, wanted=Q(owner=owner, status="PAUSED", pause_reason=table.NEW)))


def ask_stop_all(*, owner: UUID, position: Positions, actor: str, request_id: str, now: datetime, reason: str = "") -> int:
    """Ask every bot of a person that is neither stopping nor stopped to stop, and answer how many."""
    wish = _Wish(
        move=Move.STOP, stop_positions=position, reason=reason, actor=actor, request_id=request_id, now=now
    )
    return len(_together(wish, wanted=Q(owner=owner) & ~_over()))


def resume_all(*, owner: UUID, actor: str, request_id: str, now: datetime, reason: str = "") -> int:
    """Resume every paused or failed bot of a person and answer how many. NEW, STOPPING and EMERGENCY_STOP stay paused.

    Conflict HALTED while a halt of level HALTED covers one of them: then none is resumed.
    """
    wish = _Wish(move=Move.RESUME, reason=reason, actor=actor, request_id=request_id, now=now)
    left_alone = (table.NEW, table.STOPPING, table.EMERGENCY_STOP)
    paused = Q(status="PAUSED") & ~Q(pause_reason__in=left_alone)
    return len(_together(wish, wanted=Q(owner=owner) & (paused | Q(status="ERROR"))))


def _ids(bots: Collection[Bot]) -> frozenset[UUID]:
    return frozenset(bot.id for bot in bots)


def _trippable() -> Q:
    return ~Q(status=Status.CIRCUIT_TRIPPED) & ~_over()


def _over() -> Q:
    """Bots that are stopping or stopped: nothing but the end can happen to them."""
    return Q(status=Status.STOPPED) | Q(pause_reason=table.STOPPING)


def _alone(wish: _Wish, *, bot_id: UUID, owner: UUID | None = None) -> Bot:
    """One bot, by its id and, where a person asks, its owner: a foreign bot is Missing."""
    with transaction.atomic():
        mine = Q(id=bot_id) if owner is None else Q(id=bot_id, owner=owner)
        bot = _locked(mine).first()
        if bot is None:
            raise Missing("BOT_NOT_FOUND", "You have no such bot.")
        _move([bot], wish)
        return bot


def _together(wish: _Wish, *, wanted: Q) -> list[Bot]:
    """All bots that are `wanted`, locked in the order of their ids; a constant number of statements."""
    with transaction.atomic():
        bots = list(_locked(wanted).order_by("id"))
        if bots:
            _move(bots, wish)
        return bots


def _locked(wanted: Q) -> QuerySet[Bot]:
    """Not against rows that name the bot: a claim counts its first entry of the day while it holds the money that we may want."""
    return Bot.objects.select_for_update(of=("self",), no_key=True).select_related("book").filter(wanted)


def _move(bots: list[Bot], wish: _Wish) -> None:
    history = [_step(bot, wish) for bot in bots]
    changed = {"status": bots[0].status, "pause_reason": bots[0].pause_reason}
    if wish.stop_positions:  # else each keeps its own
        changed["stop_positions"] = wish.stop_positions
    if wish.move is Move.TRIP:
        changed["stage"] = Stage.QUARANTINE
    Bot.objects.filter(id__in=[bot.id for bot in bots]).update(**changed)
    BotMove.objects.bulk_create([move for move, _ in history])
    audit.record_many(rows=[act for _, act in history], now=wish.now)
    wire.publish_many_on_commit(
        [wire.Message(person=bot.owner_id, type="bot", data={"id": str(bot.id)}) for bot in bots]
    )
    if wish.move in MUST_NOT_BE_HALTED:
        _refuse_under_halt(bots)


def _step(bot: Bot, wish: _Wish) -> tuple[BotMove, audit.Act]:
    """Move the bot in memory; the two rows that tell of it."""
    before = Standing(status=bot.status, pause_reason=bot.pause_reason)
    after = table.after(standing=before, move=wish.move, pause_reason=wish.pause_reason)
    bot.status, bot.pause_reason = after.status, after.pause_reason
    bot.stop_positions = wish.stop_positions or bot.stop_positions
    move = BotMove(
        bot=bot, at=wish.now, move=wish.move.value, before=before.status, after=after.status, reason=wish.why(bot)[:200],
        actor=wish.actor,
    )  # fmt: skip
    act = audit.Act(
        person=bot.owner_id, actor=wish.actor, act=f"bot.{wish.move.value.lower()}", subject=f"bot:{bot.id}",
        before={"status": before.status, "pause_reason": before.pause_reason},
        after={"status": after.status, "pause_reason": after.pause_reason, "stop_positions": bot.stop_positions},
        reason=wish.why(bot), request_id=wish.request_id,
    )  # fmt: skip
    return move, act


def _refuse_under_halt(bots: list[Bot]) -> None:
    """A stop that commits later waits for us at the gate and then finds these bots; one that committed earlier is seen."""
    share_gate()
    standing = halts.standing()
    for bot in bots:
        veto = standing.level_for(owner=bot.owner_id, mode=bot.mode, wallet=bot.book.wallet_id, bot=bot.id)
        if veto is not None and veto.level == "HALTED":
            who = "an operator has to lift" if veto.scope == "GLOBAL" else "lift"
            raise Conflict(
                "HALTED",
                f"{WHOSE[veto.scope]} is stopped: {who} the stop first.",
                halt_id=veto.id,
                scope=veto.scope,
                source=veto.source,
            )
