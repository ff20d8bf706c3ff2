"""Strict fields and serializers: plain-notation amounts, UTC times with Z, nothing that nobody asked for."""

from datetime import UTC
from decimal import Decimal
from typing import Any

from django.db import models
from rest_framework import serializers

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


class _RefusesUnknown:
    """A body that names a field which this call does not take is refused, so that a typing error is not ignored."""

    def to_internal_value(self: Any, data: Any) -> Any:
        if isinstance(data, dict):
            writable = {name for name, field in self.fields.items() if not field.read_only}
            if unknown := sorted(set(data) - writable):
                raise serializers.ValidationError({name[:64]: ["This field is not taken here."] for name in unknown})
        return super().to_internal_value(data)  # type: ignore[misc]


class StrictSerializer(_RefusesUnknown, serializers.Serializer[Any]):
    pass


class StrictModelSerializer(_RefusesUnknown, serializers.ModelSerializer[Any]):
    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.DecimalField: AmountField,
        models.DateTimeField: MomentField,
    }
