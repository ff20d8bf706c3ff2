"""A fresh code was given for one credential (an API token or a browser session): valid until `until`."""

from django.conf import settings
from django.db import models


class StepUp(models.Model):
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="step_ups")
    credential = models.CharField(max_length=80, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person_id} until {self.until}"
