"""What all doors share: error answers, owner-scoped views, pages, strict fields, throttle, idempotency key, admin base."""
