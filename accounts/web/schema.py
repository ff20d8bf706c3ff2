"""How the OpenAPI document describes what this room adds: the two credentials, plain-notation amounts, and every way to say no."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.web.credentials.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.web.credentials.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class AmountSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = "accounts.web.fields.AmountField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^-?[0-9]{1,32}(\.[0-9]{1,24})?$", "example": "12.5"}


NOES = {
    "400": "malformed: the sentence says what and where",
    "401": "no credential, or one that has ended",
    "403": "this credential may not do this",
    "404": "there is no such thing, or it is another person's",
    "409": "it does not fit what is there",
    "413": "the body is too big",
    "415": "the body is not JSON",
    "422": "refused by a rule; the code is stable",
    "429": "too often: come back after Retry-After seconds",
    "503": "a part of the system does not answer: come back after Retry-After seconds",
}
ERROR = {
    "type": "object",
    "description": "Every no has this shape. The code is stable, the message is for people, the details are numbers and names.",
    "properties": {
        "code": {"type": "string", "pattern": "^[A-Z0-9_]+$"},
        "message": {"type": "string"},
        "details": {"type": "object", "additionalProperties": {}},
    },
    "required": ["code", "details", "message"],
}


def say_no(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Every operation states every no: they come from one exception handler in one shape. A description that a door gave stays."""
    result["components"]["schemas"]["Error"] = ERROR
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            for status, description in NOES.items():
                answer = operation["responses"].setdefault(status, {"description": description})
                answer.setdefault("content", content)
    return result
