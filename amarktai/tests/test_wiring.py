"""The wiring as a whole."""

import pytest
from django.core.cache import cache
from django.db import connection


@pytest.mark.django_db
def test_the_database_is_postgresql_15_or_newer():
    with connection.cursor() as cursor:
        cursor.execute("show server_version_num")
        assert int(cursor.fetchone()[0]) >= 150000


def test_the_cache_answers():
    cache.set("wiring", 1)
    assert cache.get("wiring") == 1
