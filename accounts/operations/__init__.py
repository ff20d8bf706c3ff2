"""Writes about people. Each opens its transaction (or joins the caller's), locks, asks the domain, saves, publishes."""
