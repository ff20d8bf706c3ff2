"""Anchors: the heads of all chains at one moment, sealed with a key that the database does not know. Whoever rewrites a chain later
cannot rewrite them too. Pure; it must not know where they are kept."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from accounts.domain.chain import stamp
from accounts.domain.refusals import Malformed
from ledger.domain.expected import Difference

TITLE = "ledger anchor 1"
SEAL = "seal "


@dataclass(frozen=True, slots=True)
class Anchor:
    """heads: wallet -> (number of its newest entry, hash of that entry)."""

    at: datetime
    heads: Mapping[UUID, tuple[int, bytes]]


def sealed(anchor: Anchor, *, key: str) -> str:
    """An anchor as text: one line per wallet, the last line an HMAC over all before it."""
    lines = [TITLE, stamp(anchor.at)]
    lines += [f"{wallet} {entries} {head.hex()}" for wallet, (entries, head) in sorted(anchor.heads.items())]
    body = "\n".join(lines) + "\n"
    return f"{body}{SEAL}{_seal(body, key)}\n"


def opened(text: str, *, key: str) -> Anchor:
    """The anchor of such a text. Raises Malformed when it is none, or was not sealed with this key as it stands."""
    body, found, seal = text.rpartition(SEAL)
    if not found or not hmac.compare_digest(_seal(body, key).encode(), seal.strip().encode()):
        raise Malformed("ANCHOR_NOT_OURS", "was changed, or sealed with another key")
    _, at, *lines = body.splitlines()
    heads = {UUID(wallet): (int(entries), bytes.fromhex(head)) for wallet, entries, head in map(str.split, lines)}
    return Anchor(datetime.fromisoformat(at), heads)


def first_unlike(anchor: Anchor, *, chains: Mapping[UUID, tuple[int, bytes | None]]) -> Difference | None:
    """The first wallet whose chain is shorter or other than anchored. `chains`: wallet -> (number of entries now, hash of the entry that
    was the newest then); a wallet that is not there any more is not among them."""
    for wallet, (entries, head) in sorted(anchor.heads.items()):
        length, hash_now = chains.get(wallet, (0, None))
        if hash_now != head and entries:
            then = f"at the anchor of {stamp(anchor.at)}"
            if length < entries or hash_now is None:
                return Difference("ledger_journalentry", str(wallet), f"entries {then}", str(length), f"at least {entries}")
            return Difference("ledger_journalentry", f"{wallet} {entries}", f"hash {then}", hash_now.hex(), head.hex())
    return None


def _seal(body: str, key: str) -> str:
    return hmac.new(key.encode(), body.encode(), sha256).hexdigest()
