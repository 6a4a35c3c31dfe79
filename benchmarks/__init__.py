"""How long it takes to get debugging artifacts into an indexed database, ours against other ways."""
