"""A complete database in; a bundle at its output path out, whole or not at all."""
