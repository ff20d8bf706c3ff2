"""What every command of manage.py does first, with servers that are there, away or empty."""

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError

from amarktai.launcher.client import prepare
from amarktai.launcher.locks import Lock, is_free
from amarktai.launcher.places import PROJECT
from amarktai.tests.launcher.conftest import wait_until
from amarktai.tests.launcher.test_up import manage, one_line
from manage import torn

NOWHERE = "postgresql://app:hidden-word@127.0.0.1:1/nothing"

pytestmark = pytest.mark.enable_socket


@pytest.mark.parametrize(("name", "value"), [("DATABASE_URL", NOWHERE), ("REDIS_URL", "redis://:hidden-word@127.0.0.1:1/0")])
def test_an_address_where_nobody_is_starts_no_server_beside_it(data, environment, name, value):
    environment[name] = value
    done = manage(environment, "serve", "web")
    assert done.returncode == 2
    assert name in one_line(done)
    assert not data.servers.exists()


def test_who_interrupts_a_command_is_told_so_in_one_line(data, environment):
    """While it waits for another client to start the servers."""
    data.servers.mkdir(parents=True)
    turn = Lock(data.start_lock)
    turn.exclusive()
    command = [sys.executable, str(PROJECT / "manage.py"), "check"]
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # also where these tests run in the background, which ignores it
    waiting = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=hears)  # noqa: PLW1509 - no threads here
    wait_until(lambda: data.clients_lock.exists() and not is_free(data.clients_lock))
    waiting.send_signal(signal.SIGINT)
    assert waiting.communicate() == ("", "Interrupted.\n")
    assert waiting.returncode == 130
    turn.close()


def test_a_statement_that_an_interruption_has_torn_is_no_trouble_with_the_database():
    """The roll back behind it fails, because the server still answers the statement."""
    error = OperationalError("another command is already in progress")
    error.__context__ = KeyboardInterrupt()
    assert torn(error)
    assert not torn(OperationalError("connection refused"))


def test_before_anything_is_installed_a_command_says_in_one_line_what_to_do(data, environment):
    """Python without its installed packages, as on a fresh machine."""
    command = [sys.executable, "-S", str(PROJECT / "manage.py"), "tick", "--once"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "is not installed: run deploy/up" in one_line(done)
    assert not data.servers.exists()


def test_a_command_on_a_database_without_tables_says_so_in_one_line(environment):
    done = manage(environment, "seed_demo")
    assert done.returncode == 2
    assert "run manage.py migrate" in one_line(done)


def test_a_stop_without_a_database_leaves_the_kill_switch(data, environment):
    environment["DATABASE_URL"] = NOWHERE
    done = manage(environment, "emergency_stop")
    assert done.returncode == 2
    assert (data.data / "KILL_SWITCH").exists()
    assert "every process obeys it" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden-word" not in done.stderr


def test_a_stop_waits_for_no_keeper_that_hangs(data, environment):
    """The servers of an earlier run neither end nor answer: the stop leaves the kill switch after a second, not after two minutes."""
    prepare(data)
    hanging = Lock(data.keeper_lock)
    assert hanging.try_exclusive()
    done = manage(environment, "emergency_stop")
    hanging.close()
    assert done.returncode == 2
    assert "have not stopped in 1 s" in done.stderr
    assert (data.data / "KILL_SWITCH").exists()


@pytest.mark.parametrize("words", [("tax_report", "--user", "\udcff"), ("emergency_resume", "--as", "ol\udce9", "--reason", "x")], ids=str)
def test_what_is_no_text_is_refused_in_one_line_before_anything_starts(data, environment, words):
    done = manage(environment, *words)
    assert done.returncode == 2
    assert "is no text in UTF-8." in one_line(done)
    assert not data.servers.exists()


def test_a_stop_whose_reason_is_no_text_stops_all_the_same(environment):
    assert manage(environment, "migrate", "--verbosity=0").returncode == 0
    done = manage(environment, "emergency_stop", "--reason", "caf\udce9")
    assert done.returncode == 0, done.stderr
    assert "HALTED" in done.stdout


def test_operators_are_made_by_commands_that_run_as_the_owner_and_by_no_other(environment, client):
    assert manage(environment, "migrate", "--verbosity=0").returncode == 0
    with client() as found:
        assert manage(environment, "seed_demo").returncode == 0
        named = {**environment, "DJANGO_SUPERUSER_PASSWORD": "a perfectly good password"}
        done = manage(named, "createsuperuser", "--noinput", "--username=olga", "--email=olga@example.org")
        assert done.returncode == 0, done.stderr
        with psycopg.connect(found.addresses["database_url"], autocommit=True) as connection:
            rows = connection.execute("SELECT username FROM accounts_user WHERE is_staff ORDER BY username").fetchall()
            assert rows == [("olga",), ("operator",)]
            with pytest.raises(psycopg.errors.RestrictViolation):
                connection.execute("UPDATE accounts_user SET is_staff = true WHERE username = 'demo'")
        done = manage(environment, "verify", "--json")
        assert "the application may not alter facts" in done.stdout
        assert '"ok": false' not in done.stdout.split("the application may not alter facts")[1].split("}")[0]


def test_an_answer_that_nobody_takes_is_told_in_one_line(environment):
    """Half an export on a full disk must not look like a whole one."""
    assert manage(environment, "migrate", "--verbosity=0").returncode == 0
    for command in ("export_ledger", "export_audit", "services"):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            asked = [sys.executable, "manage.py", command]
            done = subprocess.run(asked, env=environment, cwd=PROJECT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == 2, done.stderr
        assert "cannot be written: No space left on device" in done.stderr
        assert "Traceback" not in done.stderr
