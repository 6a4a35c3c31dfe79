"""A redacted bundle in; what is left of secrets in it, out."""
