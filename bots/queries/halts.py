"""The halts that stand now, read in one statement; who is vetoed is decided in `bots.domain.halts`, and said once more in SQL here for
whoever asks about sets."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.queries import sql
from accounts.queries.sql import Asked, Asking
from bots.domain.halts import Halts, Veto
from bots.models import Halt

_STANDING = """
SELECT COALESCE((SELECT value FROM bots_haltepoch WHERE id = 1), 0),
       h.id, h.scope, h.level, h.user_id, h.mode, h.wallet_id, h.bot_id, h.source, h.reason, h.flatten
FROM (SELECT 1) one LEFT JOIN bots_halt h ON h.lifted_at IS NULL
ORDER BY h.raised_at, h.id
"""


def standing() -> Halts:
    """Epoch and standing halts, oldest first, as of one snapshot. Inside a claim call it after `share_gate`."""
    return sql.ask(reading())


def reading() -> Asking[Halts]:
    """The same, as an asking."""
    [rows] = yield [Asked(_STANDING, ())]
    return Halts(
        epoch=rows[0][0],
        rows=tuple(
            Veto(
                id=id_, scope=scope, level=level, user=user, mode=mode, wallet=wallet, bot=bot, source=source,
                reason=reason, flatten=flatten,
            )
            for _, id_, scope, level, user, mode, wallet, bot, source, reason, flatten in rows
            if id_ is not None
        ),
    )  # fmt: skip


def veto_of(halt: Halt) -> Veto:
    """A halt's row as the rules see it."""
    return Veto(
        id=halt.id, scope=halt.scope, level=halt.level, user=halt.user_id, mode=halt.mode, wallet=halt.wallet_id,  # type: ignore[arg-type]
        bot=halt.bot_id, source=halt.source, reason=halt.reason, flatten=halt.flatten,
    )  # fmt: skip


def covering(*, owner: str, mode: str, wallet: str, bot: str) -> str:
    """The SQL of `Veto.covers`: whether the halt `h` covers what these expressions name. Each line looks at one of them, so that the
    planner can ask it where that one is read. Columns only: nothing that a person wrote comes here."""
    return f"""(
        (h.scope = 'BOT' OR h.mode IN ('', {mode}))
        AND (h.scope <> 'USER' OR h.user_id = {owner})
        AND (h.scope <> 'USER' OR h.wallet_id IS NULL OR h.wallet_id = {wallet})
        AND (h.scope <> 'BOT' OR h.bot_id = {bot})
    )"""


COVERS_BOT = covering(owner="b.owner_id", mode="b.mode", wallet="k.wallet_id", bot="b.id")  # of a bot `b` and its book `k`
_RUNNING_UNDER = f"""
SELECT b.id FROM bots_halt h CROSS JOIN bots_bot b JOIN ledger_book k ON k.id = b.book_id
WHERE h.id = %s AND b.status = 'RUNNING' AND {COVERS_BOT}
"""  # noqa: S608 - columns of this file, and no value


def running_under(*, halt: UUID) -> list[UUID]:
    """The running bots that this halt covers, whether or not it stands."""
    return [bot for (bot,) in sql.fetch(_RUNNING_UNDER, halt)]


def over(*, owner: UUID) -> QuerySet[Halt]:
    """The standing halts that a person may see: GLOBAL, their own, and those of their bots; newest first."""
    return all_standing().filter(Q(scope="GLOBAL") | Q(user=owner) | Q(bot__owner=owner))


def all_standing() -> QuerySet[Halt]:
    """Every halt that is not lifted, newest first."""
    return Halt.objects.filter(lifted_at__isnull=True).select_related("bot__owner", "user").order_by("-raised_at", "-id")
