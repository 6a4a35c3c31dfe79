"""Blocks of snapshot lines in; rows of sessions, snapshots, slice items and library events out."""
