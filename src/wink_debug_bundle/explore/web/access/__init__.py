"""Who may ask: where the server listens, and which requests it answers."""
