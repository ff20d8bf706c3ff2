"""Which standing halt vetoes whom. Pure: the rows are read by `bots.queries.halts`, written by `bots.operations.halts`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

LevelName = Literal["REDUCING", "HALTED"]
ScopeName = Literal["GLOBAL", "USER", "BOT"]
_STRENGTH = {"HALTED": 0, "REDUCING": 1}
_BREADTH = {"GLOBAL": 0, "USER": 1, "BOT": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class HaltWish:
    """A halt that is to be raised, and why. Empty `mode` and missing `wallet` mean all of the person's."""

    scope: ScopeName
    level: LevelName
    user: UUID | None = None
    mode: str = ""
    wallet: UUID | None = None
    bot: UUID | None = None
    source: str
    reason: str
    flatten: bool = False

    @property
    def subject(self) -> dict[str, Any]:
        """What it covers, for the audit trail."""
        return {
            "scope": self.scope, "level": self.level, "user": self.user, "mode": self.mode, "wallet": self.wallet, "bot": self.bot
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Veto(HaltWish):
    """The same as it stands."""

    id: UUID

    def covers(self, *, owner: UUID, mode: str, wallet: UUID, bot: UUID | None) -> bool:
        """Whether an order of this owner, mode, wallet and bot (None: a person's own order) falls under it."""
        if self.scope == "GLOBAL":
            return not self.mode or self.mode == mode
        if self.scope == "BOT":
            return self.bot == bot
        return self.user == owner and self.mode in ("", mode) and self.wallet in (None, wallet)


@dataclass(frozen=True, slots=True)
class Halts:
    """All halts that stand at one moment, and the epoch that counts every raised and lifted one. They are looked up by what they
    name, so that a claim of thousands under the trips of thousands does not compare each with each."""

    epoch: int
    rows: tuple[Veto, ...]
    _named: dict[tuple[ScopeName, UUID | None], list[Veto]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for row in self.rows:
            self._named.setdefault((row.scope, row.bot if row.scope == "BOT" else row.user), []).append(row)

    def vetoes_for(self, *, owner: UUID, mode: str, wallet: UUID, bot: UUID | None) -> tuple[Veto, ...]:
        """Every halt that covers it: HALTED before REDUCING, then GLOBAL, USER, BOT, then the oldest."""
        named: list[tuple[ScopeName, UUID | None]] = [("GLOBAL", None), ("USER", owner), ("BOT", bot)]
        near = [row for name in named for row in self._named.get(name, ())]
        found = [row for row in near if row.covers(owner=owner, mode=mode, wallet=wallet, bot=bot)]
        return tuple(sorted(found, key=lambda row: (_STRENGTH[row.level], _BREADTH[row.scope])))

    def level_for(
        self, *, owner: UUID, mode: str, wallet: UUID, bot: UUID | None, closing: UUID | None = None
    ) -> Veto | None:
        """The strongest halt that covers it, or None when nothing stands in its way. For a closing order of a halt that is as
        strong and as broad (`closing`), that one: who stopped first and flattens then has two of them."""
        found = self.vetoes_for(owner=owner, mode=mode, wallet=wallet, bot=bot)
        for veto in found:
            if veto.id == closing and (veto.level, veto.scope) == (found[0].level, found[0].scope):
                return veto
        return found[0] if found else None

    def spares(self, *, scope: ScopeName) -> tuple[UUID, ...]:
        """The full halts whose closing orders a full halt of this scope lets work: those of its own scope and broader."""
        return tuple(row.id for row in self.rows if row.level == "HALTED" and _BREADTH[row.scope] <= _BREADTH[scope])

    def matching(
        self, *, scope: ScopeName, user: UUID | None = None, bot: UUID | None = None, source: str = ""
    ) -> tuple[Veto, ...]:
        """The standing halts with exactly this scope and subject, of one source or of all (empty)."""
        return tuple(
            row
            for row in self.rows
            if row.scope == scope
            and (scope != "USER" or row.user == user)
            and (scope != "BOT" or row.bot == bot)
            and source in ("", row.source)
        )
