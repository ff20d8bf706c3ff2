"""What a check answers: a verdict with a stable code, a sentence for people and the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Verdict:
    """gate: clamp, data, A, B, C, D, cover. verdict: PASS, REFUSED, NOT_STATED, SKIPPED. Numbers are plain strings."""

    gate: str
    verdict: str
    code: str
    sentence: str
    numbers: Mapping[str, str]

    @property
    def refused(self) -> bool:
        return self.verdict == "REFUSED"

    def plain(self) -> dict[str, Any]:
        """As stored on the order."""
        return {"gate": self.gate, "verdict": self.verdict, "code": self.code, "sentence": self.sentence, "numbers": dict(self.numbers)}
