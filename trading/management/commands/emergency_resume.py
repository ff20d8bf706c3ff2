"""emergency_resume: lift the GLOBAL halts as an operator, with a fresh code read from standard input. A door: one call."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from accounts.domain.refusals import Refusal
from accounts.web import clock
from trading.management import operators
from trading.operations import kill_switch, stop
from trading.queries import stops

CANNOT = 2


class Command(BaseCommand):
    help = "Lift the GLOBAL halts. Asks for the operator's code on standard input; bots stay paused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as", dest="operator", required=True, help="user name of the operator")
        parser.add_argument("--reason", required=True, help="why, for the audit trail")
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            operator = operators.operator(name=options["operator"])
            stop.emergency_resume(
                scope="GLOBAL", user=None, reason=options["reason"], otp=operators.code(self.stderr), actor_user=operator,
                request_id="", now=clock.now(), kill_switch=kill_switch.exists(settings.DATA_DIR),
            )  # fmt: skip
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        left = stops.status(viewer=operator)
        answer = {"active": left.active, "halts": [str(halt.id) for halt in left.halts]}
        self.stdout.write(
            json.dumps(answer) if options["json"] else "Lifted. Bots stay paused until somebody resumes them."
        )
