"""The embedded servers: one keeper per folder, no orphans, nothing lost."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
import redis

from amarktai.launcher import client, places
from amarktai.launcher.locks import is_free
from amarktai.launcher.places import PROJECT, SOCKET_PATH_BYTES
from amarktai.launcher.trouble import Trouble
from amarktai.tests.launcher.conftest import pids, wait_until


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def connects(url):
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def kill_postgres_and_wait(data, url):
    dead = pids(data)["postgres"]
    os.kill(dead, signal.SIGKILL)
    wait_until(lambda: pids(data)["postgres"] != dead and connects(url))


def test_two_clients_share_the_servers_which_stop_after_the_last(data, client):
    with client() as first:
        with client() as second:
            assert first.addresses == second.addresses
            running = pids(data)
            psycopg.connect(second.addresses["database_url"]).close()
            assert redis.Redis.from_url(second.addresses["redis_url"]).ping()
        assert pids(data) == running, "the servers outlive a client while another one is left"
        assert connects(first.addresses["database_url"])
    wait_until(lambda: is_free(data.servers_lock))
    assert not data.state.exists()
    wait_until(lambda: not any(map(lives, running.values())))


@pytest.mark.parametrize("ending", ["its last client left", "it was told to end"])
def test_who_comes_while_the_servers_stop_waits_says_so_and_gets_new_ones(data, client, environment, ending):
    """PostgreSQL is held still while it is to stop, until the newcomer has said that it waits."""
    with client() as first:
        before = pids(data)
        os.kill(before["postgres"], signal.SIGSTOP)
        if ending == "it was told to end":
            os.kill(before["keeper"], signal.SIGTERM)
        else:
            first.go()
        wait_until(lambda: not data.state.exists())
        words = "from amarktai.launcher import client, places; print(client.ensure(places.of_environment()).database_url)"
        with subprocess.Popen(
            [sys.executable, "-c", words], cwd=PROJECT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as newcomer:
            assert newcomer.stderr
            assert "are stopping and are started again then" in newcomer.stderr.readline()
            os.kill(before["postgres"], signal.SIGCONT)
            said, complained = newcomer.communicate()
    assert (newcomer.returncode, complained) == (0, "")
    assert "postgresql://" in said
    wait_until(lambda: not lives(before["postgres"]))


def test_whoever_comes_in_the_moment_when_a_keeper_ends_gets_a_new_one(data, client):
    """Its locks are freed one after the other."""
    seen = set()
    for _ in range(4):
        with client() as found:
            seen.add(pids(data)["keeper"])
            found.go()
        wait_until(lambda: not data.state.exists())
    with client():
        assert pids(data)["keeper"] not in seen
    assert len(seen) == 4


def test_a_client_that_is_killed_holds_nothing(data, client):
    with client() as only:
        only.kill()
    wait_until(lambda: is_free(data.servers_lock))
    assert is_free(data.clients_lock)


def test_data_outlives_a_restart(data, client):
    with client() as first, psycopg.connect(first.addresses["owner_url"]) as connection:
        connection.execute("create table kept (n int)")
        connection.execute("insert into kept values (42)")
        connection.commit()
        redis.Redis.from_url(first.addresses["redis_url"]).set("kept", "42")
    wait_until(lambda: is_free(data.servers_lock))
    with client() as second, psycopg.connect(second.addresses["database_url"]) as connection:
        assert connection.execute("select n from kept").fetchone() == (42,)
        assert redis.Redis.from_url(second.addresses["redis_url"]).get("kept") == b"42"


def test_a_killed_postgresql_is_revived_with_every_acknowledged_row(data, client):
    with client() as found:
        url = found.addresses["owner_url"]
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create table kept (n int)")
            connection.execute("insert into kept values (42)")
        for _ in range(3):
            kill_postgres_and_wait(data, url)
        with psycopg.connect(url) as connection:
            assert connection.execute("select n from kept").fetchone() == (42,)


def test_a_killed_keeper_leaves_no_orphans_and_the_next_client_finds_the_data(data, client):
    with client() as first:
        with psycopg.connect(first.addresses["owner_url"], autocommit=True) as connection:
            connection.execute("create table kept (n int)")
        before = pids(data)
        os.kill(before["keeper"], signal.SIGKILL)
        wait_until(lambda: is_free(data.servers_lock))
    with client() as second:
        assert pids(data)["keeper"] != before["keeper"]
        with psycopg.connect(second.addresses["database_url"]) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_the_application_role_can_neither_truncate_nor_change_tables(client):
    with client() as found:
        with psycopg.connect(found.addresses["owner_url"], autocommit=True) as connection:
            connection.execute("create table kept (n int)")
        with psycopg.connect(found.addresses["database_url"], autocommit=True) as connection:
            connection.execute("insert into kept values (1)")
            connection.execute("update kept set n = 2")
            connection.execute("delete from kept")
            for refused in (
                "truncate kept",
                "drop table kept",
                "create table mine (n int)",
                "alter table kept disable trigger all",
                "set session_replication_role = replica",
                "create database mine",
                "set role owner",
            ):
                with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)):
                    connection.execute(refused)


def test_an_address_from_outside_replaces_a_server(data, environment):
    words = "from amarktai.launcher import client, places; print(client.ensure(places.of_environment()).redis_url)"
    given = {**environment, "DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = subprocess.run([sys.executable, "-c", words], cwd=PROJECT, env=given, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "redis://127.0.0.1:1/0"
    assert not data.servers.exists(), "nothing was started"


def test_a_folder_that_the_servers_cannot_use_is_refused_with_one_sentence(data, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    data.data.mkdir(mode=0o700)
    closed = places.of_folder(data.data / "inside")
    if os.geteuid() != 0:
        data.data.chmod(0o500)
    with pytest.raises(Trouble) as refused:
        client.ensure(closed)
    data.data.chmod(0o700)
    assert "AMARKTAI_DATA" in str(refused.value) or "cannot be made" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_socket_paths_stay_short_enough_however_deep_the_folder(data):
    deep = places.of_folder(data.data / ("d" * 60) / ("e" * 60))
    for found in (data, deep):
        assert len(os.fsencode(found.sockets / ".s.PGSQL.5432.lock")) <= SOCKET_PATH_BYTES
        assert len(os.fsencode(found.valkey_socket)) <= SOCKET_PATH_BYTES
    assert deep.sockets != places.of_folder(data.data / ("d" * 60)).sockets


def test_a_deep_folder_works_through_short_sockets(data, environment, client):
    deep = places.of_folder(data.data / ("d" * 60) / ("e" * 60))
    environment["AMARKTAI_DATA"] = str(deep.data)
    with client() as found:
        assert connects(found.addresses["database_url"])
    wait_until(lambda: is_free(deep.servers_lock))
    assert not deep.sockets.exists(), "the short folder goes with the servers"
