"""The ways to load artifacts into a database; each runs in a process of its own."""
