"""Claims on money: reservations for orders and allocations to books. Money moves, it never appears."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.domain.decimals import plain
from accounts.domain.identity import new_id
from accounts.models.numbers import all_numbers
from ledger.models.amount import amount_field
from ledger.models.asset import Asset
from ledger.models.wallet import Book


class Reservation(models.Model):
    """Money of a book held for one order, named by the order's client id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    client_order_id = models.CharField(max_length=36)
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="reservations", db_constraint=False, db_index=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_constraint=False, db_index=False)
    amount = amount_field()
    captured = amount_field(default=0)
    released = amount_field(default=0)
    live = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["client_order_id"], name="reservation_once_per_order"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, captured__gte=0, released__gte=0), name="reservation_amounts_positive"
            ),
            models.CheckConstraint(
                condition=Q(live=True, closed_at__isnull=True) | Q(live=False, amount=F("captured") + F("released")),
                name="reservation_closed_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=F("captured") + F("released")), name="reservation_never_more_than_held"
            ),
            all_numbers("amount", "captured", "released", name="reservation_numbers"),
        ]
        indexes = [models.Index(fields=["book"], condition=Q(live=True), name="reservation_live_by_book")]

    def __str__(self) -> str:
        return f"{plain(self.amount)} {self.asset_id} for order {self.client_order_id[:8]}"


class Allocation(models.Model):
    """Capital given to a book: its net transfers in. Profit and loss stay in the book and never change it; a book that
    gave back more than it got has a negative amount."""

    book = models.OneToOneField(Book, on_delete=models.PROTECT, primary_key=True, related_name="allocation")
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="+", db_index=False)
    amount = amount_field(default=0)
    coins_at_cost = amount_field(default=0, help_text="cost and fees of the lots that moved in, less those moved out")

    class Meta:
        constraints = [all_numbers("amount", "coins_at_cost", name="allocation_numbers")]
