"""The ways to get artifacts into a database; each runs in a process of its own."""
