"""What a refusal would have needed to be a yes, in one short sentence made of the verdict's own numbers. Pure text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from accounts.domain.decimals import plain
from ledger.domain import spoken

Numbers = Mapping[str, str]


def of(*, code: str, numbers: Numbers, base: str = "", quote: str = "") -> str:
    """"Needed 48 bps, had 31 bps: 17 bps short." Empty where the numbers do not tell. `base` and `quote`: what quantities and values
    are amounts of, where the caller knows it."""
    told = SENTENCES.get(code)
    try:
        if code in SMALLEST:
            return _minimum(numbers, base=base, quote=quote)
        return told(numbers) if told else _over(numbers)
    except (KeyError, ArithmeticError):
        return ""


def _number(numbers: Numbers, name: str) -> Decimal:
    return Decimal(numbers[name])


def _money_short(numbers: Numbers, *, had: str, needed: str, asset: str) -> str:
    need, have, lack = spoken.short(needed=_number(numbers, needed), had=_number(numbers, had), asset=asset)
    return f"Needed {need}, had {have}: {lack} short."


def _short(numbers: Numbers, *, had: str, needed: str, unit: str) -> str:
    have, need = _number(numbers, had), _number(numbers, needed)
    return f"Needed {_said(need, unit)}, had {_said(have, unit)}: {_said(need - have, unit)} short."


def _beyond(numbers: Numbers, *, had: str, limit: str, unit: str) -> str:
    have, most = _number(numbers, had), _number(numbers, limit)
    return f"At most {_said(most, unit)}, had {_said(have, unit)}: {_said(have - most, unit)} too much."


def _used(numbers: Numbers, *, used: str, limit: str, again: str) -> str:
    return f"{_said(_number(numbers, used), '')} of {_said(_number(numbers, limit), '')} used; {again}."


def _edge(numbers: Numbers) -> str:
    if "edge_bps" not in numbers:
        return f"Needed an expected edge of {_said(_number(numbers, 'needed_bps'), 'bps')}, and none was stated."
    return _short(numbers, had="edge_bps", needed="needed_bps", unit="bps")


def _funds(numbers: Numbers) -> str:
    return _money_short(numbers, had="free", needed="needed", asset=numbers.get("asset", ""))


def _minimum(numbers: Numbers, *, base: str, quote: str) -> str:
    """Its value or its quantity, whichever the market takes no less of."""
    if "value" in numbers and _number(numbers, "value") < _number(numbers, "minimum"):
        told = _money_short(numbers, had="value", needed="minimum", asset=quote)
    else:
        told = _short(numbers, had="quantity", needed="minimum_amount" if "minimum_amount" in numbers else "minimum", unit=base)
    if "balance_needed" in numbers:
        told = f"{told} An order worth {spoken.least(_number(numbers, 'balance_needed'), quote)} would pass."
    return told


def _over(numbers: Numbers) -> str:
    """A measured value against the limit that it reached; falls and shares are fractions."""
    value, limit = _number(numbers, "value"), _number(numbers, "threshold")
    if limit <= 1:
        return f"The limit is {_said(limit * 100, '%')}, reached with {_said(value * 100, '%')}."
    return f"The limit is {_said(limit, '')}, reached with {_said(value, '')}."


def _said(value: Decimal, unit: str) -> str:
    text = f"{Decimal(plain(round(value, 8))):,f}"
    return f"{text} {unit}".strip()


def _notional(numbers: Numbers) -> str:
    return _money_short(numbers, had="notional_usd", needed="minimum_usd", asset="USD")


def _slippage(numbers: Numbers) -> str:
    return f"At most {_said(_number(numbers, 'threshold'), 'bps')}, and it might be {numbers['value']} bps."


SMALLEST = ("UNDER_MINIMUM_AMOUNT", "UNDER_MINIMUM_NOTIONAL", "EXIT_UNDER_MINIMUM")
SENTENCES: Mapping[str, Callable[[Numbers], str]] = {
    "EDGE_UNDER_COST": _edge,
    "EDGE_NOT_STATED": _edge,
    "INSUFFICIENT_FUNDS": _funds,
    "MIN_NOTIONAL": _notional,
    "SLIPPAGE": _slippage,
    "QUOTE_STALE": lambda numbers: _beyond(numbers, had="age_seconds", limit="max_age_seconds", unit="s"),
    "SPREAD_TOO_WIDE": lambda numbers: _beyond(numbers, had="spread_bps", limit="max_spread_bps", unit="bps"),
    "BOT_DAILY_LIMIT": lambda numbers: _used(numbers, used="bot_today", limit="bot_limit", again="it counts anew from 00:00 UTC"),
    "USER_DAILY_LIMIT": lambda numbers: _used(numbers, used="user_today", limit="user_limit", again="it counts anew from 00:00 UTC"),
    "BURST_LIMIT": lambda numbers: _used(
        numbers, used="burst", limit="burst_limit", again=f"entries pass again after {numbers['burst_window_s']} s of rest"
    ),
}
