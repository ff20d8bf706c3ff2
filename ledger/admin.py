"""The ledger in the console: everything to look at, nothing to change."""

from django.contrib import admin

from accounts.web import columns
from accounts.web.admin import ReadOnlyAdmin
from accounts.web.columns import amount
from ledger.models import Balance, Book, EquityPoint, Fill, JournalEntry, Lot, Market, Posting, Reservation, Wallet


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ("owner", "venue", "mode", "entries", "created_at")
    list_filter = ("mode", "venue")
    search_fields = ("owner__username",)
    list_select_related = ("owner",)
    ordering = ("-id",)


@admin.register(Book)
class BookAdmin(ReadOnlyAdmin):
    list_display = ("label_or_kind", "kind", "wallet", "wallet__owner", "created_at")
    list_filter = ("kind",)
    search_fields = ("label", "wallet__owner__username")
    list_select_related = ("wallet__owner",)
    ordering = ("-id",)

    @admin.display(description="book", ordering="label")
    def label_or_kind(self, book: Book) -> str:
        return str(book)


@admin.register(Balance)
class BalanceAdmin(ReadOnlyAdmin):
    list_display = ("asset", "book", "book__wallet__owner", "cash", "reserved", "deficit", "newest_at")
    search_fields = ("book__label", "book__wallet__owner__username")
    list_select_related = ("book__wallet__owner", "asset")
    ordering = ("-id",)
    exclude = ("newest_tie",)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    list_display = ("event_time", "wallet", "wallet__owner", "seq", "kind", "actor", "reason", "recorded_at")
    list_filter = ("kind",)
    search_fields = ("wallet__owner__username", "external_id", "actor")
    list_select_related = ("wallet__owner",)
    ordering = ("-id",)
    extra = ("postings", "fact", "seal")

    @admin.display(description="postings")
    def postings(self, entry: JournalEntry) -> columns.Shown:
        lines = Posting.objects.filter(entry=entry).select_related("book", "asset").order_by("n")
        return columns.table(
            ("No.", "Account", "Book", "Amount", "Asset"),
            [
                (str(line.n), line.leg_account, columns.page_of(self.admin_site, line.book), amount(line.amount), line.asset_id)
                for line in lines
            ],
        )

    @admin.display(description="fill")
    def fact(self, entry: JournalEntry) -> columns.Shown:
        return columns.table(
            ("Fill", "Fee", "Executed", "Trade id"),
            [
                (
                    columns.page_of(self.admin_site, fill),
                    f"{amount(fill.fee)} {fill.fee_asset_id or ''}",
                    f"{fill.executed_at:%Y-%m-%d %H:%M:%S} UTC",
                    fill.trade_id,
                )
                for fill in Fill.objects.filter(entry=entry)
            ],
        )

    @admin.display(description="seal")
    def seal(self, entry: JournalEntry) -> str:
        return bytes(entry.hash).hex(" ", 4)  # in groups, so that it wraps on a phone


@admin.register(Fill)
class FillAdmin(ReadOnlyAdmin):
    list_display = ("executed_at", "wallet__owner", "symbol", "side", "quantity", "price", "fee", "fee_asset", "bootstrap")
    list_filter = ("side", "symbol")
    search_fields = ("trade_id", "client_order_id", "wallet__owner__username")
    list_select_related = ("fee_asset", "wallet__owner")
    ordering = ("-entry_id",)


@admin.register(Lot)
class LotAdmin(ReadOnlyAdmin):
    list_display = ("opened_at", "book", "asset", "currency", "quantity", "remaining", "cost_left", "fee_left")
    list_filter = ("asset",)
    list_select_related = ("book", "asset", "currency")
    ordering = ("-id",)
    exclude = ("tie",)


@admin.register(Reservation)
class ReservationAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "book", "asset", "amount", "captured", "released", "live")
    list_filter = ("live",)
    search_fields = ("client_order_id",)
    list_select_related = ("book", "asset")
    ordering = ("-id",)


@admin.register(EquityPoint)
class EquityPointAdmin(ReadOnlyAdmin):
    list_display = ("at", "wallet", "book", "currency", "equity", "realised", "unrealised", "nav")
    list_filter = ("currency",)
    list_select_related = ("wallet", "book", "currency")
    ordering = ("-id",)


@admin.register(Market)
class MarketAdmin(ReadOnlyAdmin):
    list_display = ("venue", "symbol", "price_tick", "amount_step", "cost_min", "taker_fee", "active", "rules_as_of")
    list_filter = ("venue", "active")
    search_fields = ("symbol",)
    ordering = ("venue", "symbol")
