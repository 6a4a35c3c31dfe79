"""Count the runs that several shards hold, by a few bytes of each run in the commits of the shards."""

from __future__ import annotations

import hashlib
import sqlite3
from array import array
from collections.abc import Iterable

_RUNS = "SELECT DISTINCT bundle_id FROM runs WHERE bundle_id IS NOT NULL ORDER BY bundle_id"

_BYTES = 8
"""Bytes of the hash of an id: of a million runs, two have the same ones in one of thirty million datasets."""


def run_marks(connection: sqlite3.Connection) -> bytes:
    """Return some bytes for each run of a bundle, which copies of the run have, too.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    return b"".join(hashlib.sha256(str(run).encode()).digest()[:_BYTES] for (run,) in connection.execute(_RUNS))


def copied_count(marks: Iterable[bytes]) -> int:
    """Return how many runs of shards are copies of runs of other shards."""
    found = array("Q")
    for each in marks:
        found.frombytes(each[: len(each) // _BYTES * _BYTES])
    return len(found) - len({*found})
