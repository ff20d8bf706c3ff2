"""A click that was acted upon stays so, whatever the application's role says to the database."""

from typing import Any

import psycopg
import pytest

from accounts.domain.refusals import Conflict
from accounts.models import User
from accounts.operations import clicks
from accounts.tests.builders import NOON

ATTACKS = ("DELETE FROM accounts_click", "UPDATE accounts_click SET key = 'another'", "TRUNCATE accounts_click")


def test_each_persons_clicks_are_their_own(alice: User, bob: User) -> None:
    clicks.act_on(person=alice.id, key="k", now=NOON)
    clicks.act_on(person=bob.id, key="k", now=NOON)
    clicks.act_on(person=alice.id, key="another", now=NOON)
    with pytest.raises(Conflict, match="done already"):
        clicks.act_on(person=alice.id, key="k", now=NOON)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_application_role_cannot_make_it_undone(attack: str, alice: User, app_connection: psycopg.Connection[Any]) -> None:
    clicks.act_on(person=alice.id, key="k", now=NOON)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(attack)


@pytest.mark.django_db(transaction=True)
def test_the_application_role_cannot_act_on_it_twice(alice: User, app_connection: psycopg.Connection[Any]) -> None:
    clicks.act_on(person=alice.id, key="k", now=NOON)
    with pytest.raises(psycopg.errors.UniqueViolation, match="click_acted_upon_once"):
        app_connection.execute("INSERT INTO accounts_click (person_id, key, at) VALUES (%s, 'k', now())", [alice.id])
