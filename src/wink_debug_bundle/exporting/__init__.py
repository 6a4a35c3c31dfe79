"""Finished bundles in; files that other programs read out: OTLP, ATIF, Parquet."""
