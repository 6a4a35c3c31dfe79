"""How a bundle, and the files that a build or SQLite puts beside it, are recognised."""

APPLICATION_ID = b"WINK"
"""The four bytes by which a SQLite file is known to be a bundle."""

PARTIAL_SUFFIX = ".partial"
"""Ending of a file under construction, bundle or export; such a file and its side files are never artifacts."""

DATABASE_SIDES = ("-wal", "-shm", "-journal")
"""Endings of what SQLite puts beside a database."""
