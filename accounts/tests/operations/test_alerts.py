"""An alert is told once in ten minutes, to whom it concerns."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Alert, User
from accounts.operations import alerts
from accounts.queries import alerts as seen
from accounts.tests.builders import NOON


def raise_one(person: User | None, *, minutes: int = 0, key: str = "", code: str = "BREAKER_TRIPPED") -> None:
    alerts.raise_alert(
        person=person.pk if person else None, severity="CRITICAL", code=code, sentence="A bot was stopped.", data={"bot": 1},
        now=NOON + timedelta(minutes=minutes), dedup_key=key,
    )  # fmt: skip


def test_the_same_alert_is_told_again_only_after_ten_minutes(alice: User) -> None:
    for minutes in (0, 1, 9, 10, 11):
        raise_one(alice, minutes=minutes)
    assert [alert.at - NOON for alert in Alert.objects.order_by("at")] == [timedelta(0), timedelta(minutes=10)]


def test_another_person_code_or_subject_is_another_alert(alice: User, bob: User) -> None:
    raise_one(alice)
    raise_one(bob)
    raise_one(None)
    raise_one(alice, key="bot:2")
    raise_one(alice, code="DAILY_LOSS")
    assert Alert.objects.count() == 5


def test_a_hundred_alerts_cost_as_many_statements_as_one(alice: User, django_assert_num_queries: Any) -> None:
    for size in (1, 100):
        notices = [
            alerts.Notice(person=alice.pk, severity="WARNING", code="LIMIT_NEAR", sentence="Near.", dedup_key=f"{size}:{n}")
            for n in range(size)
        ]
        with django_assert_num_queries(2):
            alerts.raise_alerts(notices=[*notices, *notices], now=NOON)
    assert Alert.objects.count() == 101


def test_people_see_their_own_alerts_and_operators_also_those_for_operators(alice: User, bob: User, olga: User) -> None:
    raise_one(alice)
    raise_one(None, code="KILL_SWITCH")
    assert [alert.code for alert in seen.visible_to(user=alice)] == ["BREAKER_TRIPPED"]
    assert list(seen.visible_to(user=bob)) == []
    assert [alert.code for alert in seen.visible_to(user=olga)] == ["KILL_SWITCH"]


def test_nobody_marks_the_alert_of_another_as_read(alice: User, bob: User) -> None:
    raise_one(alice)
    alert = Alert.objects.get()
    assert alerts.mark_read(user=bob, ids=[alert.pk], now=NOON) == 0
    assert alerts.mark_read(user=alice, ids=[alert.pk], now=NOON) == 1
    assert alerts.mark_read(user=alice, ids=None, now=NOON) == 0
    assert seen.unread_count(user=alice) == 0


@pytest.mark.django_db(transaction=True)
def test_an_alert_that_is_rolled_back_is_neither_stored_nor_remembered() -> None:
    with transaction.atomic():
        raise_one(None)
        transaction.set_rollback(True)
    raise_one(None)
    assert Alert.objects.count() == 1
