"""Is this installation whole? One numbered line per check; exit code 1 when one fails, 2 when the address is none. `deploy/verify`
runs the suite first.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from amarktai import verification
from amarktai.launcher.trouble import Trouble
from amarktai.smoke.asking import checked_url


class Command(BaseCommand):
    help = "Check that this installation is whole: from modules, settings and rights to the audit trail, routes and screens."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("url", nargs="?", help="a running platform whose routes are asked; without one this code is asked")
        parser.add_argument("--json", action="store_true", help="one JSON list instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            get = verification.from_inside if options["url"] is None else verification.from_outside(checked_url(options["url"]))
        except ValueError as none:
            raise Trouble(str(none)) from None
        checks: list[tuple[str, Callable[[], str]]] = [
            ("every module imports", verification.modules),
            ("production settings are safe", lambda: run("check", "--deploy", "--fail-level", "WARNING")),
            ("no migration is missing", lambda: run("makemigrations", "--check", "--dry-run")),
            ("every migration is applied", verification.migrations),
            ("every constraint is there", verification.constraints),
            ("every trigger is there", verification.triggers),
            ("the application may not alter facts", verification.rights),
            ("the audit trail is whole", verification.audit_trail),
            ("every route answers", lambda: verification.routes(get)),
            ("every screen renders", verification.screens),
        ]
        logging.disable(logging.WARNING)  # routes are asked without rights and for objects that do not exist
        results = [self.one(number, *check, quiet=options["json"]) for number, check in enumerate(checks, 1)]
        if options["json"]:
            self.stdout.write(json.dumps(results))
        failed = sum(not result["ok"] for result in results)
        if failed:
            self.stderr.write(f"{failed} of {len(results)} checks failed.")
            sys.exit(1)

    def one(self, number: int, name: str, check: Callable[[], str], *, quiet: bool) -> dict[str, Any]:
        """Run a check and say its line."""
        try:
            ok, detail = True, check()
        except (verification.Broken, Trouble, ImportError, SyntaxError) as error:
            ok, detail = False, str(error)
        if not quiet:
            self.stdout.write(f"{number:2} {'ok    ' if ok else 'FAILED'} {name}: {detail}")
        return {"number": number, "name": name, "ok": ok, "detail": detail}


def run(*arguments: str) -> str:
    """A command in a process of its own, as production would load it."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=os.environ | {"ALLOWED_HOSTS": "amarktai.example"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise verification.Broken(" ".join((done.stderr or done.stdout).split())[-400:])
    return " ".join(arguments)
