"""Shapes of what goes in and out of the doors: strict serializers, money as plain strings. No rule, no query, no write."""
