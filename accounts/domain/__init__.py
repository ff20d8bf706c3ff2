"""Pure thought about people: ids, refusals, decimals, audit links, one-time codes. No Django, no settings, no I/O."""
