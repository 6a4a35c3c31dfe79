"""Marks by which bundles, and the files that a build or SQLite writes beside them, are recognised."""

APPLICATION_ID = b"WINK"
"""SQLite application id, four bytes of the file's header, that marks a SQLite file as a bundle."""

PARTIAL_SUFFIX = ".partial"
"""Suffix of a bundle or an export under construction; such files and their side files are never artifacts."""

DATABASE_SIDES = ("-wal", "-shm", "-journal")
"""Suffixes of the side files that SQLite writes beside a database."""
