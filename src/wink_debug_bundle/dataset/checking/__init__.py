"""A commit, and the files of its shard, in; what they say differently out."""
