"""A bundle's file in; a packed bundle, which is one zstd frame, out; and back again, into a private copy."""
