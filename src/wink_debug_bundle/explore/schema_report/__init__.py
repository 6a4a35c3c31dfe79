"""Describe a finished bundle's tables and views, for writing queries."""
