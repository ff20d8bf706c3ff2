"""What goes in and out of the people doors."""

from rest_framework import serializers

from accounts.models import Alert, ApiToken, AuditRow, User
from accounts.web.fields import AmountField, MomentField, StrictModelSerializer, StrictSerializer


class RegisterIn(StrictSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, trim_whitespace=False)
    email = serializers.EmailField(required=False, allow_blank=True, default="")


class LoginIn(StrictSerializer):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=256, trim_whitespace=False)
    otp = serializers.CharField(max_length=16, required=False, allow_blank=True, default="")


class CodeIn(StrictSerializer):
    otp = serializers.CharField(max_length=16, allow_blank=True)


class TokenIssued(StrictSerializer):
    token = serializers.CharField()
    expires_at = MomentField()
    scopes = serializers.ListField(child=serializers.CharField())


class SteppedUp(StrictSerializer):
    until = MomentField()


class EnrolmentOut(StrictSerializer):
    secret = serializers.CharField()
    uri = serializers.CharField()
    qr_svg = serializers.CharField()


class FactorStatus(StrictSerializer):
    enrolled = serializers.BooleanField()
    pending = serializers.BooleanField()
    stepped_up_until = MomentField(allow_null=True)


class TokenOut(StrictModelSerializer):
    by_asker = True
    id = serializers.UUIDField(source="public_id")
    created_at = MomentField(source="created")
    expires_at = MomentField(source="expiry")
    current = serializers.SerializerMethodField()

    class Meta:
        model = ApiToken
        fields = ("id", "label", "scopes", "created_at", "expires_at", "current")

    def get_current(self, row: ApiToken) -> bool:
        return bool(self.context["request"].auth == row)


class AlertOut(StrictModelSerializer):
    for_operators = serializers.SerializerMethodField()

    class Meta:
        model = Alert
        fields = ("id", "severity", "code", "sentence", "data", "at", "read_at", "for_operators")

    def get_for_operators(self, row: Alert) -> bool:
        return row.person_id is None


class ReadIn(StrictSerializer):
    ids = serializers.ListField(
        child=serializers.UUIDField(), required=False, allow_null=True, default=None, max_length=1000,
        help_text="Which alerts; all when left out.",
    )  # fmt: skip


class UnreadOut(StrictSerializer):
    unread = serializers.IntegerField()


class AuditOut(StrictModelSerializer):
    person = serializers.UUIDField(source="chain.person_id", allow_null=True)

    class Meta:
        model = AuditRow
        fields = (
            "id", "person", "seq", "at", "actor", "act", "subject", "before", "after", "reason", "request_id", "hash",
        )  # fmt: skip


class ProfileOut(StrictModelSerializer):
    class Meta:
        model = User
        fields = ("id", "username", "email", "time_zone", "reporting_currency", "goal", "is_staff")


class ProfileIn(StrictSerializer):
    email = serializers.EmailField(required=False, allow_blank=True)
    time_zone = serializers.CharField(max_length=64, required=False)
    reporting_currency = serializers.RegexField(r"^[A-Z0-9]{2,16}\Z", required=False, trim_whitespace=False)
    goal = AmountField(required=False, allow_null=True)
