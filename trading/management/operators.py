"""What commands for operators ask for: who acts, and a fresh code from standard input."""

from __future__ import annotations

import sys

from django.core.management.base import OutputWrapper

from accounts.domain.refusals import Refusal
from accounts.models import User


def operator(*, name: str | None) -> User:
    """The operator of that name; without a name the only one there is. Refusals NO_SUCH_OPERATOR, WHICH_OPERATOR."""
    found = User.objects.filter(is_staff=True, is_active=True)
    if name is not None:
        found = found.filter(username=name)
    few = list(found.order_by("username")[:2])
    if not few:
        raise Refusal("NO_SUCH_OPERATOR", "There is no operator yet." if name is None else f"There is no operator {name[:150]!r}.")
    if len(few) > 1:
        raise Refusal("WHICH_OPERATOR", "There are several operators: say which one with --as.")
    return few[0]


def code(prompt: OutputWrapper) -> str:
    """A line from standard input; a person is asked for it where progress is told."""
    if sys.stdin.isatty():
        prompt.write("Code: ", ending="")
        prompt.flush()
    return sys.stdin.readline().strip()
