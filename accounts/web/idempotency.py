"""Reads the header Idempotency-Key. What the key means is decided by the operation that stores it."""

import re

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.domain.refusals import Malformed

_KEY = re.compile(r"[\x21-\x7e]{1,80}")


def key_of(request: Request | HttpRequest) -> str:
    """The key, 1 to 80 visible ASCII characters; Malformed when it is absent or something else."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        raise Malformed("IDEMPOTENCY_KEY_MISSING", "Send the header Idempotency-Key, a new one for each intent.")
    if not _KEY.fullmatch(key):
        raise Malformed("IDEMPOTENCY_KEY_REFUSED", "Idempotency-Key has 1 to 80 visible ASCII characters.")
    return key
