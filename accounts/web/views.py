"""The four kinds of API view. Each API view of the project is one of them, so that no route forgets whose data it shows."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User
from accounts.models.token import Scope
from accounts.web import actor
from accounts.web.throttle import AtomicThrottle, Rate


class _ApiView(APIView):
    """`rate` narrows how often one person (or address) may call; None leaves it open."""

    rate: ClassVar[Rate | None] = None
    throttle_classes = (AtomicThrottle,)


class PublicView(_ApiView):
    """For everybody, logged in or not: shows nothing that belongs to a person."""

    authentication_classes = ()
    permission_classes = ()


class PersonalView(_ApiView):
    """An act or a reading of the person who asks. Its URL names no object; what its body names is looked up by owner."""


class OperatorView(_ApiView):
    """For operators who logged in with a code."""

    scope = Scope.ADMIN

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        actor.operator_of(request)


class OwnedView(_ApiView, GenericAPIView[Any]):
    """Objects that belong to people: others' do not exist here (404).

    A subclass names `owner`, the lookup path from `queryset` to the person ("wallet__owner"), or defines `owned()`;
    a class that does neither cannot be defined."""

    owner: ClassVar[str] = ""
    page_ordering: ClassVar[tuple[str, ...]] = ("-id",)  # of a list; see accounts.web.page
    lookup_field = "pk"
    lookup_url_kwarg = "id"

    def __init_subclass__(cls, *, abstract: bool = False, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not abstract and not cls.owner and cls.owned is OwnedView.owned:
            raise TypeError(f"{cls.__module__}.{cls.__name__} has no rule for whose objects it shows")

    def owned(self, *, user: User) -> QuerySet[Any]:
        """What this user may see."""
        return super().get_queryset().filter(**{self.owner: user})

    def get_queryset(self) -> QuerySet[Any]:
        user = self.request.user
        if not isinstance(user, User):  # the schema generator asks without a person
            return super().get_queryset().none()
        return self.owned(user=user)
