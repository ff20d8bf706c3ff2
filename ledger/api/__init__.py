"""Doors of money: wallets, deposits and withdrawals, the audit trail, the portfolio. They translate and call once."""
