"""Names that somebody types in; the names that the tables of a bundle have out."""
