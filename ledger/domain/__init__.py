"""Pure money: numbers, entries, the hash chain, the FIFO fold, NAV. No Django, no clock, no I/O, no settings."""
