"""An order at the venue as recording sees it: what it asked for, and what became of it so far. It must not decide its state."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from trading.domain.order_states import FINAL

COLUMNS = (
    "id", "client_order_id", "owner_id", "wallet_id", "book_id", "bot_id", "market_id", "side", "leg", "reason", "mode", "bootstrap",
    "quantity", "state", "filled_quantity", "filled_value", "fees",
)  # fmt: skip
"""Of the order row, in the order of the fields of `Placed`."""

@dataclass(slots=True)
class Placed:
    """Fields as on the order row; `moves` are the lines that its history gains, [state, at, note];
    `refusal` is the code of the venue's no, empty when it said none."""

    id: UUID
    client_order_id: str
    owner: UUID
    wallet: UUID
    book: UUID
    bot: UUID | None
    market: UUID
    side: str
    leg: str
    reason: str
    mode: str
    bootstrap: bool
    quantity: Decimal
    state: str
    filled_quantity: Decimal
    filled_value: Decimal
    fees: Decimal
    refusal: str = ""
    moves: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def overfilled(self) -> bool:
        """Whether the venue traded more than was asked of it."""
        return self.filled_quantity > self.quantity

    @property
    def closes(self) -> bool:
        """Whether it is what a trade is made of: a closing order that is final and has a fill."""
        return self.leg == "EXIT" and self.state in FINAL and self.filled_quantity > 0
