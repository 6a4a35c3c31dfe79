"""Marks by which bundles, and the files that a build or SQLite writes beside them, are recognised."""

from __future__ import annotations

from pathlib import Path

APPLICATION_ID = b"WINK"
"""SQLite application id, four bytes of the file's header, that marks a SQLite file as a bundle."""

PARTIAL_SUFFIX = ".partial"
"""Suffix of a bundle or an export under construction; such files and their side files are never artifacts."""

DATABASE_SIDES = ("-wal", "-shm", "-journal")
"""Suffixes of the side files that SQLite writes beside a database."""

PACKED_ENDING = ".zst"
"""Ending of the name of a packed bundle; what a file is, its content decides."""

ZSTD_START = b"\x28\xb5\x2f\xfd"
"""How a zstd frame begins."""

DATABASE_START = b"SQLite format 3\0"
"""How the header of a SQLite file begins."""

DATABASE_HEAD_BYTES = 72
"""Bytes of a SQLite file's beginning that end with its application id."""


def is_bundle_head(head: bytes) -> bool:
    """Return whether a file that begins with `head` is a SQLite database that says that it is a bundle."""
    return head.startswith(DATABASE_START) and head[DATABASE_HEAD_BYTES - 4 :].startswith(APPLICATION_ID)


def has_packed_name(path: Path) -> bool:
    """Return whether the name is that of a packed bundle."""
    return path.name.lower().endswith(PACKED_ENDING)


def bundle_stem(path: Path) -> str:
    """Return the name of a bundle's file without its endings: `a` for `a.db` and for `a.db.zst`."""
    return Path(path.stem).stem if has_packed_name(path) else path.stem
