"""Pure thought about bots: candles, indicators, genomes, exits, moves, halts. No Django, no clock, no I/O, no settings."""
