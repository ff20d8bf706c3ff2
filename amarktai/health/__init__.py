"""Is the platform well? Holds the proof each process gives at its start, the checks behind /health and the system status.
It reads; it must not repair (trading heals) and not decide what a person may do.
"""
