"""A table or the rows of a query in; a Parquet file out, typed as datasets type their tables."""
