"""How a bot gets out besides its strategy's signal, checked before it is stored."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from accounts.domain.decimals import plain
from accounts.domain.refusals import Refusal

PLACES = 6
MAX_TAKE_PROFIT = Decimal(100)
MAX_HOLDING_SECONDS = 366 * 86400


@dataclass(frozen=True, kw_only=True)
class Exits:
    """Distances as fractions of the entry price (trailing: of the highest price since), holding time in seconds.
    None: that exit is off."""

    stop_loss: Decimal | None = None
    take_profit: Decimal | None = None
    trailing: Decimal | None = None
    max_holding: int | None = None

    def check(self) -> None:
        """Refusal BAD_EXIT for a distance out of bounds or finer than a millionth."""
        _in_range("stop_loss", self.stop_loss, high=Decimal(1), open_end=True)
        _in_range("trailing", self.trailing, high=Decimal(1), open_end=True)
        _in_range("take_profit", self.take_profit, high=MAX_TAKE_PROFIT)
        if self.max_holding is not None and not 0 < self.max_holding <= MAX_HOLDING_SECONDS:
            raise Refusal(
                "BAD_EXIT",
                "The longest holding time is from 1 second to 366 days.",
                exit="max_holding",
                given=str(self.max_holding)[:32],
            )


def _in_range(name: str, value: Decimal | None, *, high: Decimal, open_end: bool = False) -> None:
    if value is None:
        return
    inside = value.is_finite() and (0 < value < high or (value == high and not open_end))
    if inside and value == round(value, PLACES):
        return
    bound = "below" if open_end else "at most"
    raise Refusal(
        "BAD_EXIT",
        f"{name} is a fraction above 0 and {bound} {plain(high)} with at most {PLACES} places (0.02 is 2 %).",
        exit=name,
        given=str(value)[:64],
    )
