"""The wiring as a whole."""

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.utils import timezone


@pytest.mark.django_db
def test_the_database_is_postgresql_15_or_newer():
    with connection.cursor() as cursor:
        cursor.execute("show server_version_num")
        assert int(cursor.fetchone()[0]) >= 150000


def test_the_cache_answers():
    cache.set("wiring", 1)
    assert cache.get("wiring") == 1


def test_the_application_role_reads_and_writes_but_neither_truncates_nor_creates(app_connection):
    Session.objects.create(session_key="a", session_data="", expire_date=timezone.now())
    assert app_connection.execute("select count(*) from django_session").fetchone() == (1,)
    app_connection.execute("update django_session set session_data = 'b'")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("truncate django_session")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("create table mine (a int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        app_connection.execute("alter table django_session add column more int")
