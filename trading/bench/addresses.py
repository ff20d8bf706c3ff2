"""Which addresses of the API answer lists, read off the URL map, so that a new one cannot be forgotten. It must not know any list."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator

JSON = "application/json"
Schema = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What an address answers: a row of its list, or the whole where it is an object that holds lists; in words of OpenAPI."""

    row: Schema
    components: dict[str, Schema]


@cache
def lists() -> dict[str, Answer]:
    """Every address whose GET answers rows."""
    found = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    components = found["components"]["schemas"]
    answers = {path: named(_answer(acts["get"]), components) for path, acts in sorted(found["paths"].items()) if "get" in acts}
    return {path: Answer(_row(answer), components) for path, answer in answers.items() if _holds_lists(answer, components)}


def named(schema: Schema, components: dict[str, Schema]) -> Schema:
    """The schema that a reference names."""
    while "$ref" in schema or "allOf" in schema or "oneOf" in schema:
        schema = next(iter(schema.get("allOf") or schema.get("oneOf") or [components[schema.get("$ref", "").rsplit("/", 1)[-1]]]))
    return schema


def _answer(act: Schema) -> Schema:
    content = act["responses"].get("200", {}).get("content", {})
    return dict(content.get(JSON, {}).get("schema", {}))


def _row(answer: Schema) -> Schema:
    fields = answer.get("properties", {})
    held = fields["results"] if set(fields) == {"results", "next"} else answer
    return dict(held.get("items", held))


def _holds_lists(answer: Schema, components: dict[str, Schema]) -> bool:
    return any(_is_list(named(field, components), components) for field in (answer, *answer.get("properties", {}).values()))


def _is_list(schema: Schema, components: dict[str, Schema]) -> bool:
    """Whether it is a list of objects; one of words is a value."""
    return schema.get("type") == "array" and named(schema["items"], components).get("type") == "object"
