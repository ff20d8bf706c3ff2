"""What a numeric column holds: numbers, and nothing else."""

from __future__ import annotations

from django.db.models import CheckConstraint, Q
from django.db.models.expressions import RawSQL

NAN = RawSQL("'NaN'::numeric", ())


def all_numbers(*columns: str, name: str) -> CheckConstraint:
    """The constraint that these columns are not NaN: PostgreSQL holds it to be larger than every number, so each `>= 0` lets it pass."""
    return CheckConstraint(condition=Q(**{f"{column}__lt": NAN for column in columns}), name=name)
