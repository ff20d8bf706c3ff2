"""Strict fields and serializers: plain-notation amounts, UTC times with Z, nothing that nobody asked for."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter, itemgetter
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.fields import SkipField

from accounts.domain.chain import stamp
from accounts.domain.decimals import parse_amount, plain
from accounts.domain.refusals import Malformed


class AmountField(serializers.Field[Decimal, str, str, Any]):
    """A decimal as a plain string, in and out; greater than zero on the way in unless `signed`."""

    def __init__(self, *, signed: bool = False, **kwargs: Any) -> None:
        for unused in ("max_digits", "decimal_places", "max_value", "min_value"):
            kwargs.pop(unused, None)
        super().__init__(**kwargs)
        self.signed = signed

    def to_internal_value(self, data: Any) -> Decimal:
        try:
            return parse_amount(data, signed=self.signed)
        except Malformed as refusal:
            raise serializers.ValidationError(refusal.sentence, code=refusal.code) from refusal

    def to_representation(self, value: Decimal) -> str:
        return plain(value)


class MomentField(serializers.DateTimeField):
    """ISO 8601 in UTC with Z, whatever zone the person reads in."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("default_timezone", UTC)
        super().__init__(**kwargs)

    def to_representation(self, value: Any) -> Any:
        if isinstance(value, datetime) and value.tzinfo is not None:
            return stamp(value)
        return super().to_representation(value)


Get = Callable[[Any], Any]
Column = tuple[str, Get, serializers.Field[Any, Any, Any, Any], Get]
PLAIN: dict[type, Get] = {
    serializers.CharField: str, serializers.UUIDField: str, serializers.IntegerField: int, serializers.FloatField: float,
}  # fmt: skip


class Quick:
    """Writes a row in one pass over columns that are worked out once per class: how a field is looked up and written is not asked
    anew for each of the thousand values of a list. What a row lacks is left to the field, as everywhere.

    A shape whose rows depend on who asks says so (`by_asker`); its columns are worked out for each answer."""

    by_asker = False

    def to_representation(self: Any, row: Any) -> dict[str, Any]:
        shown: dict[str, Any] = {}
        for name, get, field, write in self._columns(itemgetter if isinstance(row, Mapping) else attrgetter):
            try:
                value = _value_of(row, get, field)
            except SkipField:
                continue
            shown[name] = None if value is None else write(value)
        return shown

    def _columns(self: Any, getter: Callable[[str], Get]) -> tuple[Column, ...]:
        shape: Any = type(self)
        return columns_for(self, getter) if self.by_asker else columns_of(shape, getter)


@cache
def columns_of(shape: Any, getter: Callable[[str], Get]) -> tuple[Column, ...]:
    """The columns of a class, worked out once."""
    return columns_for(shape(), getter)


def columns_for(serializer: Any, getter: Callable[[str], Get]) -> tuple[Column, ...]:
    """Name, look-up, field and writer of each column; `getter` looks up an attribute or a key."""
    columns: list[Column] = []
    for field in serializer._readable_fields:
        path = ".".join(field.source_attrs)
        simple = type(field).get_attribute is serializers.Field.get_attribute and path and (getter is attrgetter or "." not in path)
        write = PLAIN.get(type(field), field.to_representation)
        columns.append((field.field_name, getter(path) if simple else field.get_attribute, field, write))
    return tuple(columns)


def _value_of(row: Any, get: Get, field: serializers.Field[Any, Any, Any, Any]) -> Any:
    try:
        return get(row)
    except (AttributeError, KeyError):
        return field.get_attribute(row)


class _RefusesUnknown:
    """A body that names a field which this call does not take is refused, so that a typing error is not ignored."""

    def to_internal_value(self: Any, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := sorted(set(data) - writable):
                raise serializers.ValidationError({name[:64]: ["This field is not taken here."] for name in unknown})
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(_RefusesUnknown, Quick, serializers.Serializer[Any]):
    pass


class StrictModelSerializer(_RefusesUnknown, Quick, serializers.ModelSerializer[Any]):
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DecimalField: AmountField,
        models.DateTimeField: MomentField,
    }
