"""The wire to a person: messages {seq, type, at, data} over /ws/. Messages carry ids, not objects."""
