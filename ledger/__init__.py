"""The money: wallets, books, journal, postings, lots, reservations, equity and profit. It knows no bot and no order."""
