"""seed_demo: the demo users, their paper money and their bots. A door: reads the environment, makes secrets, one call."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from accounts.domain.refusals import Refusal
from accounts.web import clock
from trading import venues
from trading.operations import demo

CANNOT = 2
SEED_BYTES = 20


class Command(BaseCommand):
    help = "Make the users demo and operator with paper money and running bots; what stands already is left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        password = settings.DEMO_PASSWORD or kept("demo_password", secrets.token_urlsafe(12))
        secret = settings.DEMO_OTP_SECRET or kept("demo_otp_secret", new_otp_secret())
        try:
            made = demo.seed(
                password=password, otp_secret=secret, finest=venues.venue(demo.VENUE).finest, now=clock.now()
            )
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        answer: dict[str, Any] = {"users": list(made.users), "funded": made.funded, "bots": list(made.bots)}
        if made.users:
            answer |= {"password": password, "otp_secret": secret}
        self.stdout.write(json.dumps(answer) if options["json"] else words(answer))


def words(answer: dict[str, Any]) -> str:
    """What a person at the shell wants to know."""
    if not answer["users"]:
        return f"The demo stands already; bots made now: {len(answer['bots'])}."
    return (
        f"Users {' and '.join(answer['users'])} with the password {answer['password']} and the one-time-code secret "
        f"{answer['otp_secret']}; generated ones are kept in {settings.PLACES.secrets}. Bots made: {len(answer['bots'])}."
    )


def kept(name: str, fresh: str) -> str:
    """A secret of this installation: made once, kept for the owner's eyes only."""
    path: Path = settings.PLACES.secrets / name
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(fresh)
    return path.read_text().strip()


def new_otp_secret() -> str:
    return base64.b32encode(secrets.token_bytes(SEED_BYTES)).decode()
