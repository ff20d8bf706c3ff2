"""Market data as stored and served to everyone: candles, quotes, files. Fetched once per market, never once per bot."""
