"""The money of bots: cash, capital, position and profit of each bot's book, read from the ledger in one statement. Never writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.queries import sql
from ledger.domain.numbers import CONTEXT, product

SQL = """
    SELECT b.id, a.amount + a.coins_at_cost, m.cash, m.reserved, m.deficit, l.units, l.cost, l.fees, l.opened_at, k.price, p.net, p.fees
    FROM bots_bot b
    JOIN ledger_market t ON t.id = b.market_id
    LEFT JOIN ledger_allocation a ON a.book_id = b.book_id
    LEFT JOIN ledger_balance m ON m.book_id = b.book_id AND m.asset_id = t.quote_id
    LEFT JOIN ledger_mark k ON k.market_id = b.market_id
    LEFT JOIN LATERAL (
        SELECT sum(lot.remaining) AS units, sum(lot.cost_left) AS cost, sum(lot.fee_left) AS fees,
            min(lot.opened_at) AS opened_at
        FROM ledger_lot lot WHERE lot.book_id = b.book_id AND lot.asset_id = t.base_id AND lot.remaining > 0
    ) l ON true
    LEFT JOIN LATERAL (
        SELECT sum(bucket.net) AS net, sum(bucket.fees) AS fees
        FROM ledger_profitbucket bucket WHERE bucket.book_id = b.book_id AND bucket.currency_id = t.quote_id
    ) p ON true
    WHERE b.id = ANY(%s)
"""
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class BotMoney:
    """Money in the quote asset, `units` in the base asset. `mark` is empty while no price is known. `allocated`: money and coins at
    their cost that moved into the book, less those that moved out."""

    allocated: Decimal = ZERO
    cash: Decimal = ZERO
    reserved: Decimal = ZERO
    deficit: Decimal = ZERO
    units: Decimal = ZERO
    cost: Decimal = ZERO
    entry_fees: Decimal = ZERO
    opened_at: datetime | None = None
    mark: Decimal | None = None
    realised: Decimal = ZERO
    fees: Decimal = ZERO

    @property
    def cost_with_fees(self) -> Decimal:
        return CONTEXT.add(self.cost, self.entry_fees)

    @property
    def value(self) -> Decimal | None:
        """What the position is worth at the mark."""
        if not self.units:
            return ZERO
        return None if self.mark is None else product(self.units, self.mark)

    @property
    def unrealised(self) -> Decimal | None:
        """Value less cost less entry fees, exit costs not counted."""
        return None if self.value is None else CONTEXT.subtract(self.value, self.cost_with_fees)

    @property
    def equity(self) -> Decimal | None:
        """Own money, what orders hold, and the position; exact where the thread's default context would round."""
        money = CONTEXT.subtract(CONTEXT.add(self.cash, self.reserved), self.deficit)
        return None if self.value is None else CONTEXT.add(money, self.value)


def of_bots(*, bot_ids: Sequence[UUID]) -> dict[UUID, BotMoney]:
    """The money of each bot, also of those that hold nothing."""
    return {
        bot: BotMoney(
            allocated=allocated or ZERO, cash=cash or ZERO, reserved=reserved or ZERO, deficit=deficit or ZERO,
            units=units or ZERO, cost=cost or ZERO, entry_fees=entry_fees or ZERO, opened_at=opened_at, mark=mark,
            realised=realised or ZERO, fees=fees or ZERO,
        )
        for bot, allocated, cash, reserved, deficit, units, cost, entry_fees, opened_at, mark, realised, fees
        in sql.fetch(SQL, list(bot_ids))
    }  # fmt: skip
