"""Reads about bots: querysets scoped by owner, and the standing halts in one statement. They never write."""
