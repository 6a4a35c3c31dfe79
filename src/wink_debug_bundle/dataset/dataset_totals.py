"""Add up what the commits of a dataset say, without opening a Parquet file."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..errors import DamagedBundleError
from ..explore.outcome import Outcome
from .asking.duckdb_tables import id_bases
from .commits import Commit, LedgerSum
from .dataset_opening import check_any
from .parquet_tables import stored_tables
from .shard_outcomes.outcome_adding import all_together
from .shard_outcomes.run_copies import copied_count
from .storage import Storage


@dataclass(frozen=True, slots=True)
class DatasetTotals:
    """What all committed shards hold together.

    Attributes:
        shard_count: Number of committed shards.
        missing_count: Number of planned shards that are not committed.
        source_count: Number of files that were read.
        source_bytes: Their bytes.
        results: How many runs and samples ended in which way.
        rows: Number of rows of each table that has any.
        ledger: What became of all lines and members, by status.
        incomplete_count: Number of artifacts that could not be read completely.
        table_bytes: Bytes of the Parquet files.
        bundle_bytes: Bytes of the bundles.
        left_out: Number of reasons of failures, tools and other names that commits do not list, as there are so many.
        copied_count: Number of runs that are copies of runs of other shards; each copy counts.
    """

    shard_count: int
    missing_count: int
    source_count: int
    source_bytes: int
    results: Mapping[str, int]
    rows: Mapping[str, int]
    ledger: Mapping[str, LedgerSum]
    incomplete_count: int
    table_bytes: int
    bundle_bytes: int
    left_out: int
    copied_count: int


def totals_of(commits: Sequence[Commit], missing_count: int) -> DatasetTotals:
    """Return the sums over the commits that count."""
    results: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for commit in commits:
        results.update(commit.results)
        rows.update({name: table.rows for name, table in commit.tables.items()})
    return DatasetTotals(
        len(commits),
        missing_count,
        sum(commit.source_count for commit in commits),
        sum(commit.source_bytes for commit in commits),
        dict(sorted(results.items())),
        {name: rows[name] for name in stored_tables() if rows[name]},
        _ledger(commits),
        sum(commit.incomplete_count for commit in commits),
        sum(table.bytes for commit in commits for table in commit.tables.values()),
        sum(commit.bundle.bytes for commit in commits if commit.bundle is not None),
        sum(commit.outcome.left_out for commit in commits),
        copied_count(commit.outcome.run_marks for commit in commits),
    )


def outcome_of(storage: Storage, commits: Sequence[Commit]) -> Outcome:
    """Return how everything in the shards ended.

    Raises:
        InvalidBundleError: there are none.
        DamagedBundleError: commits hold what no bundle has.
    """
    check_any(storage, commits)
    bases = [bases["artifacts"] for _, bases in id_bases(commits, ["artifacts"])]
    try:
        return all_together([commit.outcome for commit in commits], bases)
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        raise DamagedBundleError(
            f"{storage.shown}: commits hold what no bundle has: {error}; see: dataset verify"
        ) from error


def _ledger(commits: Iterable[Commit]) -> dict[str, LedgerSum]:
    """Return the sums of the ledgers, by status."""
    items: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for commit in commits:
        items.update({status: each.items for status, each in commit.ledger.items()})
        sizes.update({status: each.bytes for status, each in commit.ledger.items()})
    return {status: LedgerSum(items[status], sizes[status]) for status in sorted(items)}
