"""Write the files of a shard from its bundle: a Parquet file of each table, and the packed bundle."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import apsw

from ...database.connection import open_unlocked
from ...errors import BundleBuildError
from ...packing.frame_writing import QUICK_LEVEL, write_frame
from ...processes.bounded_thread import BoundedThread
from ..commits import LedgerSum, StoredFile, TableFile, bundle_file_name, table_file_name
from ..parquet_tables import stored_tables
from ..storage import Storage, sha256_of
from .parquet_writing import TableWriting, write_table_file

_LEDGER = """
SELECT status, CAST(sum(last - first + 1) AS INTEGER), CAST(sum(length) AS INTEGER)
FROM ledger GROUP BY status ORDER BY status
"""
_RESULTS = """
SELECT result, count(*)
FROM (SELECT result FROM runs UNION ALL SELECT result FROM session_samples)
WHERE result IS NOT NULL
GROUP BY result
ORDER BY result
"""


def write_tables(
    bundle: Path, shard_id: str, storage: Storage, scratch: Path, encoding: BoundedThread
) -> tuple[Mapping[str, TableFile], Mapping[str, LedgerSum], Mapping[str, int]]:
    """Write the Parquet file of each table that has rows; return what they are, and sums over the bundle.

    `encoding` writes rows while the next ones are read.

    Raises:
        BundleBuildError: the bundle cannot be read.
        OSError: a file cannot be written.
    """
    connection = open_unlocked(bundle)
    try:
        stored: dict[str, Future[TableFile]] = {}
        for name, table in stored_tables().items():
            path = scratch / f"{name}.parquet"
            written = write_table_file(connection, table, shard_id, path, encoding)
            if written is not None:
                stored[name] = encoding.submit(0, _store_table, written, table_file_name(name, shard_id), storage)
        ledger, results = read_sums(connection)
        tables = {name: each.result() for name, each in stored.items()}
    except apsw.Error as error:
        raise BundleBuildError(f"shard {shard_id}: its bundle cannot be read: {error}") from error
    finally:
        connection.close(force=True)
    return tables, ledger, results


def _store_table(written: TableWriting, name: str, storage: Storage) -> TableFile:
    """Write the complete file of a table to the dataset, and remove it here."""
    file = written.finish()
    storage.put(name, written.path)
    written.path.unlink()
    return file


def read_sums(connection: Any) -> tuple[Mapping[str, LedgerSum], Mapping[str, int]]:
    """Return the sums of the ledger by status, and how many runs and samples ended in which way."""
    ledger = {status: LedgerSum(items, size) for status, items, size in connection.execute(_LEDGER).fetchall()}
    return ledger, dict(connection.execute(_RESULTS).fetchall())


def store_bundle(bundle: Path, shard_id: str, storage: Storage) -> StoredFile:
    """Pack the bundle, which was built just now, and write it to the dataset.

    Raises:
        OSError: it cannot be read or written.
    """
    packed = bundle.with_name("bundle.db.zst")
    with bundle.open("rb") as source, packed.open("xb") as target:
        write_frame(source.fileno(), bundle.stat().st_size, target.fileno(), level=QUICK_LEVEL)
    storage.put(bundle_file_name(shard_id), packed)
    return StoredFile(packed.stat().st_size, sha256_of(packed))
