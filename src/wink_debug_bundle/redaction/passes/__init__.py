"""A bundle in; the secrets in it, and the rows that change, out."""
