"""The checks of `deploy/verify` pass on what the migrations made, and each finds what is missing."""

import pytest
from django.db import connection

from accounts.tests import builders
from amarktai.health import verify

pytestmark = pytest.mark.django_db


def change(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_fresh_database_has_every_constraint_and_trigger():
    assert "named constraints" in verify.constraints()
    assert "triggers" in verify.triggers()
    assert verify.migrations() == "all applied"


def test_a_missing_constraint_is_named():
    change("ALTER TABLE bots_halt DROP CONSTRAINT halt_level_known")
    with pytest.raises(verify.Broken, match="halt_level_known"):
        verify.constraints()


@pytest.mark.parametrize("act", ["DROP TRIGGER posting_append_only ON", "ALTER TABLE {} DISABLE TRIGGER posting_append_only"])
def test_a_missing_or_disabled_trigger_is_named(act):
    table = "ledger_posting"
    change(act.format(table) if "{}" in act else f"{act} {table}")
    with pytest.raises(verify.Broken, match="posting_append_only"):
        verify.triggers()


def test_a_role_that_owns_the_tables_is_refused():
    """The tests connect as the owner, which is what this check is there to find."""
    with pytest.raises(verify.Broken, match="by this role"):
        verify.rights()


def test_every_module_imports():
    assert "modules" in verify.modules()


def test_every_route_answers_and_a_failing_one_is_named():
    assert "routes" in verify.routes(verify.from_inside)
    with pytest.raises(verify.Broken, match="/api/system/status"):
        verify.routes(lambda path: (500, "") if path == "/api/system/status" else (200, ""))


def test_every_screen_renders_for_the_demo_user():
    assert verify.screens().startswith("left out")
    builders.person("demo")
    assert "screens" in verify.screens()
