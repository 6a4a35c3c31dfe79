"""Generate artifacts in the library's formats from a seed; templates are filled, as dumping each record is slow."""
