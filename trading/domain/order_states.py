"""Order states as one table; an order may always stay where it is. The database holds the same table in a trigger; a test compares
the two.
"""

from __future__ import annotations

MOVES: dict[str, frozenset[str]] = {
    "PENDING": frozenset({"SENDING", "REFUSED", "CANCELLED"}),
    "REFUSED": frozenset(),
    "SENDING": frozenset({"OPEN", "PARTIALLY_FILLED", "FILLED", "REJECTED", "EXPIRED", "UNKNOWN", "CANCELLING"}),
    "OPEN": frozenset({"PARTIALLY_FILLED", "FILLED", "CANCELLING", "CANCELLED", "EXPIRED", "UNKNOWN"}),
    "PARTIALLY_FILLED": frozenset({"FILLED", "CANCELLING", "CANCELLED", "EXPIRED", "UNKNOWN"}),
    "CANCELLING": frozenset({"OPEN", "PARTIALLY_FILLED", "FILLED", "CANCELLED", "EXPIRED", "UNKNOWN"}),
    "UNKNOWN": frozenset({
        "OPEN", "PARTIALLY_FILLED", "FILLED", "CANCELLING", "CANCELLED", "REJECTED", "EXPIRED", "NOT_PLACED",
    }),
    # The real world fills what it has cancelled, expired, rejected or denied: a fact is booked all the same.
    "CANCELLED": frozenset({"FILLED"}),
    "EXPIRED": frozenset({"FILLED"}),
    "REJECTED": frozenset({"FILLED"}),
    "NOT_PLACED": frozenset({"FILLED"}),
    "FILLED": frozenset(),
}  # fmt: skip
FINAL = frozenset({"FILLED", "CANCELLED", "REJECTED", "EXPIRED", "NOT_PLACED", "REFUSED"})
DENIED = frozenset({"REJECTED", "NOT_PLACED"})  # the venue's word that it never traded this
WORKING = tuple(state for state in MOVES if state not in FINAL)
