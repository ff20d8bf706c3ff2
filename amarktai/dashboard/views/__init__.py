"""The doors of the dashboard: load, one call, answer. They take the time once and hand it down."""
