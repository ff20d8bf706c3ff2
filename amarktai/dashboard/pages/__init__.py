"""From queries to shapes: one builder per screen. Reads only, formats only; who asks and when are arguments."""
