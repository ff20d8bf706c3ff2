"""Reads of the ledger. They return frozen dataclasses or rows of plain values and never write."""
