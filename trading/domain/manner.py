"""How a person may ask for an order: type, price, time in force and end must fit together. It must not know a market."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.domain.refusals import Malformed, Refusal

TIMES_IN_FORCE = {"MARKET": ("IOC", "FOK"), "LIMIT": ("GTC", "GTD", "IOC", "FOK"), "POST_ONLY": ("GTC", "GTD")}
"""What each type of order can be asked to do when it is not filled at once."""
# Beyond any market; keeps price x quantity in steps of 1e-8 within the 28 digits that plain decimal arithmetic holds.
LARGEST_AMOUNT = Decimal(10) ** 12
LARGEST_PRICE = Decimal(10) ** 9
LARGEST_VALUE = Decimal(10) ** 18
LONGEST = timedelta(days=90)  # about as far as venues let an order rest; who still wants it then says so again
WHY_NOT = {
    "MARKET": "A MARKET order does not wait at a price: leave the time in force out, or choose IOC or FOK.",
    "POST_ONLY": "A POST_ONLY order only rests: choose GTC or GTD.",
}


def check(
    *, type: str, time_in_force: str | None, price: Decimal | None, expires_at: datetime | None, now: datetime
) -> None:
    """Malformed for what contradicts itself; Refusal EXPIRY_OUT_OF_RANGE for an end that has passed or is too far away."""
    if type not in TIMES_IN_FORCE:
        raise Malformed("UNKNOWN_ORDER_TYPE", f"There is no order type {type[:20]!r}.", known=list(TIMES_IN_FORCE))
    if (price is None) != (type == "MARKET"):
        raise Malformed("PRICE_DOES_NOT_FIT", "A LIMIT or POST_ONLY order has a price, a MARKET order has none.")
    if time_in_force is not None and time_in_force not in TIMES_IN_FORCE[type]:
        sentence = WHY_NOT.get(type, f"There is no time in force {time_in_force[:20]!r}.")
        raise Malformed("TIME_IN_FORCE_DOES_NOT_FIT", sentence, known=list(TIMES_IN_FORCE[type]))
    if (expires_at is None) != (time_in_force != "GTD"):
        raise Malformed("EXPIRY_DOES_NOT_FIT", "A GTD order says when it ends (expires_at); other orders have no end.")
    if expires_at is not None and not now < expires_at <= now + LONGEST:
        sentence = f"An order ends later than now and within {LONGEST.days} days."
        raise Refusal("EXPIRY_OUT_OF_RANGE", sentence, given=expires_at, latest=now + LONGEST)
