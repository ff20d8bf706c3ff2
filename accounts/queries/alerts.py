"""Which alerts a person sees: the own ones; operators also those raised to all operators."""

from functools import reduce
from operator import or_

from django.db.models import Q, QuerySet

from accounts.models import Alert, User


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


def newest_critical(*, user: User, most: int) -> QuerySet[Alert]:
    """The newest CRITICAL ones: an operator sees everybody's, all others their own."""
    found = Alert.objects.all() if user.is_staff else visible_to(user=user)
    return found.filter(severity="CRITICAL").select_related("person").order_by("-at", "-id")[:most]
