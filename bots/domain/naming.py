"""What a bot may be called, and the words it may be told."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from accounts.domain.refusals import Malformed

LONGEST = 80


def title_of(given: str) -> str:
    """The name as it is stored, in one Unicode form and trimmed. Malformed BAD_NAME."""
    title = unicodedata.normalize("NFC", given).strip()
    if not 1 <= len(title) <= LONGEST or any(unicodedata.category(char)[0] == "C" for char in title):
        raise Malformed("BAD_NAME", f"A bot's name has 1 to {LONGEST} printable characters.")
    return title


def one_of(known: Sequence[str], given: str, *, code: str) -> None:
    """Malformed with this code, naming the known words, unless `given` is one of them."""
    if given not in known:
        raise Malformed(code, f"Choose one of {', '.join(known)}.", given=given[:40], known=list(known))
