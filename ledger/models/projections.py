"""Projections: what the journal amounts to. Derived, checked by `verify_ledger`, droppable and rebuilt.

Lots, matches and uncovered units carry no foreign keys in the database: they are made from guarded facts that are never
deleted, in bulk, and row-wise checks would cost more than the fold itself.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.models.numbers import all_numbers
from ledger.models.amount import amount_field
from ledger.models.asset import Asset
from ledger.models.journal import JournalEntry
from ledger.models.wallet import Book, Wallet


class Balance(models.Model):
    """Money of a book in one asset. raw sum of its CASH postings = cash + reserved - deficit."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="balances", db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_index=False)
    cash = amount_field(default=0)
    reserved = amount_field(default=0)
    deficit = amount_field(default=0)
    newest_at = models.DateTimeField(null=True, help_text="event time of the entry that sorts last among those that moved it")
    newest_tie = models.CharField(max_length=240, default="", db_collation="C", help_text="the rest of that entry's sort key")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "asset"], name="balance_once_per_book_asset"),
            models.CheckConstraint(condition=Q(cash__gte=0), name="balance_cash_not_negative"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="balance_reserved_not_negative"),
            models.CheckConstraint(condition=Q(deficit__gte=0), name="balance_deficit_not_negative"),
            models.CheckConstraint(condition=Q(cash=0) | Q(deficit=0), name="balance_deficit_only_without_cash"),
            all_numbers("cash", "reserved", "deficit", name="balance_numbers"),
        ]
        indexes = [models.Index(fields=["book"], name="balance_in_deficit", condition=Q(deficit__gt=0))]

    def __str__(self) -> str:
        return f"{plain(self.cash)} {self.asset_id}"


class Lot(models.Model):
    """An open (or used up) purchase. The id is that of the entry that opened it, or derived from it."""

    id = models.UUIDField(primary_key=True)
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="lots", db_constraint=False, db_index=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="lots", db_constraint=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    currency = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    opened_at = models.DateTimeField(help_text="when the units were bought; kept when they move to another book")
    tie = models.CharField(max_length=240, db_collation="C", help_text="order among lots bought at the same instant")
    quantity = amount_field()
    remaining = amount_field()
    cost_left = amount_field(help_text="what the remaining units cost, before fees; no unit cost is stored")
    fee_left = amount_field(help_text="share of the entry fee that the remaining units carry")
    cost_unknown = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quantity__gt=0, remaining__gte=0, remaining__lte=F("quantity")), name="lot_remaining_in_range"
            ),
            models.CheckConstraint(
                condition=Q(remaining__gt=0) | Q(cost_left=0, fee_left=0), name="lot_used_up_carries_nothing"
            ),
            all_numbers("quantity", "remaining", "cost_left", "fee_left", name="lot_numbers"),
        ]
        indexes = [models.Index(fields=["book", "asset"], condition=Q(remaining__gt=0), name="lot_open_by_book_asset")]

    def __str__(self) -> str:
        return f"{plain(self.remaining)} of {plain(self.quantity)} {self.asset_id}"


class LotMatch(models.Model):
    """Units of a lot consumed by one disposal."""

    pk = models.CompositePrimaryKey("entry_id", "n")
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="matches", db_constraint=False, db_index=False)
    n = models.SmallIntegerField()
    lot = models.ForeignKey(Lot, on_delete=models.PROTECT, related_name="matches", db_constraint=False, db_index=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    currency = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    client_order_id = models.CharField(max_length=36, default="")
    acquired_at = models.DateTimeField()
    sold_at = models.DateTimeField()
    quantity = amount_field()
    cost = amount_field()
    proceeds = amount_field()
    entry_fee = amount_field()
    exit_fee = amount_field()
    net = amount_field(help_text="proceeds - cost - entry fee - exit fee")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="match_quantity_positive"),
            models.CheckConstraint(
                condition=Q(net=F("proceeds") - F("cost") - F("entry_fee") - F("exit_fee")), name="match_adds_up"
            ),
            all_numbers("quantity", "cost", "proceeds", "entry_fee", "exit_fee", "net", name="match_numbers"),
        ]
        indexes = [
            models.Index(fields=["book", "sold_at"], name="match_by_book_time"),
            models.Index(fields=["client_order_id"], name="match_by_client_order"),
        ]


class Uncovered(models.Model):
    """Units sold that no lot explains. A late buy resolves them by refold."""

    pk = models.CompositePrimaryKey("entry_id", "asset_id")
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="uncovered", db_constraint=False, db_index=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="uncovered", db_constraint=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    currency = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    quantity = amount_field()
    proceeds = amount_field()
    fee = amount_field(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="uncovered_quantity_positive"),
            all_numbers("quantity", "proceeds", "fee", name="uncovered_numbers"),
        ]


class ProfitBucket(models.Model):
    """Realised profit of a book in one currency on one UTC day. Weeks and months are sums of days."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="buckets", db_index=False)
    currency = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    gross = amount_field()
    fees = amount_field()
    net = amount_field()
    matches = models.IntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["book", "currency", "day"], name="bucket_once_per_book_currency_day"),
            models.CheckConstraint(condition=Q(net=F("gross") - F("fees")), name="bucket_adds_up"),
            all_numbers("gross", "fees", "net", name="bucket_numbers"),
        ]


class EquityPoint(models.Model):
    """Equity of a wallet (book empty) or of one book at one moment, in one currency, with all that it was made of."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="equity_points", db_constraint=False, db_index=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, null=True, related_name="equity_points", db_constraint=False, db_index=False)
    currency = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    at = models.DateTimeField()
    seq = models.BigIntegerField(help_text="the wallet's newest entry that it includes")
    cash = amount_field()
    holdings = models.JSONField(help_text="[[asset, units, mark, mark as of]] as plain-notation strings")
    equity = amount_field()
    net_funding = amount_field()
    realised = amount_field()
    unrealised = amount_field()
    units = amount_field()
    nav = amount_field(help_text="equity per unit")
    peak = amount_field(help_text="highest nav so far")
    deepest = amount_field(default=0, help_text="largest fall of the nav below its peak so far, as a fraction")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(equity=F("net_funding") + F("realised") + F("unrealised")), name="equity_both_ways_equal"
            ),
            all_numbers(
                "cash", "equity", "net_funding", "realised", "unrealised", "units", "nav", "peak", "deepest",
                name="equity_numbers",
            ),
        ]
        indexes = [
            models.Index(fields=["wallet", "-at"], condition=Q(book__isnull=True), name="equity_by_wallet"),
            models.Index(fields=["book", "-at"], condition=Q(book__isnull=False), name="equity_by_book"),
        ]

    def __str__(self) -> str:
        return f"{plain(self.equity)} {self.currency_id} at {self.at:%Y-%m-%d %H:%M:%S} UTC"
