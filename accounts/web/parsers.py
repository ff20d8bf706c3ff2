"""JSON bodies: limited in size and depth, no NaN or Infinity, no key twice, no text that the database cannot hold."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import JSONParser

from accounts.domain.refusals import Malformed
from accounts.web.errors import too_big

DEEPEST = 16


class StrictJSONParser(JSONParser):
    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        raw = stream.read(most + 1)
        if len(raw) > most:
            raise too_big()
        return parse(raw)


def parse(raw: bytes) -> Any:
    """The value; raises Malformed with a sentence."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("JSON_REFUSED", "The body is not UTF-8 text.") from error
    _refuse_depth(text)
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_once_each)
    except ValueError as error:
        raise Malformed("JSON_REFUSED", "The body is not JSON.") from error
    _refuse_unstorable(value)
    return value


def _refuse_depth(text: str) -> None:
    """Before parsing: brackets inside strings count too, which no honest body notices."""
    depth = 0
    for character in text:
        if character in "[{":
            depth += 1
            if depth > DEEPEST:
                raise Malformed("JSON_REFUSED", f"The body is nested more than {DEEPEST} deep.")
        elif character in "]}":
            depth -= 1


def _refuse_constant(name: str) -> None:
    raise Malformed("JSON_REFUSED", f"{name} is not a number here.")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("JSON_REFUSED", "A field is given twice.")
    return value


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, dict):
        for key, item in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(item)
    elif isinstance(value, list):
        for item in value:
            _refuse_unstorable(item)
    elif isinstance(value, str):
        if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise Malformed("JSON_REFUSED", "The body holds a character that cannot be stored.")
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise Malformed("JSON_REFUSED", "A number is too large.")
