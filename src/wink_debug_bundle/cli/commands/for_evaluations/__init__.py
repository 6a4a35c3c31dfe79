"""The commands that compare evaluations."""
