"""An API token: hashed at rest by knox, with a public id, a label and scopes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from knox.models import AbstractAuthToken

from accounts.domain.identity import new_id


class Scope(models.TextChoices):
    READ = "read"
    TRADE = "trade"
    ADMIN = "admin"


class ApiToken(AbstractAuthToken):
    public_id = models.UUIDField(default=new_id, editable=False, unique=True)
    label = models.CharField(max_length=64, default="", blank=True)
    scopes: "ArrayField[list[str], list[str]]" = ArrayField(models.CharField(max_length=8), default=list)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_apitoken_scopes_known",
                condition=models.Q(scopes__contained_by=list(Scope.values)) & ~models.Q(scopes=[]),
            ),
            models.CheckConstraint(name="accounts_apitoken_expires", condition=models.Q(expiry__isnull=False)),
        ]
