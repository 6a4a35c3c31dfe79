"""Serve a finished bundle in Datasette on a local port."""
