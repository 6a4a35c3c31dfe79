"""A dataset whose bundles are redacted, with the Parquet files and the commits that redacted bundles have."""

from __future__ import annotations

import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from wink_debug_bundle import Dataset, redact
from wink_debug_bundle.dataset.commits import Commit, bundle_file_name
from wink_debug_bundle.dataset.shard_outcomes.outcome_reading import read_shard_outcome
from wink_debug_bundle.dataset.shard_work.shard_files import store_bundle, write_tables
from wink_debug_bundle.dataset.shard_work.task_threads import task_threads
from wink_debug_bundle.dataset.storage import Storage
from wink_debug_bundle.packing.bundle_file import BundleFile


def redact_shards(dataset: Path) -> None:
    """Put redacted bundles, and what is made of them, in the place of all shards."""
    opened = Dataset.open(dataset)
    for commit in opened.commits:
        with tempfile.TemporaryDirectory() as folder:
            changed = _redacted(opened.storage, commit, Path(folder))
        (dataset / commit.name).write_bytes(changed.as_json)


def _redacted(storage: Storage, commit: Commit, folder: Path) -> Commit:
    """Write the files of a redacted shard; return its commit."""
    bundle = folder / "bundle.db"
    with closing(BundleFile.open(Path(storage.path(bundle_file_name(commit.shard))))) as file:
        done = redact(file.database, bundle)
    with task_threads() as threads:
        tables, ledger, results = write_tables(bundle, commit.shard, storage, folder, threads.encoding)
    stored = store_bundle(bundle, commit.shard, storage)
    assert done.digest is not None
    changed = replace(commit, digest=done.digest, bundle=stored, outcome=read_shard_outcome(bundle))
    return replace(changed, tables=tables, ledger=ledger, results=results)
