"""The phone that makes one-time codes. Its seed is sealed (operations/sealing.py); each code's time step is used once."""

from django.db import models
from django_otp.models import Device


class TotpDevice(Device):
    """`confirmed` and `user` come from django-otp, whose middleware tells a verified session by this row."""

    sealed_seed = models.BinaryField(max_length=256)
    last_step = models.BigIntegerField(default=-1)
    failures = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=models.Q(confirmed=True), name="accounts_totpdevice_one_confirmed"),
        ]
