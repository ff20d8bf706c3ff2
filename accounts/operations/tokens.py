"""API tokens: issued once in clear, hashed at rest, scoped, expiring, revocable."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from accounts.domain import credentials
from accounts.domain.refusals import Missing
from accounts.models import ApiToken, User
from accounts.models.token import Scope
from accounts.operations import audit, people, second_factor

LIFETIME = timedelta(hours=12)


def issue(*, user: User, scopes: Collection[Scope], label: str, verified: bool, request_id: str, now: datetime) -> tuple[ApiToken, str]:
    """The row and the token itself, which is shown only now. `verified`: a code was given at this very moment, so the
    token is stepped up as well."""
    digest, token = get_digest_token("")
    with transaction.atomic():
        ApiToken.objects.filter(user=user, expiry__lte=now).delete()
        row = ApiToken(
            digest=digest, token_key=token[: CONSTANTS.TOKEN_KEY_LENGTH], user=user, expiry=now + LIFETIME,
            scopes=sorted(scopes), label=label[:64],
        )  # fmt: skip
        row.save(force_insert=True)
        if verified:
            second_factor.mark_fresh(user=user, credential=credentials.of_token(digest=digest), now=now)
        audit.record(
            person=user.pk, actor=f"user:{user.pk}", act="token.issued", subject=f"token:{row.public_id}", before={},
            after={"scopes": row.scopes, "expires_at": row.expiry}, reason="", request_id=request_id, now=now,
        )  # fmt: skip
    return row, token


def revoke(*, user: User, public_id: UUID, actor: str, request_id: str, now: datetime) -> None:
    """End one of the user's own tokens and its sockets; Missing for any other."""
    with transaction.atomic():
        row = ApiToken.objects.select_for_update().filter(user=user, public_id=public_id).first()
        if row is None:
            raise Missing("NOT_FOUND", "There is no such token.")
        people.forget(credential=credentials.of_token(digest=row.digest))
        row.delete()
        audit.record(
            person=user.pk, actor=actor, act="token.revoked", subject=f"token:{public_id}",
            before={"scopes": row.scopes}, after={}, reason="", request_id=request_id, now=now,
        )  # fmt: skip
