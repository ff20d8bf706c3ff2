"""A person's money in one mode, in the reporting currency, with the rates used. Modes are never added up; what has no
rate or no mark is named and left out, and the summary says that it is not complete."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from ledger.domain.currencies import CURRENCIES
from ledger.domain.nav import START, Nav, advance, drawdown
from ledger.domain.numbers import CONTEXT, ONE, ZERO, product, share
from ledger.models import Wallet
from ledger.queries import money, worth
from ledger.queries.worth import Worth

STALE_AFTER = timedelta(hours=2)  # twice the slowest candle that marks are made of


@dataclass(frozen=True, slots=True)
class Rate:
    """What one unit of `asset` is worth in the reporting currency; None when no market tells, stale when it told long ago."""

    asset: str
    rate: Decimal | None
    as_of: datetime | None
    source: str
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """A position of one wallet, in the currency that it was bought in; value is None without a mark."""

    venue: str
    mode: str
    asset: str
    units: Decimal
    currency: str
    cost: Decimal
    mark: Decimal | None
    mark_as_of: datetime | None
    value: Decimal | None
    unrealised: Decimal | None
    stale: bool


@dataclass(frozen=True, slots=True)
class Drawdown:
    """Falls of the nav as fractions; high_water_mark is the highest nav per unit."""

    current: Decimal
    maximum: Decimal
    high_water_mark: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """The figures of one mode, venue or currency. equity = net_funding + realised_profit + unrealised_profit as long as all
    holdings have a mark."""

    name: str
    equity: Decimal
    cash: Decimal
    allocated: Decimal
    reserved: Decimal
    realised_profit: Decimal
    unrealised_profit: Decimal
    fees: Decimal
    net_funding: Decimal


@dataclass(frozen=True, slots=True)
class Summary:
    """cash is free money, allocated what books may spend, reserved what orders hold: disjoint. complete is False when
    something has no mark or no rate; it is then left out and named in `unvalued`. What is valued at an old mark or rate is
    named in `stale`. by_currency is in each currency itself, all else in the reporting currency."""

    mode: str
    equity: Decimal
    cash: Decimal
    allocated: Decimal
    reserved: Decimal
    realised_profit: Decimal
    unrealised_profit: Decimal
    fees: Decimal
    net_funding: Decimal
    drawdown: Drawdown
    positions: tuple[Position, ...]
    currency: str
    rates: tuple[Rate, ...]
    as_of: datetime
    complete: bool
    unvalued: tuple[str, ...]
    stale: tuple[str, ...]
    by_mode: tuple[Part, ...]
    by_venue: tuple[Part, ...]
    by_currency: tuple[Part, ...]


_RATES = """
SELECT DISTINCT ON (m.base_id, m.quote_id) m.base_id, m.quote_id, k.price, k.as_of, m.venue
FROM ledger_mark k JOIN ledger_market m ON m.id = k.market_id
WHERE (m.base_id = ANY(%s) AND m.quote_id = %s) OR (m.quote_id = ANY(%s) AND m.base_id = %s)
ORDER BY m.base_id, m.quote_id, k.as_of DESC
"""
_LEVELS = """
SELECT p.nav, p.peak, p.deepest FROM unnest(%s::uuid[], %s::text[]) AS k(wallet, currency)
CROSS JOIN LATERAL (
    SELECT e.nav, e.peak, e.deepest FROM ledger_equitypoint e
    WHERE e.wallet_id = k.wallet AND e.book_id IS NULL AND e.currency_id = k.currency ORDER BY e.at DESC, e.id DESC LIMIT 1
) p
"""
_POINTS = """
SELECT wallet_id, currency_id, equity, net_funding FROM ledger_equitypoint
WHERE wallet_id = ANY(%s::uuid[]) AND book_id IS NULL ORDER BY at, id
"""


def summary(*, owner: UUID, now: datetime, mode: str = "PAPER", currency: str = "USDT") -> Summary:
    """The portfolio of a person in this mode, valued now."""
    wallets = list(Wallet.objects.filter(owner=owner).order_by("id"))
    home = {wallet.id: wallet for wallet in wallets}
    found = worth.of(wallets=[wallet.id for wallet in wallets])
    rates = rates_of({one.currency for one in found}, currency, now=now)
    split = {wallet.id: wallet.balances for wallet in money.wallets(owner=owner)}
    mine = [one for one in found if home[one.wallet].mode == mode]
    total = _part(mode, mine, split, rates)
    unvalued = {f"{asset}/{one.currency}" for one in mine for asset in one.unmarked}
    unvalued |= {one.currency for one in mine if rates[one.currency].rate is None}
    positions = _held(mine, home, now=now)
    stale = {f"{held.asset}/{held.currency}" for held in positions if held.stale}
    stale |= {one.currency for one in mine if rates[one.currency].stale}
    currencies = sorted({one.currency for one in mine})
    return Summary(
        mode=mode,
        equity=total.equity,
        cash=total.cash,
        allocated=total.allocated,
        reserved=total.reserved,
        realised_profit=total.realised_profit,
        unrealised_profit=total.unrealised_profit,
        fees=total.fees,
        net_funding=total.net_funding,
        drawdown=_drawdown(mine, rates),
        positions=positions,
        currency=currency,
        rates=tuple(rates[name] for name in sorted(rates)),
        as_of=now,
        complete=not unvalued,
        unvalued=tuple(sorted(unvalued)),
        stale=tuple(sorted(stale)),
        by_mode=tuple(
            _part(name, [one for one in found if home[one.wallet].mode == name], split, rates)
            for name in sorted({wallet.mode for wallet in wallets})
        ),
        by_venue=tuple(
            _part(name, [one for one in mine if home[one.wallet].venue == name], split, rates)
            for name in sorted({home[one.wallet].venue for one in mine})
        ),
        by_currency=tuple(
            _part(name, [one for one in mine if one.currency == name], split, {name: Rate(name, ONE, now, "itself")})
            for name in currencies
        ),
    )


def _part(
    name: str, parts: Sequence[Worth], split: dict[UUID, tuple[money.BalanceOf, ...]], rates: dict[str, Rate]
) -> Part:
    sums = Part(name, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO)
    for one in parts:
        rate = rates[one.currency].rate
        if rate is None:
            continue
        own = next((row for row in split[one.wallet] if row.asset == one.currency and row.asset in CURRENCIES), None)
        free, allocated, reserved = (own.free, own.allocated_balance, own.reserved_balance) if own else (ZERO, ZERO, ZERO)
        known = [held for held in one.holdings.values() if held.mark]
        unrealised = _sum(CONTEXT.subtract(held.value, held.spent) for held in known)
        sums = replace(
            sums,
            equity=CONTEXT.add(sums.equity, product(one.equity, rate)),
            cash=CONTEXT.add(sums.cash, product(free, rate)),
            allocated=CONTEXT.add(sums.allocated, product(allocated, rate)),
            reserved=CONTEXT.add(sums.reserved, product(reserved, rate)),
            realised_profit=CONTEXT.add(sums.realised_profit, product(one.realised, rate)),
            unrealised_profit=CONTEXT.add(sums.unrealised_profit, product(unrealised, rate)),
            fees=CONTEXT.add(sums.fees, product(one.fees, rate)),
            net_funding=CONTEXT.add(sums.net_funding, product(one.net_funding, rate)),
        )
    return sums


def _held(parts: Sequence[Worth], home: dict[UUID, Wallet], *, now: datetime) -> tuple[Position, ...]:
    return tuple(
        Position(
            venue=home[one.wallet].venue,
            mode=home[one.wallet].mode,
            asset=held.asset,
            units=held.units,
            currency=one.currency,
            cost=held.spent,
            mark=held.mark[0] if held.mark else None,
            mark_as_of=held.mark[1] if held.mark else None,
            value=held.value if held.mark else None,
            unrealised=CONTEXT.subtract(held.value, held.spent) if held.mark else None,
            stale=held.mark is not None and held.asset != one.currency and _old(held.mark[1], now=now),
        )
        for one in parts
        for held in sorted(one.holdings.values(), key=lambda held: held.asset)
        if held.units
    )


def _old(as_of: datetime, *, now: datetime) -> bool:
    return now - as_of > STALE_AFTER


def rates_of(assets: set[str], currency: str, *, now: datetime) -> dict[str, Rate]:
    """The newest mark of asset/currency, or one over that of currency/asset; rate None when no market tells."""
    rates = {currency: Rate(currency, ONE, now, "itself")}
    others = sorted(assets - {currency})
    if others:
        for base, quote, price, as_of, venue in sql.fetch(_RATES, others, currency, others, currency):
            old = _old(as_of, now=now)
            if quote == currency:
                rates[base] = Rate(base, price, as_of, venue, old)
            else:
                rates.setdefault(quote, Rate(quote, share(ONE, ONE, price), as_of, venue, old))
    return {asset: rates.get(asset, Rate(asset, None, None, "")) for asset in [currency, *others]}


def _drawdown(parts: Sequence[Worth], rates: dict[str, Rate]) -> Drawdown:
    """The fall of the nav of all these together: as stored where it is one wallet in one currency, else folded."""
    valued = [one for one in parts if rates[one.currency].rate is not None]
    levels = sql.fetch(_LEVELS, [one.wallet for one in valued], [one.currency for one in valued])
    if len(levels) == 1:
        [(nav, peak, deepest)] = levels
        return Drawdown(drawdown(Nav(ONE, nav, peak)), deepest, peak)
    return _folded({one.wallet for one in valued}, rates) if levels else Drawdown(ZERO, ZERO, START.peak)


def _folded(wallets: set[UUID], rates: dict[str, Rate]) -> Drawdown:
    """The fall of the nav of several wallets or currencies, folded from their points at today's rates."""
    state, deepest, funded = START, ZERO, ZERO
    newest: dict[tuple[UUID, str], tuple[Decimal, Decimal]] = {}
    for wallet, currency, equity, funding in sql.fetch(_POINTS, list(wallets)):
        rate = rates[currency].rate if currency in rates else None
        if rate is None:
            continue
        newest[wallet, currency] = (product(equity, rate), product(funding, rate))
        total = _sum(pair[0] for pair in newest.values())
        given = _sum(pair[1] for pair in newest.values())
        state = advance(state, equity=total, flow=CONTEXT.subtract(given, funded))
        funded = given
        deepest = max(deepest, drawdown(state))
    return Drawdown(drawdown(state), deepest, state.peak)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = CONTEXT.add(total, amount)
    return total
