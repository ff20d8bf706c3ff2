"""The application's role makes people, and never operators: each attack over a connection of its own."""

from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import User
from accounts.tests.builders import person

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.mark.parametrize("mark", ["is_staff", "is_superuser"])
def test_the_application_can_neither_make_an_operator_nor_unmake_one(app_connection: Connection, mark: str) -> None:
    person("alice")
    person("olga", staff=True)
    User.objects.filter(username="olga").update(is_superuser=True)
    for sql in (
        f"UPDATE accounts_user SET {mark} = true WHERE username = 'alice'",
        f"UPDATE accounts_user SET {mark} = false WHERE username = 'olga'",
        f"INSERT INTO accounts_user (id, username, password, first_name, last_name, email, is_active, date_joined, time_zone,"
        f" reporting_currency, is_staff, is_superuser) SELECT gen_random_uuid(), 'mallory', '', '', '', '', true, now(), 'UTC', 'USDT',"
        f" '{mark}' = 'is_staff', '{mark}' = 'is_superuser'",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation, match="owner of the tables"):
            app_connection.execute(sql)
    assert set(User.objects.values_list("username", mark)) == {("alice", False), ("olga", True)}


@pytest.mark.parametrize("mark", ["is_staff", "is_superuser"])
def test_the_application_deletes_nobody_and_no_operator_even_with_the_right(app_connection: Connection, mark: str) -> None:
    person("alice")
    person("olga")
    User.objects.filter(username="olga").update(**{mark: True})
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("DELETE FROM accounts_user")
    with connection.cursor() as cursor:
        cursor.execute("GRANT DELETE ON accounts_user TO app")  # the trigger is the second net below the missing right
    try:
        with pytest.raises(psycopg.errors.RestrictViolation, match="owner of the tables"):
            app_connection.execute("DELETE FROM accounts_user")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("REVOKE DELETE ON accounts_user FROM app")
    assert set(User.objects.values_list("username", flat=True)) == {"alice", "olga"}


def test_the_application_still_makes_people_and_saves_operators_as_they_were(app_connection: Connection) -> None:
    person("olga", staff=True)
    app_connection.execute("UPDATE accounts_user SET is_staff = is_staff, is_superuser = is_superuser, email = 'olga@example.org'")
    app_connection.execute(
        "INSERT INTO accounts_user (id, username, password, first_name, last_name, email, is_active, date_joined, time_zone,"
        " reporting_currency, is_staff, is_superuser) VALUES (gen_random_uuid(), 'ben', '', '', '', '', true, now(), 'UTC', 'USDT',"
        " false, false)"
    )
    assert set(User.objects.values_list("username", "is_staff")) == {("olga", True), ("ben", False)}


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM django_migrations",
        "UPDATE django_migrations SET name = 'other'",
        "INSERT INTO django_migrations (app, name, applied) VALUES ('accounts', '9999_never', now())",
        "TRUNCATE django_migrations",
    ],
)
def test_the_application_reads_what_has_been_migrated_and_never_writes_it(app_connection: Connection, sql: str) -> None:
    assert app_connection.execute("SELECT count(*) > 0 FROM django_migrations").fetchone() == (True,)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute(sql)
