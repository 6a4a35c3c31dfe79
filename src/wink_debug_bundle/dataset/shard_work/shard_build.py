"""Build one shard: a bundle of its sources, a Parquet file of each table, and the commit, which comes last."""

from __future__ import annotations

import hashlib
import tempfile
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import apsw

from ..._version import __version__
from ...database.connection import open_unlocked
from ...database.schema_files import SCHEMA_VERSION
from ...errors import BundleBuildError, BundleError, BundleVersionError
from ...packing.bundle_file import BundleFile
from ...pipeline.build import build
from ...pipeline.build_options import BuildOptions, BundleIdentity
from ...pipeline.bundle_packing import pack_bundle
from ..commits import (
    Commit,
    LedgerSum,
    StoredFile,
    TableFile,
    bundle_file_name,
    commit_name,
    read_commit,
    table_file_name,
)
from ..parquet_tables import stored_tables
from ..shard_task import ShardTask
from ..storage import Storage
from .parquet_writing import write_table_file
from .shard_report import ShardReport
from .source_files import check_unchanged, open_sources

_CACHE_KIB = -(64 << 10)
"""What SQLite may keep of the bundle while views are read, as its pragma takes it."""

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


def run_shard(task: ShardTask) -> ShardReport:
    """Build a shard, unless it is committed; the same task gives the same files wherever and how often it runs.

    Everything is made in a private folder, in TMPDIR, that is removed at the end. Files are written to the dataset when
    they are complete, the commit last.

    Raises:
        BundleVersionError: another release planned the task.
        BundleBuildError: a source has changed since it was planned, or something could not be written.
        BundleError: a source could not be opened.
    """
    started = time.monotonic()
    if task.schema_version != SCHEMA_VERSION:
        raise BundleVersionError(
            f"shard {task.shard_id}: was planned for schema version {task.schema_version}, and this release writes"
            f" {SCHEMA_VERSION}; install one release everywhere"
        )
    storage = Storage.open(task.dataset)
    try:
        commit = read_commit(storage, task.shard_id)
        is_new = commit is None
        commit = commit or _build(task, storage)
    except OSError as error:
        raise BundleBuildError(f"shard {task.shard_id}: {error}") from error
    return ShardReport(task.shard_id, commit, time.monotonic() - started, is_new)


def identity_of(task: ShardTask) -> BundleIdentity:
    """Return what the bundle of a shard is called: its id is that of the shard, its time that of the newest source."""
    newest = max((source.modified_ns for source in task.sources), default=0)
    created = datetime.fromtimestamp(newest // 10**9, UTC).isoformat(timespec="seconds")
    return BundleIdentity(str(uuid.UUID(hex=task.shard_id)), created)


def _build(task: ShardTask, storage: Storage) -> Commit:
    """Build the shard, and commit it; return the commit, which may be that of another process that was faster."""
    with tempfile.TemporaryDirectory(prefix="wink-shard-") as name:
        scratch = Path(name)
        options = BuildOptions(
            jobs=task.jobs,
            labels=dict(task.labels),
            identity=identity_of(task),
            tells_evaluations_apart=False,
        )
        sources = open_sources(task.sources, scratch / "sources")
        bundle = scratch / "bundle.db"
        summary = build(sources, bundle, options, source_directory=task.source_directory, may_be_empty=True)
        if summary.changed:
            raise BundleBuildError(f"{summary.changed[0][0]}: has changed while it was read; run dataset build again")
        check_unchanged(task.sources)
        tables, ledger, results = _write_tables(bundle, task, storage, scratch)
        commit = Commit(
            shard=task.shard_id,
            schema_version=SCHEMA_VERSION,
            wink_version=__version__,
            first_source=min((source.name for source in task.sources), default=""),
            source_count=len(task.sources),
            source_bytes=task.size,
            digest=summary.digest,
            tables=tables,
            ledger=ledger,
            results=results,
            incomplete_count=summary.incomplete_count,
            bundle=_store_bundle(bundle, task, storage) if task.keeps_bundle else None,
            replaces=task.replaces,
        )
    if storage.create(commit_name(task.shard_id), commit.as_json):
        return commit
    found = read_commit(storage, task.shard_id)
    if found is None:
        raise BundleError(f"shard {task.shard_id}: its commit exists and cannot be read")
    return found


def _write_tables(
    bundle: Path, task: ShardTask, storage: Storage, scratch: Path
) -> tuple[Mapping[str, TableFile], Mapping[str, LedgerSum], Mapping[str, int]]:
    """Write the Parquet file of each table that has rows; return what they are, and sums over the bundle."""
    connection = open_unlocked(bundle)
    connection.pragma("cache_size", _CACHE_KIB)
    try:
        tables: dict[str, TableFile] = {}
        for name, table in stored_tables().items():
            path = scratch / f"{name}.parquet"
            written = write_table_file(connection, table, task.shard_id, path)
            if written is not None:
                storage.put(table_file_name(name, task.shard_id), path)
                tables[name] = written
                path.unlink()
        ledger_rows: list[Any] = connection.execute(_LEDGER).fetchall()
        result_rows: list[Any] = connection.execute(_RESULTS).fetchall()
    except apsw.Error as error:
        raise BundleBuildError(f"shard {task.shard_id}: its bundle cannot be read: {error}") from error
    finally:
        connection.close(force=True)
    return tables, {status: LedgerSum(items, size) for status, items, size in ledger_rows}, dict(result_rows)


def _store_bundle(bundle: Path, task: ShardTask, storage: Storage) -> StoredFile:
    """Pack the bundle, and write it to the dataset."""
    packed = bundle.with_name("bundle.db.zst")
    pack_bundle(BundleFile(bundle, bundle), packed)
    storage.put(bundle_file_name(task.shard_id), packed)
    with packed.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return StoredFile(packed.stat().st_size, sha256)
