"""API tokens by owner and by their text."""

from datetime import datetime
from hmac import compare_digest

from django.db.models import QuerySet
from knox.crypto import hash_token
from knox.settings import CONSTANTS

from accounts.models import ApiToken, User


def of(*, user: User, now: datetime) -> QuerySet[ApiToken]:
    """Those still valid, newest first."""
    return ApiToken.objects.filter(user=user, expiry__gt=now).order_by("-public_id")


def named_by(*, text: str, now: datetime) -> ApiToken | None:
    """The valid token with this text, with its active user, in one statement; None for any other text."""
    if not text.isascii() or len(text) > 200:
        return None
    digest = hash_token(text)
    rows = ApiToken.objects.select_related("user").filter(
        token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH], expiry__gt=now, user__is_active=True
    )
    return next((row for row in rows if compare_digest(row.digest, digest)), None)
