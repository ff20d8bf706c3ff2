"""Which alerts a person sees: the own ones; operators also those raised to all operators."""

from collections.abc import Collection
from functools import reduce
from operator import or_
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.models import Alert, User

ABOUT_EVERYBODY = "GLOBAL:"  # how the dedup key of an alert begins that many are told at once


def visible_to(*, user: User) -> QuerySet[Alert]:
    """Newest first, by when it happened."""
    return Alert.objects.filter(reduce(or_, _whose(user))).order_by("-at", "-id")


def parts(*, user: User) -> list[QuerySet[Alert]]:
    """The same in parts that an index has in order."""
    return [Alert.objects.filter(mine).order_by("-at", "-id") for mine in _whose(user)]


def _whose(user: User) -> list[Q]:
    """The own ones, and for an operator those for all operators."""
    return [Q(person=user), *([Q(person__isnull=True)] if user.is_staff else [])]


def unread_count(*, user: User) -> int:
    return visible_to(user=user).filter(read_at__isnull=True).count()


def newest_critical(*, but: Collection[UUID], most: int) -> QuerySet[Alert]:
    """The newest CRITICAL ones of everybody but these people, for operators. What everybody was told stands once: as the operators
    were told it."""
    copies = Q(person__isnull=False, dedup_key__startswith=ABOUT_EVERYBODY)
    found = Alert.objects.filter(severity="CRITICAL").exclude(person__in=but).exclude(copies)
    return found.select_related("person").order_by("-at", "-id")[:most]
