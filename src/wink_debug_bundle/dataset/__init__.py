"""Sources on any file system in; a Parquet dataset of shards, with a bundle of each beside it, and answers from it out."""
