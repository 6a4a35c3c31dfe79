"""Files of rules and words that the caller knows in; rules as plain data out."""
