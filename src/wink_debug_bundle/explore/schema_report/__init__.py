"""A finished bundle in; a description of its tables and views for writing queries out."""
