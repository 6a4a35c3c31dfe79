"""A bundle and the folder that it was built from in; their differences out."""
