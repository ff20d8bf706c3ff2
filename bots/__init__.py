"""The actor: identity, strategies, lifecycle, stages and halts of bots. A bot holds a book; it cannot place an order."""
