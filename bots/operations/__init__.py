"""Writes about bots: creation, moves, halts. Each opens its transaction, locks, asks the domain, saves, publishes."""
