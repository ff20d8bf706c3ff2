"""The second factor: enrol, confirm, verify, step up. A code works once; wrong ones block the device for a while."""

import base64
import io
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

import segno
from django.db import transaction
from django_otp.oath import hotp

from accounts.domain import codes
from accounts.domain.refusals import Conflict, Forbidden, Malformed, Throttled
from accounts.models import StepUp, TotpDevice, User
from accounts.operations import audit, sealing

ISSUER = "Amarktai Network"
STEP_UP_LASTS = timedelta(minutes=5)
_SEED_BYTES = 20


@dataclass(frozen=True, kw_only=True)
class Enrolment:
    """What the person's phone needs, shown once."""

    secret: str
    uri: str
    qr_svg: str


def enroll(*, user: User, now: datetime) -> Enrolment:
    """A new, unconfirmed device in place of earlier unconfirmed ones. Conflict when one is already confirmed."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if TotpDevice.objects.filter(user=user, confirmed=True).exists():
            raise Conflict("OTP_ALREADY_ENROLLED", "A second factor is already in use; disable it first.")
        TotpDevice.objects.filter(user=user, confirmed=False).delete()
        seed = os.urandom(_SEED_BYTES)
        _store(user=user, seed=seed, confirmed=False, now=now)
    return _shown(user=user, seed=seed)


def install(*, user: User, secret: str, now: datetime) -> None:
    """Give the user a confirmed device with a known base32 secret, unless one is confirmed (demo users, tests)."""
    try:
        seed = base64.b32decode(secret.replace(" ", "").upper() + "=" * (-len(secret.replace(" ", "")) % 8))
    except ValueError as error:
        raise Malformed("OTP_SECRET_MALFORMED", "The secret of a second factor is base32 text.") from error
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not TotpDevice.objects.filter(user=user, confirmed=True).exists():
            _store(user=user, seed=seed, confirmed=True, now=now)


def confirm(*, user: User, otp: str, actor: str, request_id: str, now: datetime) -> None:
    """The first valid code puts the newest unconfirmed device into use."""
    device = _verified(user=user, confirmed=False, otp=otp, now=now)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if TotpDevice.objects.filter(user=user, confirmed=True).exists():
            raise Conflict("OTP_ALREADY_ENROLLED", "A second factor is already in use; disable it first.")
        TotpDevice.objects.filter(pk=device.pk).update(confirmed=True)
        audit.record(
            person=user.pk, actor=actor, act="second_factor.confirmed", subject=f"user:{user.pk}",
            before={"enrolled": False}, after={"enrolled": True}, reason="", request_id=request_id, now=now,
        )  # fmt: skip


def verify(*, user: User, otp: str, now: datetime) -> TotpDevice:
    """Use up the code on the user's device. Forbidden OTP_MISSING, OTP_WRONG, OTP_NOT_ENROLLED; Throttled OTP_BLOCKED.

    Call it outside any transaction: a wrong code must be counted even though the act is refused."""
    return _verified(user=user, confirmed=True, otp=otp, now=now)


def step_up(*, user: User, credential: str, otp: str, actor: str, request_id: str, now: datetime) -> datetime:
    """A fresh code marks this credential; answers until when."""
    verify(user=user, otp=otp, now=now)
    with transaction.atomic():
        until = mark_fresh(user=user, credential=credential, now=now)
        audit.record(
            person=user.pk, actor=actor, act="step_up", subject=f"user:{user.pk}", before={},
            after={"until": until}, reason="", request_id=request_id, now=now,
        )  # fmt: skip
    return until


def mark_fresh(*, user: User, credential: str, now: datetime) -> datetime:
    """Only after `verify` with the same `now`."""
    until = now + STEP_UP_LASTS
    StepUp.objects.filter(person=user, until__lte=now).delete()
    StepUp.objects.update_or_create(credential=credential, defaults={"person": user, "until": until})
    return until


def _store(*, user: User, seed: bytes, confirmed: bool, now: datetime) -> None:
    device = TotpDevice.objects.create(user=user, name="phone", confirmed=confirmed, sealed_seed=b"", created_at=now)
    device.sealed_seed = sealing.seal(secret=seed, bound_to=_place(device))
    device.save(update_fields=["sealed_seed"])


def _place(device: TotpDevice) -> str:
    return f"totp:{device.user_id}:{device.pk}"


def _shown(*, user: User, seed: bytes) -> Enrolment:
    secret = base64.b32encode(seed).decode()
    label = quote(f"{ISSUER}:{user.get_username()}")
    asked = {"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": 6, "period": codes.STEP_S}
    uri = f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}"
    image = io.BytesIO()
    segno.make(uri, error="m", micro=False).save(image, kind="svg", xmldecl=False, scale=5, border=4, light="white")
    return Enrolment(secret=secret, uri=uri, qr_svg=image.getvalue().decode())


def _verified(*, user: User, confirmed: bool, otp: str, now: datetime) -> TotpDevice:
    if not otp:
        raise Forbidden("OTP_MISSING", "A code from your authenticator app is needed.")
    # Durable: the failure must be committed before the refusal is raised.
    with transaction.atomic(durable=True):
        device = TotpDevice.objects.select_for_update().filter(user=user, confirmed=confirmed).order_by("-pk").first()
        if device is None:
            raise Forbidden("OTP_NOT_ENROLLED", "There is no second factor yet; enrol one first.")
        if device.blocked_until is not None and device.blocked_until > now:
            wait = int((device.blocked_until - now).total_seconds()) + 1
            raise Throttled("OTP_BLOCKED", f"Too many wrong codes; wait {wait} seconds.", retry_after=wait)
        accepted = _try(device=device, otp=otp, now=now)
    if not accepted:
        raise Forbidden("OTP_WRONG", "The code is wrong, too old or already used.")
    return device


def _try(*, device: TotpDevice, otp: str, now: datetime) -> bool:
    """Use up the step, or count the failure. The row is locked."""
    seed = sealing.open_sealed(sealed=device.sealed_seed, bound_to=_place(device))
    step = codes.matching_step(code=otp.strip(), now=now, after=device.last_step, code_at=lambda step: int(hotp(seed, step)))
    if step is not None:
        device.last_step, device.failures, device.blocked_until = step, 0, None
    else:
        device.failures += 1
        device.blocked_until = now + codes.block_after(failures=device.failures)
    device.save(update_fields=["last_step", "failures", "blocked_until"])
    return step is not None
