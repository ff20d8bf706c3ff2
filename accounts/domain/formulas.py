"""Text that a spreadsheet would run: how it is made harmless on the way out, and itself again on the way in."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are their full-width twins


def guarded(text: str) -> str:
    """Text that begins like a formula gets an apostrophe in front, one more if it has some already."""
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def unguarded(text: str) -> str:
    """What `guarded` was given."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(FORMULA) else text
