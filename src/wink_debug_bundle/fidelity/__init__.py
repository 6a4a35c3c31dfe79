"""Check finished bundles, compare them with their sources, and write the artifacts back as files."""
