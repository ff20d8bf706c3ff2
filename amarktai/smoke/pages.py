"""What a browser and a script are shown: pages, static files, the schema, health and status."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings

from amarktai.smoke import asking
from amarktai.smoke.check import Check, Failed, Late, Target

NAME = "Amarktai Network"
LOGIN = "/login"
FORM = ('name="csrfmiddlewaretoken"', 'name="username"', 'name="password"')
HEALTH = "/health"
STATUS = "/api/system/status"
SCHEMA = "/api/schema/"
PATHS = ("/api/orders/submit", "/api/bots", "/api/system/emergency-stop")
STATIC = re.compile(r'(?:href|src)="(/static/[^"?]+)')
TYPES = {"css": "text/css", "js": "javascript", "svg": "image/svg"}


def home(target: Target) -> str:
    """A page of ours; who is not logged in is led to the login page."""
    if NAME not in asking.page(target, "/").text:
        raise Failed(f"/ is no page of the {NAME}.")
    return "answers"


def login(target: Target) -> str:
    text = asking.page(target, LOGIN).text
    missing = [part for part in FORM if part not in text]
    if missing:
        raise Failed(f"{LOGIN} shows no form with {', '.join(missing)}.")
    return "shows its form"


def static_files(target: Target) -> str:
    """Every style and script that the login page names."""
    paths = sorted(set(STATIC.findall(asking.page(target, LOGIN).text)))
    if not any(path.endswith(".css") for path in paths):
        raise Failed(f"{LOGIN} names no style sheet.")
    for path in paths:
        answer = asking.page(target, path)
        kind, said = path.rpartition(".")[2], answer.headers.get_content_type()
        if TYPES.get(kind, "") not in said or not answer.text.strip():
            raise Failed(f"{path} is empty or no {kind} file ({said}).")
    return f"{len(paths)} files"


def schema(target: Target) -> str:
    text = asking.page(target, SCHEMA).text
    missing = [path for path in PATHS if f"{path}:" not in text and f'"{path}"' not in text]
    if "openapi" not in text or missing:
        raise Failed(f"{SCHEMA} is no OpenAPI file that names {', '.join(missing or PATHS)}.")
    return f"{text.count('operationId')} operations"


def health(target: Target) -> str:
    body = asking.json_object(asking.get(target, HEALTH), path=HEALTH)
    status, checks = body.get("status"), body.get("checks")
    if status == "ok":
        return "ok"
    failed = [f"{name} {one.get('detail')}" for name, one in checks.items() if not one.get("ok")] if isinstance(checks, dict) else []
    raise Late(f"{HEALTH} says {status}: {'; '.join(failed) or 'and not why'}.")


def age_s(target: Target) -> float | None:
    """For how long the process behind the pages has been running, as /health says; None when it does not."""
    try:
        found: Any = asking.json_object(asking.get(target, HEALTH), path=HEALTH).get("checks")
    except Failed:
        return None
    web = found.get("web") if isinstance(found, dict) else None
    age = web.get("age_s") if isinstance(web, dict) else None
    return float(age) if isinstance(age, int | float) else None


def status(target: Target) -> str:
    """What everybody may see, and with a token what its bearer may see."""
    answer = asking.get(target, STATUS, bearer=True)
    if answer.status == 401:
        raise Failed("The token in AMARKTAI_SMOKE_TOKEN is not accepted: it has ended, or belongs to another platform.")
    body = asking.json_object(answer, path=STATUS)
    wanted = {"version", "mode", "halted"} | ({"heartbeats", "ticks", "queues"} if target.token else set())
    if answer.status != 200 or wanted - set(body):
        raise Failed(f"{STATUS} answered {answer.status} and lacks {', '.join(sorted(wanted - set(body))) or 'nothing'}.")
    if body["version"] != settings.VERSION:
        raise Failed(f"Version {body['version']} is running, and {settings.VERSION} is installed here: restart it.")
    return f"version {body['version']}, {body['mode']}"


CHECKS = (
    Check("home page", home),
    Check("login page", login),
    Check("static files", static_files),
    Check("schema", schema),
    Check("health", health),
    Check("status", status),
)
