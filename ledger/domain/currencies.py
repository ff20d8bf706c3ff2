"""Assets in which cost and profit are counted. Holding them opens no lot, and paper wallets are funded in them."""

from __future__ import annotations

CURRENCIES = frozenset({"USDT", "USDC", "USD", "EUR", "GBP", "ZAR", "BUSD", "DAI", "TUSD", "FDUSD", "PYUSD", "USDP"})
