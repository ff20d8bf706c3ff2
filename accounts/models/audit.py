"""Who did what, when, why. Rows are append-only (trigger and roles) and chained: one chain per person, one of the system."""

from django.conf import settings
from django.db import models

from accounts.domain.chain import GENESIS
from accounts.domain.identity import new_id


class AuditChain(models.Model):
    """The head of one chain; its row lock orders the writers. An empty `person` is the system chain."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="audit_chain")
    head_seq = models.BigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=models.Q(person__isnull=True), name="accounts_auditchain_one_system_chain"),
            models.CheckConstraint(name="accounts_auditchain_seq_counts_up", condition=models.Q(head_seq__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.person_id or 'system'} at {self.head_seq}"


class AuditRow(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    chain = models.ForeignKey(AuditChain, on_delete=models.PROTECT, related_name="rows")
    seq = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)
    act = models.CharField(max_length=64)
    subject = models.CharField(max_length=128)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.TextField(default="", blank=True)
    request_id = models.CharField(max_length=64, default="", blank=True)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="accounts_auditrow_seq_once"),
            models.CheckConstraint(name="accounts_auditrow_seq_from_one", condition=models.Q(seq__gte=1)),
            models.CheckConstraint(
                name="accounts_auditrow_hash_is_sha256",
                condition=models.Q(hash__regex=r"^[0-9a-f]{64}$", prev_hash__regex=r"^[0-9a-f]{64}$"),
            ),
            models.CheckConstraint(name="accounts_auditrow_names_an_actor", condition=~models.Q(actor="")),
        ]
        indexes = [
            models.Index(fields=["subject", "-at"], name="accounts_auditrow_subject"),
            models.Index(fields=["chain", "-id"], name="accounts_auditrow_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.subject}"
