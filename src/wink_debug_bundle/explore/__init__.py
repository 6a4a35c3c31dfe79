"""Finished bundles only: statistics, ready queries, exports, Datasette."""
