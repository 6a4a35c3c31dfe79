"""Build small datasets of real artifacts, and read their Parquet files."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from support.artifact_samples import FIXTURES
from wink_debug_bundle import Dataset, DatasetBuild, DebugBundle, Outcome
from wink_debug_bundle.dataset.shard_task import ShardSource

EVALUATION = FIXTURES.parent / "wink-0.27.0" / "evaluation"
"""Six runs of the real library."""

SMALL_SHARDS = 8_000
"""Bytes of sources with which these runs make several shards."""


class HereExecutor(Executor):
    """Runs each task at once in this process, where coverage and debuggers see it; `given` counts them."""

    def __init__(self) -> None:
        self.given = 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run the function, and return a future that is done."""
        self.given += 1
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it raises is the future's
            future.set_exception(error)
        return future


def build_here(source: Path, output: Path, **options: Any) -> DatasetBuild:
    """Build a dataset of small shards in this process."""
    settings = {"executor": HereExecutor(), "shard_bytes": SMALL_SHARDS, **options}
    return Dataset.build(source, output, **settings)


def hashes(folder: Path) -> Mapping[str, str]:
    """Return the SHA-256 of each file below a folder, by its path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def committed_files(dataset: Path, table: str) -> Iterator[Path]:
    """Yield the Parquet files of a table of the committed shards."""
    for commit in Dataset.open(dataset).commits:
        if table in commit.tables:
            yield dataset / table / f"shard={commit.shard}.parquet"


def listed(name: str, size: int = 10, etag: str = "1") -> ShardSource:
    """Return a file as a listing describes it."""
    return ShardSource("memory:///in/", name, size, etag, 1_700_000_000_000_000_000)


def same_files(bundle: DebugBundle, folder: Path, copy: Path) -> Path:
    """Copy a folder, with the times of change that the files have in a bundle, as times are part of its digest."""
    shutil.copytree(folder, copy)
    for name, modified in bundle.query("SELECT path, modified_at FROM artifacts WHERE modified_at IS NOT NULL"):
        if (copy / name).is_file():
            since = datetime.fromisoformat(modified) - datetime.fromtimestamp(0, UTC)
            nanoseconds = since // timedelta(microseconds=1) * 1000
            os.utime(copy / name, ns=(nanoseconds, nanoseconds))
    return copy


def rounded(outcome: Outcome) -> Outcome:
    """Return an outcome whose one sum of fractions is rounded, as the last digits depend on the order of a sum."""
    tool = outcome.slowest_tool
    return replace(outcome, slowest_tool=tool and replace(tool, total_ms=round(tool.total_ms, 6)))


def digests_of(bundle: DebugBundle) -> set[tuple[Any, ...]]:
    """Return the digests of all tables but `bundle_meta`, which has an id and a time of its own in each bundle."""
    return {tuple(row) for row in bundle.query("SELECT * FROM digests") if tuple(row)[1] != "bundle_meta"}
