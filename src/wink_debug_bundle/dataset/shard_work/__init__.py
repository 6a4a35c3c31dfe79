"""The sources of one shard in; its bundle, its Parquet files and its commit out."""
