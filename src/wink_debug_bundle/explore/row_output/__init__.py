"""Rows of a query in; text in the format, width or budget that was requested out."""
