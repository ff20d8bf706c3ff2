"""How times read where Django writes them (the console): UTC, to the second, the zone named."""
