"""The checks of `deploy/verify` pass on what the migrations made, and each finds what is missing."""

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.operations import audit
from accounts.tests import builders
from amarktai import verification
from amarktai.launcher.trouble import Trouble

pytestmark = pytest.mark.django_db


def change(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_fresh_database_has_every_constraint_and_trigger():
    assert "named constraints" in verification.constraints()
    assert "triggers" in verification.triggers()
    assert verification.migrations() == "all applied"


def test_the_triggers_looked_for_are_all_that_there_are():
    """Also those that one migration dropped and a later one made again, and none that was dropped for good."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT tgname) FROM pg_trigger WHERE NOT tgisinternal")
        [count] = cursor.fetchone()
    assert verification.triggers() == f"{count} triggers"


def test_a_missing_constraint_is_named():
    change("ALTER TABLE bots_halt DROP CONSTRAINT halt_level_known")
    with pytest.raises(verification.Broken, match="halt_level_known"):
        verification.constraints()


@pytest.mark.parametrize("act", ["DROP TRIGGER posting_append_only ON", "ALTER TABLE {} DISABLE TRIGGER posting_append_only"])
def test_a_missing_or_disabled_trigger_is_named(act):
    table = "ledger_posting"
    change(act.format(table) if "{}" in act else f"{act} {table}")
    with pytest.raises(verification.Broken, match="posting_append_only"):
        verification.triggers()


def test_a_role_that_owns_the_tables_is_refused():
    """The tests connect as the owner, which is what this check is there to find."""
    with pytest.raises(verification.Broken, match="by this role"):
        verification.rights()


def test_an_audit_row_that_was_changed_behind_the_triggers_is_named():
    for _ in range(2):
        audit.record(
            person=None, actor="system:test", act="a", subject="s", before={}, after={}, reason="", request_id="", now=builders.NOON
        )
    assert verification.audit_trail() == "1 chains"
    change("SET LOCAL session_replication_role = replica; UPDATE accounts_auditrow SET reason = 'another' WHERE seq = 2")
    with pytest.raises(verification.Broken, match=r"at 2 \(row changed\)"):
        verification.audit_trail()


def test_every_module_imports():
    assert "modules" in verification.modules()


def test_every_route_answers_and_a_failing_one_is_named():
    assert "routes" in verification.routes(verification.from_inside)
    with pytest.raises(verification.Broken, match="/api/system/status"):
        verification.routes(lambda path: (500, "") if path == "/api/system/status" else (200, ""))


def test_what_is_no_address_is_refused_before_anything_is_checked():
    with pytest.raises(Trouble, match="no address of a platform"):
        call_command("verify", "nonsense")


def test_every_screen_renders_for_the_demo_user():
    assert verification.screens().startswith("left out")
    builders.person("demo")
    assert "screens" in verification.screens()
