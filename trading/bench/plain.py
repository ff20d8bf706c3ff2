"""What an answer says in the fields that Django REST framework brings: nothing of ours is in it. It must not know any answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from trading.bench.addresses import Answer, Schema, named

Field = serializers.Field[Any, Any, Any, Any]
Shape = type[serializers.BaseSerializer[Any]]
AMOUNT = "pattern"  # a string with a pattern is an amount
BY_FORMAT: dict[str, type[Field]] = {
    "uuid": serializers.UUIDField, "date-time": serializers.DateTimeField, "date": serializers.DateField,
}  # fmt: skip
BY_TYPE: dict[str, type[Field]] = {
    "integer": serializers.IntegerField, "number": serializers.FloatField, "boolean": serializers.BooleanField,
    "string": serializers.CharField,
}  # fmt: skip


def shape(answer: Answer) -> Shape:
    """A serializer of one row, or of an object."""
    return _serializer(named(answer.row, answer.components), answer.components)


def _serializer(schema: Schema, components: dict[str, Schema]) -> Shape:
    fields = {name: _field(one, components) for name, one in schema["properties"].items()}
    return type("Plain", (serializers.Serializer,), fields)


def _field(given: Schema, components: dict[str, Schema]) -> Field:
    schema = named(given, components)
    may_lack: dict[str, Any] = {"allow_null": True, "required": False}
    kind = schema.get("type")
    if kind == "object" and "properties" in schema:
        return _serializer(schema, components)(**may_lack)
    if kind == "object":
        return serializers.DictField(**may_lack)
    if kind == "array":
        return _many(named(schema["items"], components), components)
    if "enum" in schema:
        return serializers.ChoiceField(choices=schema["enum"], **may_lack)
    if AMOUNT in schema:
        return serializers.DecimalField(max_digits=56, decimal_places=24, **may_lack)
    return BY_FORMAT.get(schema.get("format", ""), BY_TYPE.get(str(kind), serializers.JSONField))(**may_lack)


def _many(row: Schema, components: dict[str, Schema]) -> Field:
    if "properties" in row:
        return _serializer(row, components)(many=True)
    return serializers.ListField(child=_field(row, components))
