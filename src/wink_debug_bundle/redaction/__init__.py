"""A finished bundle in; a new one, in which secrets are replaced by tokens, and the proof of that, out."""
