"""The schema of a bundle as SQL files, and the code that opens, fills and describes bundles; independent of artifacts."""
