"""A dataset of many small shards in; the same dataset, of few large ones, out."""
