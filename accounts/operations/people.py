"""Joining, logging in and out, changing the profile. Passwords are argon2id; wrong ones lock user and address."""

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import auth
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django_otp import login as mark_session_verified

from accounts.domain import credentials
from accounts.domain.refusals import Conflict, Malformed, Throttled, Unauthenticated
from accounts.models import StepUp, User
from accounts.operations import audit, second_factor
from accounts.realtime import wire

_LONGEST_PASSWORD = 256


def register(*, username: str, password: str, email: str, request_id: str, now: datetime) -> User:
    """A new person. Malformed for a bad name, email or password; Conflict USERNAME_TAKEN."""
    user = User(username=User.normalize_username(username), email=User.objects.normalize_email(email))
    if len(password) > _LONGEST_PASSWORD:
        raise Malformed("PASSWORD_REFUSED", f"A password has at most {_LONGEST_PASSWORD} characters.")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Malformed("PASSWORD_REFUSED", " ".join(error.messages)) from error
    try:
        user.clean_fields(exclude=["password", "date_joined"])
    except ValidationError as error:
        raise Malformed("USER_REFUSED", " ".join(error.messages)) from error
    user.date_joined = now
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            audit.record(
                person=user.pk, actor=f"user:{user.pk}", act="user.registered", subject=f"user:{user.pk}",
                before={}, after={"username": user.username}, reason="", request_id=request_id, now=now,
            )  # fmt: skip
    except IntegrityError as error:
        raise Conflict("USERNAME_TAKEN", "This user name is taken.") from error
    return user


def login_check(*, request: HttpRequest, username: str, password: str) -> User:
    """Who this is. The request tells the address for the lock. Unauthenticated LOGIN_FAILED, Throttled LOGIN_LOCKED:
    both read the same whether or not such a person exists. Call it outside any transaction: tries are counted."""
    user = auth.authenticate(request, username=username[:150], password=password[:_LONGEST_PASSWORD])
    if getattr(request, "axes_locked_out", False):
        raise Throttled("LOGIN_LOCKED", "Too many wrong tries from this address; wait 15 minutes.", retry_after=900)
    if not isinstance(user, User):
        raise Unauthenticated("LOGIN_FAILED", "User name or password is wrong.")
    return user


def login(*, request: HttpRequest, username: str, password: str, otp: str, now: datetime) -> User:
    """Open a browser session. With a code the session counts as verified, which the console asks of operators."""
    user = login_check(request=request, username=username, password=password)
    device = second_factor.verify(user=user, otp=otp, now=now) if otp else None
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    if device is not None:
        mark_session_verified(request, device)
        credential = credentials.of_session(key=request.session.session_key or "")
        second_factor.mark_fresh(user=user, credential=credential, now=now)
    return user


def logout(*, request: HttpRequest, credential: str) -> None:
    """End the browser session and its sockets."""
    auth.logout(request)
    forget(credential=credential)


def forget(*, credential: str) -> None:
    """What hung on a credential ends with it: its step-up and its sockets."""
    StepUp.objects.filter(credential=credential).delete()
    wire.close_on_commit(credential=credential)


def change_profile(*, user_id: UUID, changes: Mapping[str, Any], actor: str, request_id: str, now: datetime) -> User:
    """Set any of time_zone, reporting_currency, goal (Decimal or None), email; others are a programming error."""
    unknown = set(changes) - {"time_zone", "reporting_currency", "goal", "email"}
    if unknown:
        raise TypeError(f"not part of a profile: {sorted(unknown)}")
    zone = changes.get("time_zone", "UTC")
    if zone not in zoneinfo.available_timezones():
        raise Malformed("TIME_ZONE_UNKNOWN", "There is no such time zone; name one like Africa/Johannesburg.")
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        before = {name: _shown(getattr(user, name)) for name in changes}
        for name, value in changes.items():
            setattr(user, name, value)
        try:
            user.clean_fields(exclude={field.name for field in User._meta.fields} - set(changes))
        except ValidationError as error:
            raise Malformed("PROFILE_REFUSED", " ".join(error.messages)) from error
        user.save(update_fields=list(changes))
        audit.record(
            person=user.pk, actor=actor, act="profile.changed", subject=f"user:{user.pk}", before=before,
            after={name: _shown(value) for name, value in changes.items()}, reason="", request_id=request_id, now=now,
        )  # fmt: skip
    return user


def _shown(value: Any) -> Any:
    return value if isinstance(value, Decimal) else (value or "")
