"""Readers that turn blocks of snapshot lines into rows of sessions, snapshots, slice items and library events."""
