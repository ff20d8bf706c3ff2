"""The launcher's word for "cannot be done": one exception, whose text is one sentence for a person and keeps secrets."""

import re


class Trouble(Exception):
    """Something outside this program stands in the way; the text says what and how to mend it."""


def unquoted(error: Exception) -> str:
    """An error's words on one line without what they quote: a driver repeats pieces of an address it cannot read, and with
    them a password."""
    return re.sub(r"\"[^\"]*\"?|'[^']*'", "...", " ".join(str(error).split()))
