"""What an address or a form asks for, checked: a bot of one's own, a market, an amount, and the choices that the form shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from accounts.domain.decimals import parse_amount
from accounts.domain.refusals import Malformed, Missing, Refusal
from amarktai.dashboard.shapes.parts import Choice, Sheet
from bots.models import Bot

FIRST_VENUE = "sim"  # the market everybody begins with
LONGEST = 80
LONGEST_NUMBER = 9
SHEET = 50
WRONG_AMOUNT = {
    "AMOUNT_NOT_PLAIN": "write a number with digits and, for decimals, a dot, such as 1000 or 12.5.",
    "AMOUNT_NOT_POSITIVE": "it must be greater than zero.",
}
T = TypeVar("T")


def bot(query: Mapping[str, str], mine: Iterable[Bot]) -> Bot | None:
    """The bot asked for. Malformed BAD_ID; Missing BOT_NOT_FOUND for one that is not among `mine`."""
    text = query.get("bot", "")
    if not text:
        return None
    try:
        wanted = UUID(text)
    except ValueError:
        raise Malformed("BAD_ID", "This is no id.") from None
    found = next((one for one in mine if one.id == wanted), None)
    if found is None:
        raise Missing("BOT_NOT_FOUND", "You have no such bot.")
    return found


def market(query: Mapping[str, str]) -> tuple[str, str]:
    """(venue, symbol) of `BTC/USDT@sim`, empty for all. What nobody trades simply has nothing to show."""
    symbol, _, venue = query.get("market", "")[:LONGEST].partition("@")
    return venue, symbol


def venue(named: str, *, known: Sequence[str], refused: bool = False) -> str:
    """The first one, or another that is `known`, where none is named. Refusal UNKNOWN_VENUE for one that is not among them, so that
    nothing is done elsewhere than was asked. `refused`: a form is shown again that already says what was wrong with it."""
    if named in known:
        return named
    if refused or not named:
        return FIRST_VENUE if FIRST_VENUE in known else known[0]
    raise Refusal("UNKNOWN_VENUE", f"There is no venue {named[:20]!r}.", given=named[:20], known=list(known))


def amount(text: str, *, label: str, name: str) -> Decimal:
    """What is typed into a form. Malformed, with the field's `name` in `field` and a sentence for people, not for scripts."""
    try:
        return parse_amount(text.strip())
    except Malformed as refusal:
        told = WRONG_AMOUNT.get(refusal.code, refusal.sentence)
        raise Malformed(refusal.code, f"{label}: {told}", **{**refusal.numbers, "field": name}) from refusal


def address(*parts: Mapping[str, str]) -> str:
    """`?a=b&c=d` of all parts, without what is empty."""
    given = {name: value for part in parts for name, value in part.items() if value}
    return f"?{urlencode(given)}" if given else "?"


def sheet(rows: Sequence[T], query: Mapping[str, str], *, keep: Mapping[str, str]) -> tuple[Sequence[T], Sheet]:
    """At most SHEET of the rows: those of the page that the address asks for, the last one where there are not so many. `keep`: what
    else the addresses of the pages beside it say."""
    pages = max(1, -(-len(rows) // SHEET))
    text = query.get("page", "")
    page = min(int(text), pages) if text.isascii() and text.isdecimal() and len(text) < LONGEST_NUMBER and int(text) else 1
    first = (page - 1) * SHEET
    shown = rows[first : first + SHEET]
    if pages == 1:
        return shown, Sheet()
    there = {number: address(keep, {"page": str(number)}) for number in (page - 1, page + 1) if 1 <= number <= pages}
    said = f"{first + 1:,} to {first + len(shown):,} of {len(rows):,}"
    return shown, Sheet(said=said, previous=there.get(page - 1, ""), next=there.get(page + 1, ""))


def choices(values: Iterable[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    """All, then each (value, label); with what is chosen even if it is not among them."""
    pairs = list(values)
    if chosen and chosen not in dict(pairs):
        pairs.append((chosen, chosen))
    return (Choice(value="", label="All", chosen=not chosen), *(Choice(value=v, label=text, chosen=v == chosen) for v, text in pairs))
