"""What the ledger remembers. Fields and constraints only; writes go through `ledger.operations`."""

from ledger.models.asset import Asset, Mark, Market
from ledger.models.claims import Allocation, Reservation
from ledger.models.journal import EntryKind, Fill, JournalEntry, LegAccount, Posting
from ledger.models.projections import Balance, EquityPoint, Lot, LotMatch, ProfitBucket, Uncovered
from ledger.models.wallet import Book, BookKind, Mode, Wallet

__all__ = [
    "Allocation", "Asset", "Balance", "Book", "BookKind", "EntryKind", "EquityPoint", "Fill", "JournalEntry",
    "LegAccount", "Lot", "LotMatch", "Mark", "Market", "Mode", "Posting", "ProfitBucket", "Reservation", "Uncovered",
    "Wallet",
]
