"""The doors of the trading floor: bots, orders, trades, breaker, stops, system, markets, charts.

Each loads, makes one call and returns. No rule, no query and no write of its own.
"""
