"""cancel_orders: cancel every open order of everybody as an operator, with a fresh code. A door: one call."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from accounts.domain.refusals import Refusal
from accounts.web import clock
from trading.management import operators
from trading.operations import cancel
from trading.queries import stops

INCOMPLETE, CANNOT = 1, 2


class Command(BaseCommand):
    help = (
        "Cancel every open order of everybody until two reads at the venues find none. Asks for an operator's code on standard input, "
        "as emergency_resume does: it reaches into everybody's trading, and bots go on and may order anew. To stop them too use "
        "emergency_stop, which asks for nothing. Without --confirm it only says how many are open. Exit 1: some are still open after it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="every order of everybody: there is no other choice yet")
        parser.add_argument("--confirm", action="store_true", help="really cancel")
        parser.add_argument("--as", dest="operator", help="user name of the operator; needed where there are several")
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["all"]:
            self.stderr.write("Say whose orders: --all is every order of everybody, and there is no other choice yet.")
            raise SystemExit(CANNOT)
        if not options["confirm"]:
            self._tell({"cancelled": 0, "open": stops.reach(person=None).orders}, as_json=options["json"])
            self.stderr.write("Nothing was cancelled; with --confirm what is open would be.")
            return
        try:
            operator = operators.operator(name=options["operator"])
            done = cancel.cancel_everything(actor_user=operator, otp=operators.code(self.stderr), request_id="", now=clock.now())
        except Refusal as no:
            self.stderr.write(no.sentence)
            raise SystemExit(CANNOT) from None
        self._tell({"cancelled": done.cancelled, "open": done.open}, as_json=options["json"])
        if done.open:
            raise SystemExit(INCOMPLETE)

    def _tell(self, answer: dict[str, int], *, as_json: bool) -> None:
        self.stdout.write(json.dumps(answer) if as_json else f"{answer['cancelled']} orders cancelled, {answer['open']} open.")
