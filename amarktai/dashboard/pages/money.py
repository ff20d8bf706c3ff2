"""Wallets, journal and fills; the forms of deposit and withdrawal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.urls import reverse

from accounts.domain.identity import new_id
from accounts.domain.refusals import Missing
from accounts.models import User
from amarktai.dashboard import writing
from amarktai.dashboard.pages import asked, coins, portfolio, unfinished
from amarktai.dashboard.pages import fills as fill_lines
from amarktai.dashboard.pages.why import who
from amarktai.dashboard.shapes.money import BalanceLine, EntryLine, Money, Seal, Transfer, WalletLine
from amarktai.dashboard.shapes.parts import Choice, Figure
from ledger.domain.currencies import CURRENCIES
from ledger.domain.numbers import CONTEXT, ZERO
from ledger.queries import fills, money, pages, worth
from ledger.queries.money import BalanceOf, WalletOf

PAGE = 50
KINDS = {"FUNDING": "Deposit", "ALLOCATION": "Moved", "TRANSFER": "Moved"}
TABS = (("journal", "Journal"), ("fills", "Fills"))
FIRST_CURRENCY = "USDT"
SHORT_HASH = 10
MOVED = {"free": "Back to free money", "manual": "Set aside for an order by hand", "external": "Set aside for trades made elsewhere"}
PAPER = "PAPER"


def build(*, user: User, query: Mapping[str, str], now: datetime) -> Money:
    wallets = money.wallets(owner=user.id)
    held = _held([wallet.id for wallet in wallets])
    tab = query.get("tab", "") if query.get("tab") in dict(TABS) else "journal"
    chosen = _chosen(wallets, query.get("wallet", ""))
    rows = pages.of_wallet(wallet=chosen.id, before=_number(query), most=PAGE + 1) if chosen and tab == "journal" else []
    shown = rows[:PAGE]
    found = list(fills.of(owner=user.id)[:PAGE]) if tab == "fills" else []
    return Money(
        portfolios=portfolio.build(user=user, wallets=wallets, now=now),
        wallets=tuple(_wallet(wallet, held) for wallet in wallets),
        coins=coins.of(user=user),
        unfinished=unfinished.of(user=user, now=now),
        seals=(_seal(shown),) if shown else (),
        entries=tuple(_entry(row, user=user, now=now) for row in shown),
        fills=fill_lines.lines(found, user=user, now=now),
        tab=tab,
        tabs=_tabs(wallets, chosen, tab),
        next_url="?" + urlencode({"wallet": str(chosen.id), "before": shown[-1].seq}) if chosen and len(rows) > PAGE else "",
    )


def deposit(*, user: User, venue: str) -> Transfer:
    at = known_venue(venue)
    return _transfer(
        user=user, venue=at, title="Deposit paper money", confirm="Deposit", url=reverse("dashboard:deposit"), amount="10000",
        sentence=f"Into your PAPER wallet at {at}. It costs nothing and is booked like real money.",
    )  # fmt: skip


def withdraw(*, user: User, venue: str) -> Transfer:
    at = known_venue(venue)
    return _transfer(
        user=user, venue=at, title="Withdraw paper money", confirm="Withdraw", url=reverse("dashboard:withdraw"), amount="",
        sentence=f"Out of the free money of your PAPER wallet at {at}. What bots hold stays with them.",
    )  # fmt: skip


def wallet_at(*, user: User, venue: str) -> UUID:
    """The person's paper wallet there. Refusal UNKNOWN_VENUE, Missing UNKNOWN_WALLET."""
    at = known_venue(venue)
    found = next((one.id for one in money.wallets(owner=user.id) if one.venue == at and one.mode == PAPER), None)
    if found is None:
        raise Missing("UNKNOWN_WALLET", f"There is no money to withdraw at {at} yet.")
    return found


def known_venue(venue: str) -> str:
    """Refusal UNKNOWN_VENUE unless paper trading is supported there."""
    return asked.venue(venue, known=settings.POLICY.paper_supported_exchanges)


def _transfer(*, user: User, venue: str, title: str, confirm: str, url: str, amount: str, sentence: str) -> Transfer:
    wallet = next((one for one in money.wallets(owner=user.id) if one.venue == venue and one.mode == PAPER), None)
    free = [balance for balance in (wallet.balances if wallet else ()) if balance.free and balance.asset in CURRENCIES]
    assets = [FIRST_CURRENCY, *sorted(CURRENCIES - {FIRST_CURRENCY})]
    return Transfer(
        title=title, sentence=sentence, url=url, venue=venue, confirm=confirm, amount=amount, error="", key=new_id().hex,
        assets=tuple(Choice(value=asset, label=asset, chosen=asset == FIRST_CURRENCY) for asset in assets),
        free=tuple(writing.available(balance.free, balance.asset) for balance in free),
    )  # fmt: skip


Held = dict[tuple[UUID, str], tuple[Any, Any, str]]


def _held(wallets: list[UUID]) -> Held:
    """(wallet, asset) -> what its open lots cost with fees, and their unrealised profit, in their currency."""
    found: Held = {}
    for one in worth.of(wallets=wallets):
        for asset, holding in one.holdings.items():
            if holding.units:
                gained = CONTEXT.subtract(holding.value, holding.spent) if holding.mark else None
                found[one.wallet, asset] = (holding.spent, gained, one.currency)
    return found


def _wallet(wallet: WalletOf, held: Held) -> WalletLine:
    at = urlencode({"venue": wallet.venue})
    return WalletLine(
        id=str(wallet.id),
        venue=wallet.venue,
        mode=wallet.mode,
        lines=tuple(_balance(balance, held.get((wallet.id, balance.asset))) for balance in wallet.balances if _worth_showing(balance)),
        deposit_url=f"{reverse('dashboard:deposit')}?{at}",
        withdraw_url=f"{reverse('dashboard:withdraw')}?{at}",
    )


def _worth_showing(balance: BalanceOf) -> bool:
    """Currencies always; coins only while there are any."""
    return balance.asset in CURRENCIES or bool(balance.balance or balance.reserved_balance or balance.deficit)


def _balance(balance: BalanceOf, held: tuple[Any, Any, str] | None) -> BalanceLine:
    def shown(value: Any) -> str:
        return writing.money(value, "").text if balance.asset in CURRENCIES else writing.quantity(value)

    cost, gained, currency = held or (None, None, "")
    return BalanceLine(
        asset=balance.asset,
        total=shown(balance.balance),
        free=shown(balance.free),
        allocated=shown(balance.allocated_balance),
        reserved=shown(balance.reserved_balance),
        deficit=shown(balance.deficit) if balance.deficit else "",
        cost=writing.spoken(writing.money(cost, currency)) if held else writing.NONE,
        unrealised=writing.money(gained, currency, signed=True) if held else Figure(text=writing.NONE),
    )


def _entry(row: pages.Row, *, user: User, now: datetime) -> EntryLine:
    moved = [change for change in row.changes if change.amount]
    inside = [leg for leg in row.legs if leg.leg_account == "CASH" and leg.amount > ZERO] if not moved else []
    return EntryLine(
        seq=row.seq,
        at=writing.clock(row.event_time, zone=user.time_zone, now=now),
        kind=_kind(row),
        what=_what(row),
        legs=tuple(_signed(change.asset, change.amount) for change in moved) or tuple(_plain(leg.asset, leg.amount) for leg in inside),
        running=tuple(f"{_plain(change.asset, change.after).text} {change.asset}" for change in row.changes),
        hash=row.hash[:SHORT_HASH],
        actor=who(row.actor, user=user),
    )


def _what(row: pages.Row) -> str:
    books = list(dict.fromkeys(leg.book for leg in row.legs if leg.leg_account == "CASH" and leg.amount > ZERO))
    if row.fill is not None:
        side, quantity, symbol, price = row.fill
        book = next((leg.book for leg in row.legs), "")
        return f"{writing.words(side)} {writing.quantity(quantity)} {symbol} at {writing.price(price)}, {book}"
    if row.kind in ("ALLOCATION", "TRANSFER"):
        return ", ".join(MOVED.get(book, f"Set aside for {book}") for book in books)
    return row.reason or _kind(row)


def _kind(row: pages.Row) -> str:
    return KINDS.get(row.kind) or writing.words(row.kind)


def _signed(asset: str, amount: Any) -> Figure:
    """With its sign and without a tone: paying for coins is no loss."""
    sign = "+" if amount > ZERO else writing.MINUS
    return Figure(text=sign + _plain(asset, abs(amount)).text, unit=asset)


def _plain(asset: str, amount: Any) -> Figure:
    return writing.money(amount, asset) if asset in CURRENCIES else Figure(text=writing.quantity(amount), unit=asset)


def _seal(rows: list[pages.Row]) -> Seal:
    """Whether each line shown carries the hash of the line before it. `verify_ledger` recomputes everything."""
    broken = [row.seq for row in rows if not row.linked]
    if broken:
        return Seal(ok=False, sentence=f"The chain is broken at entry {min(broken)}")
    return Seal(ok=True, sentence=f"{rows[0].seq:,} entries, each sealed to the one before" if rows[0].seq > 1 else "1 entry, sealed")


def _tabs(wallets: list[WalletOf], chosen: WalletOf | None, tab: str) -> tuple[Choice, ...]:
    """One journal per wallet, then all fills."""
    if len(wallets) < 2:
        return tuple(Choice(value=value, label=label, url=f"?tab={value}", chosen=value == tab) for value, label in TABS)
    journals = [
        Choice(
            value=str(one.id), label=f"Journal {one.venue} {one.mode}", url=f"?wallet={one.id}",
            chosen=tab == "journal" and one is chosen,
        )
        for one in wallets
    ]  # fmt: skip
    return (*journals, Choice(value="fills", label="Fills", url="?tab=fills", chosen=tab == "fills"))


def _chosen(wallets: list[WalletOf], wanted: str) -> WalletOf | None:
    return next((one for one in wallets if str(one.id) == wanted), wallets[0] if wallets else None)


def _number(query: Mapping[str, str]) -> int | None:
    text = query.get("before", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
