"""The commands that build datasets and work on them as a whole."""
