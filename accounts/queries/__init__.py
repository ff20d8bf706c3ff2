"""Reads about people: querysets and frozen dataclasses, always narrowed to who asks. Never writes."""
