"""A finished bundle in; Datasette on a local port out."""
