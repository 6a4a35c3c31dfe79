"""Measure how long it takes to load debugging artifacts into an indexed database, with our command and other ways."""
