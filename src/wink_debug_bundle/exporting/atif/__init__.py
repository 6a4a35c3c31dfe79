"""Runs of a bundle in; a file for each in Harbor's trajectory format (ATIF) out."""
