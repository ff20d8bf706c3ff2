"""Asking a running platform over HTTP: every way not to get an answer becomes Failed with a sentence."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import urlsplit

from amarktai.smoke.check import PATIENCE_SECONDS, Failed, Target

MOST_BYTES = 5_000_000
STRAIGHT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy in between would be what is tested


@dataclass(frozen=True, kw_only=True)
class Answer:
    status: int
    headers: Message
    text: str


def checked_url(text: str) -> str:
    """The address without its closing slash; ValueError with a sentence when it is none."""
    try:
        parts = urlsplit(text)
        named = bool((parts.hostname or "").encode("idna")) and parts.port != 0
    except ValueError:
        named = False
    if not named or parts.scheme not in ("http", "https") or "@" in text or not text.isprintable() or set(text) & set(" ?#"):
        raise ValueError("That is no address of a platform: write http://HOST:PORT or https://HOST.")
    return text.rstrip("/")


def get(target: Target, path: str, *, bearer: bool = False) -> Answer:
    """The platform's answer, whatever its status; Failed when there is none."""
    asked = urllib.request.Request(target.url + path, headers={"User-Agent": "amarktai smoke_check"})  # noqa: S310  (checked_url)
    if bearer and target.token:
        asked.add_unredirected_header("Authorization", f"Bearer {target.token}")
    try:
        with opened(asked) as answer:
            return Answer(status=answer.status, headers=answer.headers, text=answer.read(MOST_BYTES).decode(errors="replace"))
    except urllib.error.URLError as error:
        raise Failed(f"{target.url} does not answer: {why(error.reason)}.") from None
    except TimeoutError:
        raise Failed(f"{target.url}{path} gave no answer within {PATIENCE_SECONDS} s.") from None
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"{target.url}{path} broke off: {why(error)}.") from None


def opened(asked: urllib.request.Request) -> Any:
    """The answer to read, one with an error's status too."""
    try:
        return STRAIGHT.open(asked, timeout=PATIENCE_SECONDS)
    except urllib.error.HTTPError as error:
        return error


def page(target: Target, path: str) -> Answer:
    """The same, where 200 is the only good answer."""
    answer = get(target, path)
    if answer.status != 200:
        raise Failed(f"{path} answered {answer.status} instead of 200.")
    return answer


def json_object(answer: Answer, *, path: str) -> dict[str, Any]:
    """The body as an object; Failed when it is none."""
    try:
        body = json.loads(answer.text)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Failed(f"{path} answered {answer.status} without the JSON object that belongs there.")
    return body


def why(reason: object) -> str:
    """The system's own words without its numbers."""
    if isinstance(reason, TimeoutError):
        return f"no connection within {PATIENCE_SECONDS} s"
    words = reason.strerror if isinstance(reason, OSError) and reason.strerror else str(reason)
    return " ".join(words.split()) or type(reason).__name__
