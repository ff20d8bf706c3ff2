"""Writes of the ledger. Each function works in the caller's transaction or opens one; only `journaling` writes facts."""
