"""Every API view of the project, whichever floor it stands on, is one of the four kinds that know whose data they show."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from accounts.web.views import OperatorView, OwnedView, PersonalView, PublicView

OURS = ("accounts", "ledger", "bots", "trading", "amarktai")


def routes(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, type]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, prefix + str(one.pattern))
        elif isinstance(one, URLPattern) and (view := getattr(one.callback, "cls", None)) is not None:
            yield prefix + str(one.pattern), view


def test_no_api_view_is_without_a_kind() -> None:
    found = [(path, view) for path, view in routes(get_resolver().url_patterns) if view.__module__.split(".")[0] in OURS]
    assert len(found) >= 14
    kinds = (OwnedView, PersonalView, OperatorView, PublicView)
    assert [path for path, view in found if issubclass(view, APIView) and not issubclass(view, kinds)] == []


def test_only_the_doors_to_join_and_log_in_are_public_on_this_floor() -> None:
    public = [
        path
        for path, view in routes(get_resolver().url_patterns)
        if issubclass(view, PublicView) and view.__module__.startswith("accounts")
    ]
    assert public == ["/api/auth/register", "/api/auth/login"]
