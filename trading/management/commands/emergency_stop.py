"""emergency_stop: halt everything of everybody. A door: one call; without a database it leaves the kill-switch file instead."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError

from accounts.domain.chain import stamp
from accounts.web import clock
from trading.operations import kill_switch, stop
from trading.operations.stop import StopReport

INCOMPLETE, CANNOT = 1, 2
ACTOR = "operator:command"


class Command(BaseCommand):
    help = "Halt all trading at once, cancel open orders and pause all bots. Asks for nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", default="", help="why, for the audit trail")
        parser.add_argument("--flatten", action="store_true", help="also close open positions at the market")
        parser.add_argument("--json", action="store_true", help="answer as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = stop.emergency_stop(
                scope="GLOBAL", user=None, reason=options["reason"], flatten=options["flatten"], actor=ACTOR,
                request_id="", now=clock.now(), policy=settings.POLICY,
            )  # fmt: skip
        except OperationalError:
            file = settings.DATA_DIR / kill_switch.NAME
            file.touch()
            self.stderr.write(f"The database does not answer. {file} is set: every process obeys it, and it must be removed to resume.")
            raise SystemExit(CANNOT) from None
        self.stdout.write(json.dumps(_answer(report)) if options["json"] else _words(report))
        if report.orders_open:
            raise SystemExit(INCOMPLETE)


def _answer(report: StopReport) -> dict[str, Any]:
    return {
        "halt_id": str(report.halt_id),
        "scope": report.scope,
        "level": report.level,
        "orders_cancelled": report.orders_cancelled,
        "orders_open": report.orders_open,
        "bots_paused": report.bots_paused,
        "closing_orders": report.closing_orders,
        "at": stamp(report.at),
    }


def _words(report: StopReport) -> str:
    return (
        f"HALTED (halt {report.halt_id}): {report.orders_cancelled} orders cancelled, {report.orders_open} still open, "
        f"{report.bots_paused} bots paused."
    )
