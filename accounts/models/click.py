"""A click that has been acted upon: the key of the form it came with. Kept for ever, so that no copy of the form acts again."""

from django.conf import settings
from django.db import models


class Click(models.Model):
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="clicks")
    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="click_acted_upon_once")]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.at}"
