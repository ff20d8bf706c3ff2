"""The money screen: wallets, journal, fills, and the seal that says whether they agree."""

from __future__ import annotations

from dataclasses import dataclass

from amarktai.dashboard.shapes.orders import FillLine
from amarktai.dashboard.shapes.parts import Choice, Figure, Moment
from amarktai.dashboard.shapes.portfolio import Portfolio


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceLine:
    asset: str
    total: str
    free: str
    allocated: str
    reserved: str
    deficit: str
    cost: str
    unrealised: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Coins:
    """Coins of a market that no bot holds, and where they are sold."""

    venue: str
    symbol: str
    mode: str
    quantity: str
    price: str
    value: str
    close_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLine:
    """A booked fill that is not finished: its fee is not known, or what it sold is not explained."""

    at: Moment
    what: str
    missing: str
    sentence: str
    trade_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """Fills that wait for something; `more` of them are not listed."""

    lines: tuple[OpenLine, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletLine:
    id: str
    venue: str
    mode: str
    lines: tuple[BalanceLine, ...]
    deposit_url: str
    withdraw_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryLine:
    seq: int
    at: Moment
    kind: str
    what: str
    legs: tuple[Figure, ...]
    running: tuple[str, ...]
    hash: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    portfolios: tuple[Portfolio, ...]
    wallets: tuple[WalletLine, ...]
    coins: tuple[Coins, ...]
    unfinished: Unfinished
    seals: tuple[Seal, ...]
    entries: tuple[EntryLine, ...]
    fills: tuple[FillLine, ...]
    tab: str
    tabs: tuple[Choice, ...]
    next_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """The form of a deposit or a withdrawal of paper money; it carries the venue that its sentence names."""

    title: str
    sentence: str
    url: str
    venue: str
    confirm: str
    assets: tuple[Choice, ...]
    amount: str
    free: tuple[Figure, ...]
    error: str
    key: str
