"""The launcher's word for "cannot be done". Holds one exception; its text is one sentence for a person."""


class Trouble(Exception):
    """Something outside this program stands in the way; the text says what and how to mend it."""
