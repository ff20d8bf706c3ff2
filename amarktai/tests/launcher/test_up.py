"""`manage.py up` from the outside: one command, one instance, one clear line when it cannot be done."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from amarktai.launcher.locks import is_free
from amarktai.launcher.places import PROJECT
from amarktai.tests.launcher.conftest import pids, wait_until

pytestmark = pytest.mark.enable_socket


def manage(environment, *arguments):
    """Run a command to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )


def free_port():
    with socket.socket() as wire:
        wire.bind(("127.0.0.1", 0))
        return wire.getsockname()[1]


def get(url):
    """Status and body; status 0 while nobody listens."""
    try:
        with urllib.request.urlopen(url) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def one_line(done):
    """The only line on standard error."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.fixture
def up(environment, tmp_path):
    """Start `up`, wait until its first page answers, and end it with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(port):
        log = tmp_path / f"up{len(started)}.log"
        with log.open("wb") as words:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-demo", f"--port={port}"],
                cwd=PROJECT,
                env=environment,
                stdout=words,
                stderr=words,
            )
        started.append(process)

        def answers():
            assert process.poll() is None, log.read_text()
            return get(f"http://127.0.0.1:{port}/health/live")[0] == 200

        wait_until(answers)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def test_it_starts_answers_refuses_a_second_one_stops_and_resumes(data, environment, up):
    port = free_port()
    first = up(port)
    status, body = get(f"http://127.0.0.1:{port}/health")
    assert status == 200
    assert json.loads(body)["checks"]["database"]["ok"]

    second = manage(environment, "up", "--port", str(free_port()))
    assert second.returncode == 2
    assert "ANOTHER INSTANCE IS ALREADY RUNNING" in one_line(second)
    assert str(first.pid) in second.stderr
    assert f"http://127.0.0.1:{port}/" in second.stderr

    first.send_signal(signal.SIGINT)
    assert first.wait() == 0
    wait_until(lambda: is_free(data.servers_lock))
    assert get(f"http://127.0.0.1:{port}/health/live")[0] == 0

    first = up(port)
    first.send_signal(signal.SIGTERM)
    assert first.wait() == 0


def test_it_says_its_address_again_once_all_of_it_works_and_passes_the_smoke_test_until_it_is_gone(environment, up, tmp_path):
    port = free_port()
    process = up(port)
    wait_until(lambda: f"system  | Amarktai Network is running: http://127.0.0.1:{port}/" in (tmp_path / "up0.log").read_text())
    assert json.loads(get(f"http://127.0.0.1:{port}/health")[1])["status"] == "ok"
    done = manage(environment, "smoke_check")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"SMOKE TEST PASSED: (\d+)/\1", done.stdout.splitlines()[-1])
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0
    done = manage(environment, "smoke_check")
    assert done.returncode == 1
    assert re.fullmatch(r"SMOKE TEST FAILED: \d+/\d+", done.stdout.splitlines()[-1])
    done = manage(environment, "smoke_check", "nonsense")
    assert done.returncode == 2
    assert "no address of a platform" in one_line(done)


def test_when_it_is_killed_nothing_is_left_behind(data, up):
    port = free_port()
    process = up(port)
    process.kill()
    wait_until(lambda: is_free(data.servers_lock))
    assert get(f"http://127.0.0.1:{port}/health/live")[0] == 0


def test_when_the_keeper_is_killed_new_servers_come_and_everything_goes_on(data, up, tmp_path):
    port = free_port()
    process = up(port)
    wait_until(lambda: json.loads(get(f"http://127.0.0.1:{port}/health")[1])["status"] == "ok")
    old = pids(data)
    os.kill(old["keeper"], signal.SIGKILL)

    def works_again():
        assert process.poll() is None
        status, body = get(f"http://127.0.0.1:{port}/health")
        return pids(data)["keeper"] != old["keeper"] and status == 200 and json.loads(body)["status"] == "ok"

    wait_until(works_again)
    said = (tmp_path / "up0.log").read_text().splitlines()
    ours = [line for line in said if not re.match(r"\S+ (web|worker|beat) +\|", line)]  # libraries tell of connections that broke
    assert "Traceback" not in "\n".join(ours)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0


def test_whichever_of_its_processes_is_killed_comes_back_and_the_platform_is_well_again(up, tmp_path):
    port = free_port()
    process = up(port)

    def well():
        assert process.poll() is None
        status, body = get(f"http://127.0.0.1:{port}/health")
        return status == 200 and json.loads(body)["status"] == "ok"

    def born(name):
        started = re.findall(rf"{name} started \(pid=(\d+)\)", (tmp_path / "up0.log").read_text())
        return [int(pid) for pid in started]

    wait_until(well)
    for name in ("worker", "web", "beat", "servers"):
        os.kill(born(name)[0], signal.SIGKILL)
        while len(born(name)) < 2:
            assert process.poll() is None
            time.sleep(0.05)
        assert f"{name} ended by itself (SIGKILL); starting it again in 1 s" in (tmp_path / "up0.log").read_text()
        wait_until(well)
    assert [len(born(name)) for name in ("worker", "web", "beat", "servers")] == [2, 2, 2, 2]
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0


def test_a_busy_port_is_said_in_one_line(environment):
    with socket.socket() as wire:
        wire.bind(("127.0.0.1", 0))
        wire.listen()
        port = wire.getsockname()[1]
        done = manage(environment, "up", "--no-demo", f"--port={port}")
    assert done.returncode == 2
    assert f"Port {port}" in one_line(done)


@pytest.mark.parametrize("command", [("up", "--no-demo"), ("migrate",), ("serve", "web"), ("serve", "worker"), ("serve", "beat")])
def test_a_wrong_database_address_is_said_in_one_line(environment, command):
    environment["DATABASE_URL"] = "postgresql://app:hidden-word@127.0.0.1:1/nothing"
    done = manage(environment, *command)
    assert done.returncode == 2
    assert "DATABASE_URL" in one_line(done)
    assert "hidden-word" not in done.stderr


NO_ADDRESSES = [
    ("DATABASE_URL", "certainly not an address"),
    ("DATABASE_URL", "postgresqll://app:hidden-word@127.0.0.1:1/nothing"),
    ("DATABASE_URL", "postgresql://app:hidden-word more@127.0.0.1:1/nothing"),
    ("DATABASE_URL", "postgresql://app:hidden%zzhidden-word@127.0.0.1:1/nothing"),
    ("DATABASE_URL", "postgresql://app:begin@hidden-word@127.0.0.1:1/nothing"),
    ("REDIS_URL", "hidden-word"),
    ("REDIS_URL", "redis://:hidden-word/more@127.0.0.1:1/0"),
]


@pytest.mark.parametrize(("name", "value"), NO_ADDRESSES)
def test_an_address_that_is_none_is_said_in_one_line_without_its_password(environment, name, value):
    if name == "REDIS_URL":
        assert manage(environment, "migrate", "--verbosity=0").returncode == 0
    environment[name] = value
    done = manage(environment, "serve", "web")
    assert done.returncode == 2
    assert name in one_line(done)
    assert "hidden-word" not in done.stdout + done.stderr


@pytest.mark.parametrize("port", [0, -1, 65536, 99999999999999999999])
def test_a_number_that_is_no_port_is_said_in_one_line(environment, port):
    done = manage(environment, "up", "--no-demo", f"--port={port}")
    assert done.returncode == 2
    assert f"{port} is no port" in one_line(done)


def test_a_dead_broker_is_said_in_one_line_by_each_process(environment):
    assert manage(environment, "migrate", "--verbosity=0").returncode == 0
    environment["REDIS_URL"] = "redis://127.0.0.1:1/0"
    for command in (("up", "--no-demo"), ("serve", "worker"), ("serve", "beat"), ("serve", "web")):
        done = manage(environment, *command)
        assert done.returncode == 2, command
        assert "REDIS_URL" in one_line(done), command


def test_a_process_refuses_a_database_without_the_tables(environment):
    done = manage(environment, "serve", "worker")
    assert done.returncode == 2
    assert "manage.py migrate" in one_line(done)


def test_nonsense_in_the_environment_is_reported_all_at_once(environment):
    environment |= {"MAX_DRAWDOWN_PERCENT": "20", "BOOTSTRAP_TRADES": "many", "USE_ORDER_PIPELINE": "false"}
    done = manage(environment, "check")
    assert done.returncode == 2
    for name in ("MAX_DRAWDOWN_PERCENT", "BOOTSTRAP_TRADES", "ENABLE_TRADING=false"):
        assert name in done.stderr
