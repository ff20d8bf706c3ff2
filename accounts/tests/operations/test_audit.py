"""The trail grows in chains and nobody can rewrite it unseen."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from accounts.domain.chain import GENESIS
from accounts.models import AuditChain, AuditRow, User
from accounts.operations import audit
from accounts.queries import audit as trail
from accounts.tests.builders import NOON


def act(person: User | None, name: str = "bot.paused") -> audit.Act:
    return audit.Act(
        person=person.pk if person else None, actor="system:tick", act=name, subject="bot:1",
        before={"status": "RUNNING"}, after={"status": "PAUSED"}, reason="test", request_id="r-1",
    )  # fmt: skip


def test_three_acts_of_alice_and_one_of_the_system_make_two_chains_that_hold(alice: User) -> None:
    audit.record_many(rows=[act(alice), act(None), act(alice)], now=NOON)
    audit.record_many(rows=[act(alice)], now=NOON)
    mine = list(AuditRow.objects.filter(chain__person=alice).order_by("seq"))
    assert [row.seq for row in mine] == [1, 2, 3]
    assert mine[0].prev_hash == GENESIS
    assert [row.prev_hash for row in mine[1:]] == [mine[0].hash, mine[1].hash]
    assert AuditRow.objects.get(chain__person=None).seq == 1
    assert list(trail.breaks()) == []


def test_a_row_survives_what_json_cannot_hold(alice: User) -> None:
    audit.record(
        person=alice.pk, actor="a\nb", act="x", subject="y", before={"a": 0.1}, after={"b": NOON, "c": "\x00\ud800"},
        reason="\x00", request_id="", now=NOON,
    )  # fmt: skip
    assert list(trail.breaks()) == []


def test_a_thousand_rows_cost_as_many_statements_as_two(alice: User, bob: User, django_assert_num_queries: Any) -> None:
    audit.record_many(rows=[act(alice), act(bob)], now=NOON)
    for size in (2, 1000):
        with django_assert_num_queries(5):  # savepoint, lock, rows, heads, release
            audit.record_many(rows=[act(alice), act(bob)] * (size // 2), now=NOON)


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_leave_one_whole_chain() -> None:
    def write(_: int) -> None:
        try:
            audit.record_many(rows=[act(None)], now=NOON)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    chain = AuditChain.objects.get(person=None)
    assert chain.head_seq == 40
    assert list(trail.breaks()) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE accounts_auditrow SET reason = 'nothing happened'",
        "UPDATE accounts_auditrow SET seq = seq + 100",
        "DELETE FROM accounts_auditrow",
        "TRUNCATE accounts_auditrow",
        "TRUNCATE accounts_auditchain CASCADE",
        "DELETE FROM accounts_auditchain",
        "UPDATE accounts_auditchain SET head_seq = 0, head_hash = repeat('0', 64)",
        "UPDATE accounts_auditchain SET person_id = NULL, head_seq = head_seq + 1",
        "INSERT INTO accounts_auditchain (id, head_seq, head_hash) VALUES (gen_random_uuid(), 0, repeat('0', 64))",
        "INSERT INTO accounts_auditrow SELECT gen_random_uuid(), seq, at, actor, act, subject, before, after, reason,"
        " request_id, prev_hash, hash, chain_id FROM accounts_auditrow",
        "DELETE FROM accounts_user",
        "ALTER TABLE accounts_auditrow DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP TRIGGER accounts_auditrow_append_only ON accounts_auditrow",
    ],
)
def test_the_application_role_cannot_rewrite_the_trail(attack: str, alice: User, app_connection: psycopg.Connection[Any]) -> None:
    audit.record_many(rows=[act(alice), act(None)], now=NOON)
    before = sorted(AuditRow.objects.values_list("seq", "hash"))
    with pytest.raises(psycopg.Error):
        app_connection.execute(attack)
    assert sorted(AuditRow.objects.values_list("seq", "hash")) == before
    assert list(trail.breaks()) == []


@pytest.mark.parametrize(
    ("attack", "found"),
    [
        ("UPDATE accounts_auditrow SET reason = 'nothing happened' WHERE seq = 2", (2, "row changed")),
        ("UPDATE accounts_auditrow SET after = '{}' WHERE seq = 2", (2, "row changed")),
        ("DELETE FROM accounts_auditrow WHERE seq = 2", (2, "row missing")),
        ("DELETE FROM accounts_auditrow WHERE seq = 3", (3, "head differs")),
    ],
)
def test_even_the_owner_of_the_database_leaves_a_trace(attack: str, found: tuple[int, str], alice: User) -> None:
    audit.record_many(rows=[act(alice)] * 3, now=NOON)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(attack)
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [(broken.seq, broken.found) for broken in trail.breaks()] == [found]
