"""Zips of an agent's files in; rows of files, and of the bytes between members, out."""
