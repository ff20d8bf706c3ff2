"""Cells of the venues' sheets as plain text of ours: numbers, times, pairs, and amounts with their asset glued on. Pure.

What can be read in two ways is refused: a thousandth or a thousandfold of money is worse than a line that a person looks at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from accounts.domain.decimals import plain
from accounts.domain.refusals import Malformed
from ledger.domain.currencies import CURRENCIES
from ledger.domain.numbers import CONTEXT, PLACES, ZERO, scale

_SHOWN = 40
_MOST_NUMBER = 80
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_THREE_BEHIND = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_MONEY = re.compile(r"(?P<minus>-?)[^0-9.,+-]{0,4}(?P<sign>-?)(?P<number>[0-9].*)")
_CODE = re.compile(r"[A-Z0-9]{1,20}")
_ZONE = re.compile(r"(?:UTC)?(?P<sign>[+-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?")
_MOMENT = re.compile(
    r"(?P<century>[0-9]{2})?(?P<day>[0-9]{2}-[0-9]{2}-[0-9]{2})[ T](?P<time>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)"
    r"(?P<zone> ?UTC|Z|[+-][0-9]{2}:?[0-9]{2})?"
)


def number(name: str, text: str, *, semicolons: bool = False, grouped: bool = False) -> Decimal:
    """The number that a cell says, with the digits it is written with; a minus is kept. Commas between groups of three are taken where
    they can be nothing else, or where the layout is known to write them (`grouped`). In a sheet with `semicolons` a point before three
    digits may be such a separator too."""
    body = text.removeprefix("-")
    sign = "-" if body != text else ""
    if len(body) > _MOST_NUMBER:
        raise Malformed("AMOUNT_TOO_LONG", f"the {name} {text[:_SHOWN]!r} has more digits than the ledger holds")
    if _PLAIN.fullmatch(body):
        if semicolons and not grouped and _THREE_BEHIND.fullmatch(body):
            raise _ambiguous(name, text)
        return Decimal(sign + body)
    if _GROUPED.fullmatch(body):
        if not grouped and "." not in body and body.count(",") == 1:
            raise _ambiguous(name, text)
        return Decimal(sign + body.replace(",", ""))
    raise Malformed("AMOUNT_NOT_PLAIN", f"the {name} {text[:_SHOWN]!r} is not a number in plain notation such as 1234.5")


def money(name: str, text: str, *, semicolons: bool = False) -> Decimal:
    """The same with the sign of its currency in front, such as €1,234.56."""
    found = _MONEY.fullmatch(text)
    if found is None or (found["minus"] and found["sign"]):
        raise Malformed("AMOUNT_NOT_PLAIN", f"the {name} {text[:_SHOWN]!r} is not an amount such as 1234.5 or €1,234.50")
    return number(name, found["minus"] + found["sign"] + found["number"], semicolons=semicolons)


def _ambiguous(name: str, text: str) -> Malformed:
    sentence = f"the {name} {text[:_SHOWN]!r} can be read in two ways, with a decimal mark or a separator of thousands; write it without"
    return Malformed("AMOUNT_AMBIGUOUS", sentence)


def check_total(quantity: Decimal, price: Decimal, total: Decimal) -> None:
    """Refuse a line whose total is not its quantity times its price, but for the last digits that each was cut to: a column has
    slipped, or a separator was misread."""
    value = CONTEXT.multiply(quantity, price)
    slack = CONTEXT.add(_unit(total), CONTEXT.multiply(abs(quantity), _unit(price)))
    if abs(CONTEXT.subtract(value, total)) > slack:
        raise Malformed("TOTAL_DIFFERS", f"{plain(quantity)} at {plain(price)} are {plain(value)}, but its total says {plain(total)}")


def check_paid(value: Decimal, fee: Decimal, total: Decimal, *, buying: bool) -> None:
    """The same for a total that holds the fee: a buyer pays the value and the fee, a seller gets the value without it."""
    reckoned = CONTEXT.add(value, fee) if buying else CONTEXT.subtract(value, fee)
    slack = CONTEXT.add(CONTEXT.add(_unit(value), _unit(fee)), _unit(total))
    if abs(CONTEXT.subtract(reckoned, total)) > slack:
        made = f"{plain(value)} and a fee of {plain(fee)} make {plain(reckoned)}"
        raise Malformed("TOTAL_DIFFERS", f"{made}, but its total says {plain(total)}")


def price_of(quantity: Decimal, total: Decimal) -> Decimal:
    """What one unit cost when all of it cost `total`: exact where 24 digits hold it, else to the last of them."""
    if quantity <= ZERO:
        raise Malformed("AMOUNT_NOT_POSITIVE", "the quantity is not greater than zero")
    places = max(0, PLACES - scale(stripped(quantity)))
    return CONTEXT.quantize(CONTEXT.divide(total, quantity), Decimal(1).scaleb(-places))


def stripped(value: Decimal) -> Decimal:
    """The same without the zeros at its end: venues write eight places whatever they mean."""
    return Decimal(plain(value))


def _unit(value: Decimal) -> Decimal:
    return Decimal(1).scaleb(-scale(value))


def zone(text: str) -> str:
    """An offset such as +08:00 for UTC, UTC+8, UTC+08:00, +0545."""
    if text in ("UTC", "Z", "UTC+0", "+0"):
        return "+00:00"
    found = _ZONE.fullmatch(text)
    if found is None or int(found["hours"]) > 14 or int(found["minutes"] or 0) > 59:
        raise Malformed("ZONE_UNUSABLE", f"{text[:_SHOWN]!r} is no distance from UTC such as UTC, +02:00 or -03:30")
    return f"{found['sign']}{int(found['hours']):02d}:{found['minutes'] or '00'}"


def moment(text: str, *, zone_of: str | None, column: str) -> str:
    """A time as ISO 8601 with its zone: its own, else the one that holds for the column."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        raise Malformed("TIME_UNUSABLE", f"the time {text[:_SHOWN]!r} is not written as 2026-03-02 09:00:00")
    own = zone(found["zone"].strip()) if found["zone"] else zone_of
    if own is None:
        raise Malformed(
            "TIME_WITHOUT_ZONE", f"the time {text[:_SHOWN]!r} has no zone and its column {column!r} names none; say it with --zone"
        )
    return f"{found['century'] or '20'}{found['day']}T{found['time']}{own}"


def pair(text: str, *, between: str) -> str:
    """BASE/QUOTE of a pair whose two sides are separated."""
    base, _, quote = text.partition(between)
    if not _CODE.fullmatch(base) or not _CODE.fullmatch(quote):
        raise Malformed("BAD_SYMBOL", f"the pair {text[:_SHOWN]!r} is not two asset codes with {between!r} between them")
    return f"{base}/{quote}"


def split_pair(text: str, *, symbols: Mapping[str, frozenset[str]], assets: frozenset[str]) -> str:
    """BASE/QUOTE of a pair without separator: the market of the venue that is written so, else the one way to part it into two assets
    that we know."""
    known = symbols.get(text, frozenset())
    if not known:
        names = assets | CURRENCIES
        known = frozenset(f"{text[:at]}/{text[at:]}" for at in range(1, len(text)) if text[:at] in names and text[at:] in names)
    if len(known) == 1:
        return next(iter(known))
    if known:
        raise Malformed("BAD_SYMBOL", f"the pair {text[:_SHOWN]!r} can be {' or '.join(sorted(known))}")
    raise Malformed("BAD_SYMBOL", f"the pair {text[:_SHOWN]!r} is of no market that we know at this venue, so its two sides are unknown")


def split_glued(text: str, executed: str, amount: str) -> tuple[str, str, str, str]:
    """(base, quantity, quote, total) of a pair without separator and two amounts with their assets glued on: the one way to part them
    in which the assets make up the pair."""
    ways = [
        (base, quantity, quote, total)
        for quantity, base in _parted(executed, text.startswith)
        for total, quote in _parted(amount, text.endswith)
        if base + quote == text
    ]
    if len(ways) == 1:
        return ways[0]
    if ways:
        readings = " or ".join(sorted(f"{quantity} {base}" for base, quantity, _, _ in ways))
        raise Malformed("BAD_SYMBOL", f"{executed[:_SHOWN]!r} of the pair {text[:_SHOWN]!r} can be {readings}")
    raise Malformed(
        "BAD_SYMBOL", f"the assets in {executed[:_SHOWN]!r} and {amount[:_SHOWN]!r} do not make up the pair {text[:_SHOWN]!r}"
    )


def split_fee(text: str, *, sides: tuple[str, str]) -> tuple[str, str]:
    """(amount, asset) of a fee with its asset glued on: one of the two sides of the trade, else what begins with the first letter."""
    for fits in (sides.__contains__, _begins_with_letter):
        ways = list(_parted(text, fits))
        if len(ways) == 1:
            return ways[0]
    raise Malformed("FEE_WITHOUT_ASSET", f"the fee {text[:_SHOWN]!r} is not an amount with its asset, such as 0.1BNB")


def _begins_with_letter(asset: str) -> bool:
    return asset[0].isalpha()


def _parted(text: str, fits: Callable[[str], bool]) -> Iterator[tuple[str, str]]:
    """Every way to read a text as a number followed by the code of an asset that fits."""
    for at in range(1, min(len(text), _MOST_NUMBER)):
        tail = text[at:]
        if fits(tail) and _CODE.fullmatch(tail):
            head = text[:at].rstrip(" ")
            if _PLAIN.fullmatch(head) or _GROUPED.fullmatch(head):
                yield head, tail
