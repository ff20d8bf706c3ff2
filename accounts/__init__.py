"""Floor 1, the person: users, second factor, tokens, alerts, audit trail, the realtime wire, the word for "no".

Knows nothing of money, bots or trading.
"""
