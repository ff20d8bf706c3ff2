"""Which alerts a person sees: the own ones; operators also those raised to all operators."""

from django.db.models import Q, QuerySet

from accounts.models import Alert, User


def visible_to(*, user: User) -> QuerySet[Alert]:
    """Newest first."""
    mine = Q(person=user)
    if user.is_staff:
        mine |= Q(person__isnull=True)
    return Alert.objects.filter(mine).order_by("-id")


def unread_count(*, user: User) -> int:
    return visible_to(user=user).filter(read_at__isnull=True).count()
