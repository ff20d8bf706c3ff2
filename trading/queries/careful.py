"""Who makes limits strict: whoever runs a conservative bot in a mode is judged by the strictest profile there.

The one place that says which bots count. It must not judge, nor write.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from accounts.queries import sql

MAKES_STRICT = "b.profile = 'conservative' AND b.status = 'RUNNING'"  # of a bot `b`: the limits of its person in its mode
_PEOPLE = f"""
SELECT k.owner, k.mode FROM unnest(%s::uuid[], %s::text[]) AS k(owner, mode)
WHERE EXISTS (SELECT FROM bots_bot b WHERE b.owner_id = k.owner AND b.mode = k.mode AND {MAKES_STRICT})
"""  # noqa: S608 - a constant, and no value
_NAMES = f"SELECT b.name FROM bots_bot b WHERE b.owner_id = %s AND b.mode = %s AND {MAKES_STRICT} ORDER BY b.name"  # noqa: S608 - as above


def people(found: Collection[tuple[UUID, str]]) -> set[tuple[UUID, str]]:
    """Those of these (person, mode) whose limits are strict."""
    return set(sql.fetch(_PEOPLE, [owner for owner, _ in found], [mode for _, mode in found]))


def names(*, owner: UUID, mode: str) -> list[str]:
    """The names of the bots that make a person's limits strict there, ascending."""
    return [name for (name,) in sql.fetch(_NAMES, owner, mode)]
