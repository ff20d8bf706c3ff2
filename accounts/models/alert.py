"""A message to a person, or to all operators when `person` is empty (then it is read when one of them has read it)."""

from django.conf import settings
from django.db import models

from accounts.domain.identity import new_id


class Severity(models.TextChoices):
    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class Alert(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="alerts")
    severity = models.CharField(max_length=8, choices=Severity.choices)
    code = models.CharField(max_length=64)
    sentence = models.TextField()
    data = models.JSONField(default=dict)
    dedup_key = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="accounts_alert_severity_known", condition=models.Q(severity__in=Severity.values)),
            models.CheckConstraint(name="accounts_alert_says_something", condition=~models.Q(sentence="")),
        ]
        indexes = [
            models.Index(fields=["person", "code", "dedup_key", "-at"], name="accounts_alert_dedup"),
            models.Index(fields=["person", "-at"], name="accounts_alert_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.severity} {self.code}"
