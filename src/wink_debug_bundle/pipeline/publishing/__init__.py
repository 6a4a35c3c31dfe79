"""Publish a complete database at the output path, as a whole or not at all."""
