"""Is the running platform well? One numbered line per check; exit code 1 when one fails, 2 when the address is none."""

from __future__ import annotations

import json
import logging
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import asdict
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.web import clock
from amarktai import smoke
from amarktai.launcher.trouble import Trouble
from amarktai.smoke import asking, check, pages

USUAL = "http://127.0.0.1:8000/"
STARTING_SECONDS = 60  # for so long after its start a platform's processes may still owe their first sign of life


class Command(BaseCommand):
    help = "Ask a running platform whether it is well: pages, servers, processes, ages, ledger, machine. It changes nothing."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", nargs="?", help="where its pages are; without one that of `up` in this data folder")
        parser.add_argument("--json", action="store_true", help="one JSON object on standard output, lines on standard error")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            url = asking.checked_url(options["url"] if options["url"] is not None else of_this_folder())
        except ValueError as none:
            raise Trouble(str(none)) from None
        logging.disable(logging.WARNING)
        lines = self.stderr if options["json"] else self.stdout
        lines.style_func = None
        found = []
        told: dict[str, int] = {}  # what stands in the way of many is said by the first
        target = check.Target(url=url, token=settings.SMOKE_TOKEN, now=clock.now())
        for result in check.results(smoke.CHECKS, target=target, until=monotonic() + patience(target, lines.write)):
            first = result.number if result.ok else told.setdefault(result.detail, result.number)
            words = result.detail if first == result.number else f"as {first}"
            lines.write(f"{result.number:2} {'ok    ' if result.ok else 'FAILED'} {result.name}: {words}")
            found.append(result)
        passed = sum(result.ok for result in found)
        ok = passed == len(found)
        if options["json"]:
            answer = {"ok": ok, "passed": passed, "total": len(found), "url": url, "checks": [asdict(result) for result in found]}
            self.stdout.write(json.dumps(answer))
        lines.write(f"SMOKE TEST {'PASSED' if ok else 'FAILED'}: {passed}/{len(found)}")
        if not ok:
            sys.exit(1)


def patience(target: check.Target, say: Callable[[str], object]) -> float:
    """Seconds for which what is late may be asked again: what is left of the start, nothing for a platform that has been running."""
    age = pages.age_s(target)
    left = 0.0 if age is None else STARTING_SECONDS - age
    if left <= 0:
        return 0.0
    say(f"The platform started {max(age or 0, 0):.0f} s ago: whoever has given no sign of life yet is waited for, {left:.0f} s at most.")
    return min(left, STARTING_SECONDS)


def of_this_folder() -> str:
    """Where `up` said that its pages are, whether or not it still runs."""
    try:
        return str(json.loads(settings.PLACES.instance_lock.read_text())["url"])
    except (OSError, ValueError, KeyError):
        return USUAL
