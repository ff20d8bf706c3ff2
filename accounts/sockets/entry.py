"""Who may open a socket: the browser's session from our own pages, or a token in the subprotocol `bearer.<token>`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http.request import split_domain_port, validate_host

from accounts.domain import credentials
from accounts.models import User
from accounts.queries import tokens

PROTOCOL = "amarktai"
_BEARER = "bearer."
_LOOPBACK = [".localhost", "127.0.0.1", "[::1]"]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Who came in; `until` is when the credential ends, None for a session (which its cookie ends)."""

    person: UUID
    credential: str
    until: datetime | None
    subprotocol: str | None


def by_scope(scope: dict[str, Any], *, now: datetime) -> Entry | None:
    """None when nobody may come in: a foreign Origin, no login, a dead token. Reads the database."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    offered: list[str] = scope.get("subprotocols") or []
    bearer = next((text for text in offered if text.startswith(_BEARER)), None)
    if not _origin_is_ours(headers, needed=bearer is None):
        return None
    if bearer is not None:
        row = tokens.named_by(text=bearer.removeprefix(_BEARER), now=now)
        if row is None:
            return None
        return Entry(
            person=row.user_id,
            credential=credentials.of_token(digest=row.digest),
            until=row.expiry,
            subprotocol=PROTOCOL if PROTOCOL in offered else bearer,
        )
    user, session = scope.get("user"), scope.get("session")
    if session is None or not isinstance(user, User) or not user.is_active:
        return None
    credential = credentials.of_session(key=session.session_key or "")
    return Entry(person=user.pk, credential=credential, until=None, subprotocol=PROTOCOL if PROTOCOL in offered else None)


def _origin_is_ours(headers: dict[str, str], *, needed: bool) -> bool:
    """A browser always names the Origin; a script with a token may leave it out. It must be the host that is called,
    and that host must be allowed, so that a wildcard in ALLOWED_HOSTS opens nothing."""
    origin, host = headers.get("origin"), headers.get("host", "")
    if origin is None:
        return not needed
    if origin in settings.CSRF_TRUSTED_ORIGINS:
        return True
    allowed = settings.ALLOWED_HOSTS or (_LOOPBACK if settings.DEBUG else [])
    name, _ = split_domain_port(host)
    return bool(host) and urlsplit(origin).netloc.lower() == host.lower() and validate_host(name, allowed)
