"""What a person may know about the own second factor."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import StepUp, TotpDevice, User


@dataclass(frozen=True, kw_only=True)
class FactorStatus:
    """`pending`: enrolled but not yet confirmed. `stepped_up_until`: of the credential that asks, while it lasts."""

    enrolled: bool
    pending: bool
    stepped_up_until: datetime | None


def status(*, user: User, credential: str, now: datetime) -> FactorStatus:
    confirmed = set(TotpDevice.objects.filter(user=user).values_list("confirmed", flat=True))
    step_up = StepUp.objects.filter(person=user, credential=credential, until__gt=now).first()
    return FactorStatus(
        enrolled=True in confirmed,
        pending=confirmed == {False},
        stepped_up_until=step_up.until if step_up else None,
    )
