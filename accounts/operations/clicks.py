"""One click, one act: whoever acts on a form writes its key in the act's own transaction."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.domain.refusals import Conflict
from accounts.models import Click


def act_on(*, person: UUID, key: str, now: datetime) -> None:
    """Claim the click within the caller's transaction, which takes it back when it fails. Of two at once the second waits for the
    first. Conflict ALREADY_DONE when it has been acted upon."""
    try:
        with transaction.atomic():
            Click.objects.create(person_id=person, key=key, at=now)
    except IntegrityError as error:
        raise Conflict("ALREADY_DONE", "This was done already; open the form again to do it once more.") from error
