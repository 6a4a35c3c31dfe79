"""Batches of rows in; the few statements that insert them out."""
