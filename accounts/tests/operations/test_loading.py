"""Models out of rows of plain SQL are what their managers would give."""

from datetime import timedelta

import pytest
from django.db import models

from accounts.models import Alert, User
from accounts.operations import alerts
from accounts.queries import loading, sql
from accounts.tests.builders import NOON

pytestmark = pytest.mark.django_db


def test_a_row_becomes_what_the_manager_reads_with_its_json_and_unsaved_changes_known(alice: User) -> None:
    for number in range(2):
        alerts.raise_alert(
            person=alice.id, severity="INFO", code=f"HELLO-{number}", sentence="Hello.", data={"n": number, "of": ["a", None]},
            dedup_key=str(number), now=NOON + timedelta(hours=number),
        )  # fmt: skip
    rows = sql.fetch(f"SELECT {loading.columns(Alert, of='a')} FROM accounts_alert a ORDER BY a.at")
    found, expected = loading.loaded(Alert, rows), list(Alert.objects.order_by("at"))
    assert [values(one) for one in found] == [values(one) for one in expected]
    assert [one.data for one in found] == [{"n": 0, "of": ["a", None]}, {"n": 1, "of": ["a", None]}]
    assert not any(one._state.adding for one in found)
    found[0].sentence = "Good day."
    found[0].save(update_fields=["sentence"])
    assert Alert.objects.get(code="HELLO-0").sentence == "Good day."


def test_no_row_is_no_model() -> None:
    assert loading.loaded(User, []) == []


def values(row: models.Model) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
