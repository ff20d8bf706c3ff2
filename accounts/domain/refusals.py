"""The word for "no": an anticipated refusal with a stable code, a sentence for people and the numbers behind it.

Each refusal is raised beside the rule that it defends; one exception handler turns it into an HTTP answer.
"""

from typing import Any


class Refusal(Exception):
    """A rule said no (422). `numbers` become the answer's `details`; keep them plain: str, int, bool, Decimal, UUID, datetime."""

    status: int = 422

    def __init__(self, code: str, sentence: str, **numbers: Any) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.numbers: dict[str, Any] = numbers


class Malformed(Refusal):
    """The input has not the right shape (400)."""

    status = 400


class Unauthenticated(Refusal):
    """Nobody is logged in, or the credentials are wrong (401)."""

    status = 401


class Forbidden(Refusal):
    """The person is known but may not (403)."""

    status = 403


class Missing(Refusal):
    """There is no such thing, or it belongs to somebody else (404)."""

    status = 404


class Conflict(Refusal):
    """The thing is in a state that forbids this act (409)."""

    status = 409


class Throttled(Refusal):
    """Too often; put the seconds to wait into `retry_after` (429)."""

    status = 429


class Unavailable(Refusal):
    """Something that is needed does not answer; `retry_after` in seconds (503)."""

    status = 503
