"""Texts of cells in; what is secret in them, and the same texts with tokens in its place, out."""
