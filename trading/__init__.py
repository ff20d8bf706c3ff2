"""The act: market data, decide, size, gate, submit, settle, reconcile, stop."""
