"""Outcomes of single shards, which their commits hold, in; the outcome of all of them out."""
