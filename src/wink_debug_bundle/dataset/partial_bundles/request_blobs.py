"""Copy the requests that are too large for a column: their bytes are in the bundles of the shards alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from ...database.connection import open_alone, open_bundle
from ...errors import BundleError
from ...explore.sql_errors import sql_errors
from ...packing.bundle_file import BundleFile
from ..commits import Commit, bundle_file_name
from ..storage import Storage
from .partial_rows import REQUEST

_LARGE = f"""
SELECT DISTINCT shard, blob_sha256
FROM run_members
WHERE path = '{REQUEST}' AND content IS NULL AND blob_sha256 IS NOT NULL
ORDER BY 1, 2
"""
_TABLES = {"blobs": "?, ?, ?", "blob_chunks": "?, ?, ?"}


def copy_request_blobs(source: Any, storage: Storage, commits: Sequence[Commit], path: Path) -> None:
    """Add the bytes of large requests to a partial bundle; those of shards without a bundle are not known.

    Args:
        source: A connection of DuckDB with the tables of the dataset.
        storage: Where the dataset is.
        commits: Its committed shards.
        path: The partial bundle.

    Raises:
        BundleError: a bundle of the dataset cannot be read.
    """
    kept = {commit.shard for commit in commits if commit.bundle is not None}
    wanted: dict[str, list[str]] = defaultdict(list)
    for shard, sha256 in source.execute(_LARGE).fetchall():
        if shard in kept:
            wanted[shard].append(sha256)
    for shard, hashes in wanted.items():
        for database in _unpacked(storage, bundle_file_name(shard), path.parent):
            _copy(database, hashes, path)


def _unpacked(storage: Storage, name: str, folder: Path) -> Iterator[Path]:
    """Yield the database of a packed bundle of the dataset; afterwards it is removed."""
    packed = folder / "shard.db.zst"
    try:
        storage.fetch(name, packed)
        with closing(BundleFile.open(packed)) as file:
            yield file.database
    except OSError as error:
        raise BundleError(f"{storage.shown}/{name}: cannot be read: {error}") from error
    finally:
        packed.unlink(missing_ok=True)


def _copy(database: Path, hashes: Sequence[str], path: Path) -> None:
    """Copy blobs from one file to another; the first may be a stranger's, and is read as any bundle is."""
    with closing(open_bundle(database)) as source, closing(open_alone(path)) as target, sql_errors(database):
        for table, places in _TABLES.items():
            for sha256 in hashes:
                rows = source.execute(f"SELECT * FROM {table} WHERE sha256 = ?", (sha256,))
                target.executemany(f"INSERT OR IGNORE INTO {table} VALUES ({places})", rows)
