"""A comparison in; a SQLite file with its tables out."""
