"""`export_audit [--user U] [--out FILE]`: every audit row with its hashes, so that an outsider can recompute the chains."""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand

from accounts.models import AuditChain, AuditRow
from accounts.queries import audit

CANNOT = 2
HOW = (
    "hash = sha256(prev_hash in hex + the row without prev_hash and hash as JSON with sorted keys, without blanks, UTF-8) in hex; "
    "the first prev_hash is 64 zeros."
)


class Command(BaseCommand):
    help = "Every audit row with its hashes, chain by chain; an outsider can recompute them from it alone. Changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--user", help="only the chain of this person")
        parser.add_argument("--out", type=Path, help="a new file instead of standard output; only its owner can read it")
        parser.add_argument("--json", action="store_true", help="it is JSON in any case")

    def handle(self, *args: Any, **options: Any) -> None:
        chains = AuditChain.objects.select_related("person").order_by("id")
        if options["user"] is not None:
            chains = chains.filter(person__username=options["user"])
            if not chains.exists():
                self.stderr.write(f"There is no audit trail of {options['user']!r}.")
                sys.exit(CANNOT)
        try:
            with self._opened(options["out"]) as stream:
                _write(stream, list(chains))
        except OSError as error:
            self.stderr.write(f"{options['out'] or 'Standard output'} cannot be written: {error.strerror}.")
            sys.exit(CANNOT)

    @contextmanager
    def _opened(self, out: Path | None) -> Iterator[TextIO]:
        if out is None:
            yield cast(TextIO, self.stdout)  # the wrapper writes like the stream that it wraps
            return
        with open(out, "x", encoding="utf-8", opener=_private) as stream:
            yield stream


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(stream: TextIO, chains: list[AuditChain]) -> None:
    """Rows only up to the head as it was read: they never change, so the two fit whatever is written meanwhile."""
    stream.write(f'{{"how": {json.dumps(HOW)}, "chains": [')
    for place, chain in enumerate(chains):
        head = {"chain": str(chain.id), "person": chain.person.username if chain.person else None, "head_seq": chain.head_seq}
        stream.write(("," if place else "") + "\n" + json.dumps({**head, "head": chain.head_hash})[:-1] + ', "rows": [')
        rows = AuditRow.objects.filter(chain=chain, seq__lte=chain.head_seq).order_by("seq")
        for number, row in enumerate(rows.iterator()):
            told = {**audit.columns(row), "prev_hash": row.prev_hash, "hash": row.hash}
            stream.write(("," if number else "") + "\n" + json.dumps(told, ensure_ascii=False))
        stream.write("]}")
    stream.write("]}\n")
