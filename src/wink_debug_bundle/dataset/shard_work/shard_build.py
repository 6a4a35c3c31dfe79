"""Build one shard: a bundle of its sources, a Parquet file of each table, and the commit, which comes last."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime

from ..._version import __version__
from ...database.schema_files import SCHEMA_VERSION
from ...errors import BundleBuildError, BundleError, BundleVersionError
from ...packing.private_folders import private_folder
from ...pipeline.build import build
from ...pipeline.build_options import BuildOptions, BundleIdentity
from ...processes.paused_collector import paused_collector
from ..commits import (
    Commit,
    commit_name,
    read_commit,
)
from ..shard_outcomes.outcome_reading import read_shard_outcome
from ..shard_task import ShardTask
from ..storage import Storage
from .shard_files import store_bundle, write_tables
from .shard_report import ShardReport
from .source_files import check_read, check_unchanged, open_sources
from .task_threads import task_threads


def run_shard(task: ShardTask) -> ShardReport:
    """Build a shard, unless it is committed; the same task gives the same files wherever and how often it runs.

    Everything is made in a private folder, in TMPDIR, that is removed at the end. Files are written to the dataset when
    they are complete, the commit last.

    Raises:
        BundleVersionError: another release planned the task.
        BundleBuildError: a source has changed since it was planned, or cannot be read, or something could not be written.
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


@paused_collector()
def _build(task: ShardTask, storage: Storage) -> Commit:
    """Build the shard, and commit it; return the commit, which may be that of another process that was faster."""
    with private_folder("wink-shard-") as scratch:
        options = BuildOptions(
            jobs=task.jobs,
            labels=dict(task.labels),
            identity=identity_of(task),
            tells_evaluations_apart=False,
            is_synced=False,
        )
        sources = open_sources(task.sources, scratch / "sources")
        bundle = scratch / "bundle.db"
        summary = build(sources, bundle, options, source_directory=task.source_directory, may_be_empty=True)
        if summary.changed:
            raise BundleBuildError(f"{summary.changed[0][0]}: has changed while it was read; run dataset build again")
        check_unchanged(task.sources)
        check_read(summary.artifacts)
        with task_threads() as threads:
            packed = threads.packing.submit(store_bundle, bundle, task.shard_id, storage) if task.keeps_bundle else None
            tables, ledger, results = write_tables(bundle, task.shard_id, storage, scratch, threads.encoding)
            outcome = read_shard_outcome(bundle)
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
            outcome=outcome,
            bundle=None if packed is None else packed.result(),
            replaces=task.replaces,
        )
    if storage.create(commit_name(task.shard_id), commit.as_json):
        return commit
    found = read_commit(storage, task.shard_id)
    if found is None:
        raise BundleError(f"shard {task.shard_id}: its commit exists and cannot be read")
    return found
