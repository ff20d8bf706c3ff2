"""An order from a person: the same claim, act and record as a tick's, with a batch of one, and idempotent for ever."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from accounts.domain.refusals import Conflict, Malformed, Missing, Refusal
from bots.models import Bot
from ledger.domain.numbers import CONTEXT
from ledger.models import Balance, Book, BookKind, Market, Wallet
from ledger.operations import capital
from trading.domain import hygiene
from trading.domain.policy import Policy
from trading.domain.requests import NAMESPACE, Claimed, OrderRequest, Rules
from trading.domain.sizing import bound_price, entry_quantity
from trading.models import Order
from trading.operations import act, claim, order_rows, together
from trading.operations.act import Switch
from trading.venues import names, venue

KEY_LENGTH = 80


@dataclass(frozen=True, kw_only=True)
class ManualOrder:
    """What a person asks for: exactly one of quantity (base) and quote_amount (quote); price for a limit."""

    venue: str
    symbol: str
    side: str
    type: str = "MARKET"
    mode: str = "PAPER"
    quantity: Decimal | None = None
    quote_amount: Decimal | None = None
    price: Decimal | None = None
    time_in_force: str | None = None
    bot_id: UUID | None = None
    expected_edge_bps: Decimal | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    market: Market
    wallet: Wallet
    book: UUID
    bot: Bot | None


def submit_manual(
    *, owner: UUID, body: ManualOrder, key: str, actor: str, request_id: str, now: datetime, policy: Policy, kill_switch: Switch
) -> Order:
    """The order as stored, also when a gate refused it (state REFUSED).

    The same key and body answer with the same order in its present state, another body with Conflict
    IDEMPOTENCY_KEY_REUSED. Malformed or Missing for what cannot be an order; nothing is stored then.
    """
    if len(key) > KEY_LENGTH:
        raise Malformed("IDEMPOTENCY_KEY_REFUSED", f"Idempotency-Key has at most {KEY_LENGTH} characters.")
    digest = sha256(json.dumps(asdict(body), sort_keys=True, default=str).encode()).hexdigest()
    known = _known(owner, key, digest)
    if known is not None:
        return known
    if body.mode != "PAPER":
        raise Refusal("LIVE_NOT_ALLOWED", "Live trading is off on this server (ENABLE_LIVE_TRADING).")
    place = _place(owner, body)
    request = _request(owner, body, place, key=key, digest=digest, policy=policy, now=now)
    try:
        order = _claim(request, place, actor=actor, now=now, policy=policy, kill_switch=kill_switch())
    except IntegrityError:  # two with this key met at midnight, where the day's counter lets both in
        again = _known(owner, key, digest)
        if again is None:
            raise
        return again
    if order is None:
        return Order.objects.get(owner=owner, request_key=key, request_hash=digest)
    act.send([order], market=place.market, now=now, kill_switch=kill_switch)
    return Order.objects.get(id=order.id)


def _claim(
    request: OrderRequest, place: _Place, *, actor: str, now: datetime, policy: Policy, kill_switch: bool
) -> Claimed | None:
    """Lend and claim in one transaction, one of a person's requests after the other: so none spends what was lent to another.
    None when the same request came first. An order on a bot's book needs no loan and shares its claim with others."""
    if place.bot is not None:
        return together.claim_one(request, policy=policy, now=now, kill_switch=kill_switch)
    assert request.request_key is not None
    with transaction.atomic():
        order_rows.lock_counters([request.owner], day=now.date())
        if _known(request.owner, request.request_key, request.request_hash) is not None:
            return None
        lent = _lend(request, place, actor=actor, now=now)
        [order] = claim.claim([request], policy=policy, now=now, kill_switch=kill_switch).orders
        if order.state == "REFUSED":
            _give_back(place, lent, actor=actor, now=now)
    return order


def _known(owner: UUID, key: str, digest: str) -> Order | None:
    order = Order.objects.filter(owner=owner, request_key=key).first()
    if order is not None and order.request_hash != digest:
        raise Conflict("IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another order. Use a new key.")
    return order


def _place(owner: UUID, body: ManualOrder) -> _Place:
    if body.venue not in names():
        raise Refusal("UNKNOWN_VENUE", f"There is no venue {body.venue[:20]!r}.", known=list(names()))
    market = Market.objects.select_related("base", "quote").filter(venue=body.venue, symbol=body.symbol).first()
    if market is None:
        raise Refusal("UNKNOWN_SYMBOL", f"{body.venue} has no market {body.symbol[:41]!r}.")
    wallet = Wallet.objects.filter(owner=owner, venue=body.venue, mode=body.mode).first()
    if wallet is None:
        raise Refusal("NO_WALLET", f"You have no {body.mode} wallet at {body.venue}. Open one and deposit first.")
    if body.bot_id is None:
        return _Place(market, wallet, Book.objects.get(wallet=wallet, kind=BookKind.MANUAL).id, None)
    bot = Bot.objects.filter(id=body.bot_id, owner=owner, market=market).first()
    if bot is None:
        raise Missing("BOT_NOT_FOUND", "You have no such bot on this market.")
    return _Place(market, wallet, bot.book_id, bot)


def _request(
    owner: UUID, body: ManualOrder, place: _Place, *, key: str, digest: str, policy: Policy, now: datetime
) -> OrderRequest:
    rules = venue(body.venue).rules(market=place.market)
    place_venue = venue(body.venue)
    top = place_venue.quote(market=place.market, now=now)
    price = top.ask if body.side == "BUY" else top.bid
    bound = body.price
    if bound is None and body.side == "BUY":
        bound = bound_price(price=price, side="BUY", bound_bps=policy.max_slippage_bps, rules=rules)
    if body.price is not None and body.price % rules.price_tick:
        raise Refusal("OFF_TICK", f"Prices at {body.venue} move in steps of {rules.price_tick.normalize():f}.", tick=rules.price_tick)
    return OrderRequest(
        intent=uuid5(NAMESPACE, f"{owner}|{key}"), owner=owner, wallet=place.wallet.id, book=place.book,
        bot=place.bot.id if place.bot else None, rules=rules, timeframe=place_venue.finest, run="", mode=body.mode, candle=None,
        leg="ENTRY" if body.side == "BUY" else "EXIT", reason="PERSON", side=body.side,
        type="LIMIT" if bound is not None else "MARKET", time_in_force=_force(body, bound), quantity=_quantity(body, rules, bound or price),
        price=bound, decision_price=price, reducing=body.side == "SELL", expected_edge_bps=body.expected_edge_bps,
        edge_source="STATED" if body.expected_edge_bps is not None else "", request_key=key, request_hash=digest,
        data_verdict=hygiene.judge_top(top=top, now=now, max_age_seconds=policy.max_quote_age_seconds),
    )  # fmt: skip


def _force(body: ManualOrder, bound: Decimal | None) -> str:
    """A market buy goes out as an immediate-or-cancel limit at the slippage bound, so that its cost is known beforehand."""
    if body.type == "MARKET":
        return "GTC" if bound is None else "IOC"
    return body.time_in_force or "GTC"


def _quantity(body: ManualOrder, rules: Rules, price: Decimal) -> Decimal:
    if body.quantity is not None:
        return body.quantity
    assert body.quote_amount is not None
    return entry_quantity(notional=body.quote_amount, bound=price, rules=rules)


def _lend(request: OrderRequest, place: _Place, *, actor: str, now: datetime) -> tuple[str, Decimal] | None:
    """Move what the manual book lacks for this order out of the wallet's free money -> (asset, amount), None for nothing.
    What is not free stays there: then the claim refuses the order with the numbers."""
    if place.bot is not None:
        return None
    asset, need = request.asset_held, claim.amount_to_hold(request)
    held = Balance.objects.filter(book__wallet=place.wallet, asset=asset, book__kind__in=["FREE", "MANUAL"])
    have = dict(held.values_list("book__kind", "cash"))
    short = CONTEXT.subtract(need, have.get("MANUAL", Decimal(0)))
    if short <= 0 or have.get("FREE", Decimal(0)) < short:
        return None
    capital.allocate(book=place.book, asset=asset, amount=short, actor=actor, now=now)
    return asset, short


def _give_back(place: _Place, lent: tuple[str, Decimal] | None, *, actor: str, now: datetime) -> None:
    if lent is not None:
        capital.release(book=place.book, asset=lent[0], amount=lent[1], actor=actor, now=now)
