"""A link covers every column and the link before it."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from accounts.domain.chain import GENESIS, facts, link


def test_a_link_is_the_sha256_of_the_previous_link_and_the_sorted_columns() -> None:
    by_hand = sha256((GENESIS + '{"act":"x","seq":1}').encode()).hexdigest()
    assert link(previous=GENESIS, columns={"seq": 1, "act": "x"}) == by_hand


def test_a_changed_column_or_another_past_changes_the_link() -> None:
    one = link(previous=GENESIS, columns={"seq": 1})
    assert one != link(previous=GENESIS, columns={"seq": 2})
    assert one != link(previous=one, columns={"seq": 1})


def test_facts_become_what_jsonb_gives_back() -> None:
    moment = datetime(2026, 3, 2, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    given = {"amount": Decimal("1.50"), "at": moment, "id": UUID(int=1), 3: (0.1, None, True), "text": "a\x00b\ud800"}
    assert facts(given) == {
        "amount": "1.5",
        "at": "2026-03-02T12:00:00.000000Z",
        "id": "00000000-0000-0000-0000-000000000001",
        "3": ["0.1", None, True],
        "text": "ab?",
    }
    assert facts(datetime(2026, 3, 2, tzinfo=UTC)) == "2026-03-02T00:00:00.000000Z"
