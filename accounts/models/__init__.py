"""What is remembered about people: one noun per file. Models hold fields and named constraints, no behaviour."""

from accounts.models.alert import Alert
from accounts.models.audit import AuditChain, AuditRow
from accounts.models.device import TotpDevice
from accounts.models.step_up import StepUp
from accounts.models.token import ApiToken
from accounts.models.user import User

__all__ = ["Alert", "ApiToken", "AuditChain", "AuditRow", "StepUp", "TotpDevice", "User"]
