"""`manage.py smoke_check`: numbered lines, a last line, an exit code."""

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from pytest_httpserver import HTTPServer

from amarktai import smoke
from amarktai.launcher.trouble import Trouble
from amarktai.management.commands import smoke_check
from amarktai.smoke import check
from amarktai.smoke.check import Check, Failed, Late, Target
from amarktai.tests.smoke.conftest import NOBODY

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]
HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def loud() -> Iterator[None]:
    """The command silences the log of its own process; other tests read it."""
    yield
    logging.disable(logging.NOTSET)


def asked(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code: Any = 0
    try:
        call_command("smoke_check", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue(), err.getvalue()


def good(target: Target) -> str:
    return "as it should be"


def bad(target: Target) -> str:
    raise Failed(f"{target.url} is unwell.")


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "CHECKS", (Check("one", good), Check("two", bad), Check("three", good)))


def test_a_failed_check_stops_none_of_the_rest_and_the_last_line_counts(three: None) -> None:
    code, out, err = asked(NOBODY)
    assert code == 1
    assert out.splitlines() == [
        " 1 ok     one: as it should be",
        f" 2 FAILED two: {NOBODY} is unwell.",
        " 3 ok     three: as it should be",
        "SMOKE TEST FAILED: 2/3",
    ]
    assert err == ""


def test_what_fails_for_the_same_reason_as_an_earlier_one_names_it_and_json_says_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "CHECKS", (Check("one", good), Check("two", bad), Check("three", good), Check("four", bad)))
    _, out, _ = asked(NOBODY)
    assert out.splitlines()[1:4] == [f" 2 FAILED two: {NOBODY} is unwell.", " 3 ok     three: as it should be", " 4 FAILED four: as 2"]
    _, out, _ = asked(NOBODY, "--json")
    assert json.loads(out)["checks"][3]["detail"] == f"{NOBODY} is unwell."


def test_what_a_strangers_server_says_stays_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "CHECKS", (Check("one", lambda target: "a\x1b[2J\nb" + 1_000 * "c"),))
    _, out, _ = asked(NOBODY)
    assert len(out.splitlines()) == 2
    assert "\x1b" not in out
    assert len(out) < 500


def test_when_all_pass_the_last_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "CHECKS", (Check("one", good), Check("two", good)))
    code, out, _ = asked(NOBODY)
    assert (code, out.splitlines()[-1]) == (0, "SMOKE TEST PASSED: 2/2")


def test_as_json_there_is_one_object_and_the_lines_go_to_standard_error(three: None) -> None:
    code, out, err = asked(NOBODY, "--json")
    told = json.loads(out)
    assert code == 1
    assert (told["ok"], told["passed"], told["total"], told["url"]) == (False, 2, 3, NOBODY)
    assert [(one["number"], one["name"], one["ok"]) for one in told["checks"]] == [(1, "one", True), (2, "two", False), (3, "three", True)]
    assert err.splitlines()[-1] == "SMOKE TEST FAILED: 2/3"


class Hands:
    """A clock that only those who sleep by it move: however slow the machine is, what is asked takes no time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    made = Hands()
    monkeypatch.setattr(smoke_check, "monotonic", made.monotonic)
    monkeypatch.setattr(check, "monotonic", made.monotonic)
    monkeypatch.setattr(check, "sleep", made.sleep)
    return made


class Starting:
    """A check of something that gives its first sign of life when it is asked for the third time."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, target: Target) -> str:
        self.asked += 1
        if self.asked < 3:
            raise Late("no sign of life yet.")
        return "alive"


@pytest.mark.parametrize(("age", "passed", "asked_for"), [(5, 2, 3), (61, 1, 1), (None, 1, 1)])
def test_who_has_just_been_started_is_waited_for_and_who_has_long_been_running_is_not(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, hands: Hands, age: float | None, passed: int, asked_for: int
) -> None:
    httpserver.expect_request("/health").respond_with_json({"checks": {"web": {"age_s": age}}})
    slow = Starting()
    monkeypatch.setattr(smoke, "CHECKS", (Check("one", good), Check("two", slow)))
    code, out, _ = asked(httpserver.url_for(""))
    assert (slow.asked, hands.seconds, code) == (asked_for, asked_for - 1, 0 if passed == 2 else 1)
    said = "The platform started 5 s ago: whoever has given no sign of life yet is waited for, 55 s at most."
    assert (said in out) == (passed == 2)
    assert out.splitlines()[-1].endswith(f": {passed}/2")


def test_the_patience_with_who_has_just_been_started_ends(
    monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer, hands: Hands
) -> None:
    """Three seconds are left of its start: it is asked at 0, 1, 2 and 3. What is wrong for another reason is not asked twice."""
    httpserver.expect_request("/health").respond_with_json({"checks": {"web": {"age_s": 57}}})
    calls: list[str] = []

    def never(target: Target) -> str:
        calls.append("never")
        raise Late("no sign of life yet.")

    def wrong(target: Target) -> str:
        calls.append("wrong")
        raise Failed("wrong.")

    monkeypatch.setattr(smoke, "CHECKS", (Check("one", wrong), Check("two", never)))
    assert asked(httpserver.url_for(""))[0] == 1
    assert calls == ["wrong"] + 4 * ["never"]
    assert hands.seconds == 3


@pytest.mark.parametrize(
    "words",
    ["nonsense", "", "ftp://127.0.0.1", "http://", "http://a b", "http://127.0.0.1:99999", "http://127.0.0.1:0", "http://127.0.0.1:x",
     "http://u:hidden-word@127.0.0.1", "http://127.0.0.1/?q", "http://[::1", f"http://{'a' * 70}.org", "http://127.0.0.1/\x00", "file:///etc"],
)  # fmt: skip
def test_what_is_no_address_cannot_be_done(words: str) -> None:
    with pytest.raises(Trouble, match="no address of a platform") as refused:
        asked(words)
    assert "hidden-word" not in str(refused.value)


def test_without_an_address_the_platform_of_this_data_folder_is_asked(three: None, settings: Any, tmp_path: Path) -> None:
    settings.PLACES = SimpleNamespace(instance_lock=tmp_path / "instance.lock")
    assert json.loads(asked("--json")[1])["url"] == "http://127.0.0.1:8000"
    settings.PLACES.instance_lock.write_text('{"pid": 1, "url": "http://127.0.0.1:8090/"}')
    assert json.loads(asked("--json")[1])["url"] == "http://127.0.0.1:8090"
    settings.PLACES.instance_lock.write_text("half a li")
    assert json.loads(asked("--json")[1])["url"] == "http://127.0.0.1:8000"


def test_a_platform_that_is_not_there_fails_with_a_sentence_a_check() -> None:
    code, out, _ = asked(NOBODY)
    lines = out.splitlines()
    assert code == 1
    assert len(lines) == len(smoke.CHECKS) + 1
    assert all(re.fullmatch(r" ?\d+ (ok    |FAILED) [a-z ]+: \S.*", line) for line in lines[:-1])
    assert [line.split(":")[0] for line in lines[:6]] == [
        " 1 FAILED home page", " 2 FAILED login page", " 3 FAILED static files", " 4 FAILED schema", " 5 FAILED health", " 6 FAILED status",
    ]  # fmt: skip


def test_there_are_fifteen_and_more_checks_with_names_of_their_own() -> None:
    names = [check.name for check in smoke.CHECKS]
    assert len(set(names)) == len(names) >= 15


@pytest.mark.parametrize("name", [check.name for check in smoke.CHECKS])
def test_each_check_is_proven_able_to_fail(name: str) -> None:
    """Some test of this folder calls `fails` with it, by name or as one of a named list."""
    texts = [path.read_text() for path in sorted(HERE.glob("test_*.py")) if path.name != Path(__file__).name]
    assert any(f'fails("{name}"' in text for text in texts)
