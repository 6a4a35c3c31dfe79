"""A listing of sources in; shards that no run is divided among, in frozen plans, out."""
