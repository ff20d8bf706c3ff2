"""One-time codes against the vectors of RFC 6238, appendix B (SHA1; its eight digits end in our six)."""

from datetime import UTC, datetime, timedelta

import pytest
from django_otp.oath import hotp

from accounts.domain import codes

SEED = b"12345678901234567890"
VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def match(code: str, seconds: int, after: int = -1) -> int | None:
    return codes.matching_step(code=code, now=at(seconds), after=after, code_at=lambda step: int(hotp(SEED, step)))


@pytest.mark.parametrize(("seconds", "eight"), VECTORS)
def test_the_codes_of_the_standard_are_accepted(seconds: int, eight: str) -> None:
    assert match(eight[2:], seconds) == seconds // 30


def test_a_code_is_good_one_step_early_and_one_step_late_and_no_further() -> None:
    code = "287082"  # step 1: seconds 30 to 59
    assert [match(code, seconds) for seconds in (0, 29, 30, 59, 60, 89)] == [1] * 6
    assert match(code, 90) is None
    assert match("050471", 1111111111 - 60) is None


def test_a_step_that_was_used_is_used_up_and_so_is_everything_before_it() -> None:
    assert match("287082", 59, after=0) == 1
    assert match("287082", 59, after=1) is None
    assert match("287082", 59, after=2) is None


@pytest.mark.parametrize("text", ["", "28708", "2870822", "28708a", " 287082", "\u0662\u0668\u0667\u0660\u0668\u0662"])
def test_what_is_not_six_digits_is_never_a_code(text: str) -> None:
    assert match(text, 59) is None


def test_four_wrong_codes_are_free_then_the_wait_doubles_up_to_fifteen_minutes() -> None:
    waits = [codes.block_after(failures=n).total_seconds() for n in (1, 4, 5, 6, 7, 9, 10, 50)]
    assert waits == [0, 0, 30, 60, 120, 480, 900, 900]
    assert codes.block_after(failures=10**9) == timedelta(minutes=15)
