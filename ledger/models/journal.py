"""The facts: journal entries, fills and postings. Never updated, deleted or truncated; corrections are new entries."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.models.numbers import all_numbers
from ledger.models.amount import amount_field
from ledger.models.asset import Asset, Market
from ledger.models.wallet import Book, Wallet


class EntryKind(models.TextChoices):
    FUNDING = "FUNDING"
    WITHDRAWAL = "WITHDRAWAL"
    TRANSFER = "TRANSFER"
    ALLOCATION = "ALLOCATION"
    FILL = "FILL"
    ADJUSTMENT = "ADJUSTMENT"
    FEE_FIX = "FEE_FIX"
    REVERSAL = "REVERSAL"


class LegAccount(models.TextChoices):
    """What a posting names. CASH is a book's own money; the others are the far side of the move."""

    CASH = "CASH"
    WORLD = "WORLD"
    TRADE = "TRADE"
    FEES = "FEES"


class JournalEntry(models.Model):
    """One line of a wallet's journal, chained to the line before it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="journal", db_constraint=False, db_index=False)
    seq = models.BigIntegerField()
    kind = models.CharField(max_length=10, choices=EntryKind.choices)
    event_time = models.DateTimeField(help_text="the venue's time of the event, UTC")
    recorded_at = models.DateTimeField(help_text="when we wrote it; outside the hash")
    external_id = models.CharField(max_length=80, default="", blank=True)
    postings_count = models.SmallIntegerField()
    reverses = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.CharField(max_length=60)
    reason = models.CharField(max_length=200, default="", blank=True)
    prev_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet", "seq"], name="entry_seq_once_per_wallet"),
            models.UniqueConstraint(
                fields=["wallet", "external_id"], condition=~Q(external_id=""), name="entry_external_id_once_per_wallet"
            ),
            models.CheckConstraint(condition=Q(kind__in=EntryKind.values), name="entry_kind_known"),
            models.CheckConstraint(condition=Q(postings_count__gte=2), name="entry_at_least_two_postings"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="entry_seq_from_one"),
        ]
        indexes = [models.Index(fields=["wallet", "-id"], name="entry_newest")]
        verbose_name_plural = "journal entries"

    def __str__(self) -> str:
        return f"{self.kind} no. {self.seq}"


class Fill(models.Model):
    """The venue's facts of a FILL entry, with the raw report. A statement trigger checks its entry, wallet, book, market."""

    entry = models.OneToOneField(
        JournalEntry, on_delete=models.PROTECT, primary_key=True, related_name="fill", db_constraint=False
    )
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="fills", db_constraint=False, db_index=False)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="fills", db_constraint=False, db_index=False)
    market = models.ForeignKey(Market, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    symbol = models.CharField(max_length=41)
    trade_id = models.CharField(max_length=80)
    side = models.CharField(max_length=4)
    quantity = amount_field()
    price = amount_field()
    fee = amount_field(null=True, help_text="sign kept: a rebate is negative; null until known")
    fee_asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, related_name="+", db_constraint=False, db_index=False)
    fee_price = amount_field(null=True, help_text="price of a third fee asset in the quote asset")
    executed_at = models.DateTimeField()
    client_order_id = models.CharField(max_length=36, default="", blank=True)
    bootstrap = models.BooleanField(default=False)
    raw = models.TextField(help_text="the report as received, JSON")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wallet", "symbol", "trade_id"], name="fill_trade_booked_once"),
            models.CheckConstraint(condition=Q(side__in=["BUY", "SELL"]), name="fill_side_known"),
            models.CheckConstraint(condition=Q(quantity__gt=0, price__gt=0), name="fill_quantity_and_price_positive"),
            all_numbers("quantity", "price", "fee", "fee_price", name="fill_numbers"),
        ]
        indexes = [
            models.Index(fields=["book", "-executed_at"], name="fill_by_book"),
            models.Index(fields=["wallet", "-executed_at"], name="fill_by_wallet"),
            models.Index(fields=["client_order_id"], name="fill_by_client_order"),
            models.Index(fields=["market", "executed_at"], name="fill_by_market"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {plain(self.quantity)} {self.symbol} at {plain(self.price)}"


class Posting(models.Model):
    """A signed leg of an entry. Legs of an entry sum to zero per asset and arrive in one statement.

    The statement trigger that checks the sums also checks entry, book and asset, once per statement; entries, books and
    assets are never deleted. Row-wise foreign keys on this table would cost a third of the booking speed.
    """

    pk = models.CompositePrimaryKey("entry_id", "n")
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="postings", db_constraint=False, db_index=False)
    n = models.SmallIntegerField(help_text="1 .. the entry's postings_count")
    leg_account = models.CharField(max_length=5, choices=LegAccount.choices)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    amount = amount_field()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(leg_account__in=LegAccount.values), name="posting_leg_account_known"),
            models.CheckConstraint(condition=~Q(amount=0), name="posting_amount_not_zero"),
            all_numbers("amount", name="posting_numbers"),
        ]
        indexes = [
            models.Index(fields=["book", "asset"], condition=Q(leg_account="WORLD"), name="posting_world"),
        ]
