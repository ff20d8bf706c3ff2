"""Decisions and orders: what a bot decided at a candle's close, and what became of it at the venue."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, When

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.models.numbers import all_numbers
from bots.models import Bot, Halt
from ledger.models import Book, Market, Mode, Wallet
from ledger.models.amount import amount_field
from trading.domain.order_states import FINAL


class Decision(models.Model):
    """Two beats or a redelivered task collide here: one decision per bot, candle and leg."""

    pk = models.CompositePrimaryKey("bot_id", "candle", "leg")
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    candle = models.DateTimeField(help_text="open time of the candle, decided at its close")
    leg = models.CharField(max_length=8)
    timeframe = models.CharField(max_length=4)
    strategy_version = models.SmallIntegerField()
    at = models.DateTimeField()


class State(models.TextChoices):
    PENDING = "PENDING"
    REFUSED = "REFUSED"
    SENDING = "SENDING"
    OPEN = "OPEN"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELLING = "CANCELLING"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"
    NOT_PLACED = "NOT_PLACED"


class Order(models.Model):
    """A commitment. Gate verdicts are stored on it, filled quantity comes from fills only.

    No index names `state`, `lease_until` or another column that changes while the order works: so a move stays on its page and costs no
    index a line, until the last one, which changes `ending`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client_order_id = models.CharField(max_length=32)
    intent = models.UUIDField(help_text="what is wanted, once: an entry or exit of a bot, or a person's request")
    attempt = models.SmallIntegerField(default=1, help_text="counts from 1; 0 for what was refused")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    timeframe = models.CharField(max_length=4)
    run = models.CharField(max_length=60, default="", blank=True)
    mode = models.CharField(max_length=5, choices=Mode.choices)
    candle = models.DateTimeField(null=True, help_text="the candle it was decided on")
    leg = models.CharField(max_length=8, help_text="ENTRY or EXIT")
    reason = models.CharField(max_length=12, help_text="SIGNAL, STOP_LOSS, TAKE_PROFIT, TRAILING, MAX_HOLDING, PERSON, FLATTEN")
    side = models.CharField(max_length=4)
    type = models.CharField(max_length=12, help_text="MARKET, LIMIT, POST_ONLY")
    time_in_force = models.CharField(max_length=3, help_text="GTC, GTD, IOC, FOK")
    expires_at = models.DateTimeField(null=True, help_text="end of a good-till-date order")
    quantity = amount_field()
    price = amount_field(null=True, help_text="limit or slippage bound; empty: unbounded market order")
    decision_price = amount_field(help_text="what the decision was made at; slippage is measured from it")
    reducing = models.BooleanField(help_text="only shrinks a held position")
    bootstrap = models.BooleanField(default=False)
    expected_edge_bps = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    edge_source = models.CharField(max_length=12, default="")
    verdicts = models.JSONField(help_text="[{gate, verdict, code, sentence, numbers}] in the order they were asked")
    refusal = models.CharField(max_length=40, default="", blank=True)
    state = models.CharField(max_length=16, choices=State.choices)
    ending = models.GeneratedField(
        expression=Case(When(state__in=sorted(FINAL), then=F("state"))), output_field=models.CharField(max_length=16, null=True),
        db_persist=True, help_text="the state once it is final, empty while the order works: what readers look for by index",
    )  # fmt: skip
    filled_quantity = amount_field(default=0)
    filled_value = amount_field(default=0, help_text="sum of quantity x price of its fills, in the quote asset")
    fees = amount_field(default=0, help_text="in the quote asset")
    halt = models.ForeignKey(Halt, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False)
    halt_epoch = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    request_key = models.CharField(max_length=80, null=True)
    request_hash = models.CharField(max_length=64, default="", blank=True)
    history = models.JSONField(default=list, help_text="[[state, at, note]] oldest first")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client_order_id"], name="order_client_id_once"),
            models.UniqueConstraint(fields=["intent", "attempt"], condition=Q(attempt__gt=0), name="order_intent_attempt_once"),
            models.UniqueConstraint(fields=["intent"], condition=Q(ending__isnull=True), name="order_intent_in_flight_once"),
            models.CheckConstraint(condition=Q(attempt__gt=0) | Q(state="REFUSED", attempt=0), name="order_attempts_count_from_one"),
            models.UniqueConstraint(
                fields=["owner", "request_key"], condition=Q(request_key__isnull=False), name="order_request_key_once"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="order_state_known"),
            models.CheckConstraint(condition=Q(side__in=["BUY", "SELL"]), name="order_side_known"),
            models.CheckConstraint(condition=Q(type__in=["MARKET", "LIMIT", "POST_ONLY"]), name="order_type_known"),
            models.CheckConstraint(condition=Q(time_in_force__in=["GTC", "GTD", "IOC", "FOK"]), name="order_time_in_force_known"),
            models.CheckConstraint(condition=Q(type="MARKET") | Q(price__isnull=False), name="order_limit_has_a_price"),
            models.CheckConstraint(
                condition=Q(time_in_force="GTD", expires_at__isnull=False) | (~Q(time_in_force="GTD") & Q(expires_at__isnull=True)),
                name="order_good_till_date_names_it",
            ),
            models.CheckConstraint(
                condition=~Q(state="FILLED") | Q(filled_quantity__gte=F("quantity")), name="order_filled_means_filled"
            ),
            models.CheckConstraint(condition=Q(leg__in=["ENTRY", "EXIT"]), name="order_leg_known"),
            models.CheckConstraint(condition=Q(filled_quantity__gte=0, filled_value__gte=0), name="order_filled_not_negative"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, decision_price__gte=0) & (Q(price__isnull=True) | Q(price__gte=0)),
                name="order_quantity_and_prices_not_negative",
            ),
            models.CheckConstraint(  # what rounds to nothing, or has no price, is refused and kept as it was asked
                condition=Q(state="REFUSED") | Q(quantity__gt=0, decision_price__gt=0) & (Q(price__isnull=True) | Q(price__gt=0)),
                name="order_asks_for_something",
            ),
            all_numbers(
                "quantity", "price", "decision_price", "expected_edge_bps", "filled_quantity", "filled_value", "fees",
                name="order_numbers",
            ),
        ]
        indexes = [
            models.Index(fields=["market", "timeframe", "run"], condition=Q(ending__isnull=True), name="order_working_by_market"),
            models.Index(fields=["owner", "-created_at"], name="order_by_owner"),
            models.Index(fields=["owner", "ending", "-created_at"], condition=Q(ending__isnull=False), name="order_by_owner_and_ending"),
            models.Index(fields=["bot", "-created_at"], name="order_by_bot"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {plain(self.quantity)}, {self.leg.lower()}, {self.state}"


class EntryCount(models.Model):
    """Entry orders since 00:00 UTC of tick time: of a person (bot empty) or of one bot. Its row lock makes the limit exact."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    bot = models.ForeignKey(Bot, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    day = models.DateField()
    entries = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "bot", "day"], nulls_distinct=False, name="entry_count_once_per_day"),
            models.CheckConstraint(condition=Q(entries__gte=0), name="entry_count_not_negative"),
        ]
