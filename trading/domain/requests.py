"""What is asked of the order path and what it needs to know: frozen values, no Django, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from trading.domain.verdicts import Verdict

NAMESPACE = uuid5(NAMESPACE_URL, "amarktai:order")


@dataclass(frozen=True, slots=True)
class Rules:
    """A market's rules and the costs of trading there. Amounts in base or quote units, costs in basis points."""

    market: UUID
    venue: str
    symbol: str
    base: str
    quote: str
    price_tick: Decimal
    amount_step: Decimal
    amount_min: Decimal
    cost_min: Decimal
    quote_step: Decimal
    taker_fee: Decimal
    maker_fee: Decimal
    active: bool
    half_spread_bps: Decimal
    slippage_bps: Decimal


@dataclass(frozen=True, slots=True)
class Nav:
    """Net asset value per unit of a bot or a person, with the levels that the breaker measures falls from."""

    now: Decimal
    peak: Decimal
    day: Decimal
    week: Decimal


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """A wish. `quantity` in base units, prices in quote units; `intent` names what is wanted, once; `size_fraction` of its book's
    equity is what a bot's entry may commit (None: a person chose the amount); `stated_edge_bps` is given for a paper bot that trades at
    the bootstrap size to collect evidence: with it a worse record does not silence the bot."""

    intent: UUID
    owner: UUID
    wallet: UUID
    book: UUID
    bot: UUID | None
    rules: Rules
    timeframe: str
    run: str
    mode: str
    candle: datetime | None
    leg: str
    reason: str
    side: str
    type: str
    time_in_force: str
    quantity: Decimal
    price: Decimal | None
    decision_price: Decimal
    reducing: bool
    profile: str = "standard"
    bootstrap: bool = False
    size_fraction: Decimal | None = None
    expected_edge_bps: Decimal | None = None
    edge_source: str = ""
    stated_edge_bps: Decimal | None = None
    strategy_version: int = 0
    nav: Nav | None = None
    halt: UUID | None = None
    expires_at: datetime | None = None
    request_key: str | None = None
    request_hash: str = ""
    data_verdict: Verdict | None = None

    @property
    def rests(self) -> bool:
        """Whether it may wait at the venue and then pay the maker's fee."""
        return self.type != "MARKET" and self.time_in_force in ("GTC", "GTD")

    @property
    def asset_held(self) -> str:
        """The asset this order spends, hence reserves."""
        return self.rules.quote if self.side == "BUY" else self.rules.base


@dataclass(frozen=True, slots=True)
class Claimed:
    """The answer of a claim: the order as written, and what it holds. state SENDING means: act now."""

    id: UUID
    client_order_id: str
    state: str
    request: OrderRequest
    verdicts: tuple[Verdict, ...]
    refusal: str = ""
    halt_epoch: int = 0
    attempt: int = 0
    held: Decimal = Decimal(0)


def entry_intent(*, bot: UUID, position: int) -> UUID:
    """The wish to open a bot's n-th position: however often it is decided, at most one order of it is in flight."""
    return uuid5(NAMESPACE, f"{bot}|ENTRY|{position}")


def exit_intent(*, bot: UUID, position: int) -> UUID:
    """The wish to close a bot's n-th position."""
    return uuid5(NAMESPACE, f"{bot}|EXIT|{position}")


def client_order_id(*, intent: UUID, attempt: int) -> str:
    """32 hex characters, which fit every venue."""
    return uuid5(NAMESPACE, f"{intent}|{attempt}").hex
