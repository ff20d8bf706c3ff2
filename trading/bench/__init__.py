"""Benches: how fast the order path is, beside an anchor of the machine and the path that others would take, in the same run.

They work on real tables through the real operations, in a database of their own. They must not be imported by anything that
trades, nor assert a time: they only measure.
"""
