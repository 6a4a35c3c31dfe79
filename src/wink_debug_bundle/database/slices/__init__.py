"""Slice classes and the keys of their items in; a view for each class out."""
