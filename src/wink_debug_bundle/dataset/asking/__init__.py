"""A dataset and SQL in; rows of all committed shards, by DuckDB, out."""
