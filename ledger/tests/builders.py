"""Makes markets, funded wallets, books and fills for tests, through the same operations as the doors."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import User
from ledger.models import Book, BookKind, Market, Wallet
from ledger.operations import capital, fills, funding, reference, reservations, wallets
from ledger.queries import money

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def market(symbol: str = "BTC/USDT", *, venue: str = "sim", **rules: Any) -> Market:
    """A market with a tick of 0.01, a step of 0.00000001 and fees of 0.1 %."""
    base, quote = symbol.split("/")
    given = {
        "price_tick": Decimal("0.01"),
        "amount_step": Decimal("0.00000001"),
        "quote_step": Decimal("0.00000001"),
        "taker_fee": Decimal("0.001"),
        "maker_fee": Decimal("0.001"),
        **rules,
    }
    return reference.ensure_market(
        venue=venue, symbol=symbol, rules=reference.Rules(base=base, quote=quote, **given), now=MONDAY
    )


def balances(wallet: Wallet) -> tuple[money.BalanceOf, ...]:
    """The balances of a wallet as its owner sees them, by asset."""
    found = money.wallet(owner=wallet.owner_id, wallet=wallet.id)
    assert found is not None
    return found.balances


def fund(
    user: User, amount: str = "10000", *, asset: str = "USDT", venue: str = "sim", mode: str = "PAPER", now: datetime = MONDAY
) -> Wallet:
    """The user's paper wallet at this venue, with so much more money in its FREE book."""
    wallet = wallets.open_wallet(owner=user, venue=venue, mode=mode, now=now)
    funding.deposit(
        wallet=wallet.id, asset=asset, amount=Decimal(amount), actor=f"user:{user.id}", request_id="test", now=now
    )
    wallet.refresh_from_db()
    return wallet


def book(wallet: Wallet, capital_amount: str = "0", *, label: str = "bot", asset: str = "USDT", now: datetime = MONDAY) -> Book:
    """A bot's book in this wallet, with so much capital from the FREE book."""
    made = wallets.open_book(wallet=wallet.id, kind=BookKind.BOT, label=label, now=now)
    if Decimal(capital_amount):
        capital.allocate(
            book=made.id, asset=asset, amount=Decimal(capital_amount), actor=f"user:{wallet.owner_id}", now=now
        )
    return made


def report(
    of: Book,
    side: str,
    quantity: str,
    price: str,
    *,
    fee: str | None = "0",
    fee_asset: str | None = "USDT",
    fee_price: str | None = None,
    at: datetime = MONDAY,
    trade: str = "",
    order: str = "",
    symbol: str = "BTC/USDT",
) -> fills.FillReport:
    """A venue's report of one fill."""
    where = Market.objects.get(venue=of.wallet.venue, symbol=symbol)
    return fills.FillReport(
        wallet=of.wallet_id, book=of.id, venue=where.venue, market=where.id, symbol=symbol, base=where.base_id,
        quote=where.quote_id, trade_id=trade or f"t{next(_numbers)}", side=side, quantity=Decimal(quantity),
        price=Decimal(price), fee=None if fee is None else Decimal(fee), fee_asset=fee_asset,
        fee_price=None if fee_price is None else Decimal(fee_price), executed_at=at, client_order_id=order,
        raw='{"from": "test"}',
    )  # fmt: skip


def filled(of: Book, side: str, quantity: str, price: str, *, now: datetime = MONDAY, **facts: Any) -> fills.FillOutcome:
    """Book one fill."""
    [outcome] = fills.record([report(of, side, quantity, price, **facts)], now=now)
    return outcome


def mark(where: Market, price: str, *, at: datetime = MONDAY) -> None:
    """The market's price from now on."""
    reference.set_marks([reference.NewMark(where.id, Decimal(price), at, "test")])


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def ids(books: Sequence[Book]) -> list[UUID]:
    return [one.id for one in books]


def hold(of: Book, order: str, amount: str, *, asset: str = "USDT", now: datetime = MONDAY) -> None:
    """Hold money of the book for one order."""
    reservations.hold([reservations.Hold(order, of.id, asset, Decimal(amount))], now=now)
