"""Doors for programs: load, one call, return. No rule lives here."""
