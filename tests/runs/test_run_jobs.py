"""Runs are read in the same way by one process and by any number of workers."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.artifact_samples import ROOT, column
from support.bundle_comparison import table_rows

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts import split_reader
from wink_debug_bundle.database.shared_text import ENTRIES, FILES
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.planning import splitting, tasks

RELEASE = ROOT / "fixtures" / "wink-0.27.0"


def bundle_of(output: Path, jobs: int, *, group_bytes: int, block_bytes: int = 8 << 20) -> Path:
    """Build a bundle of the release's runs with the number of workers, in tasks of about the given size.

    Logs and snapshots of more than `block_bytes` are split, also those in zips.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "BLOCK_BYTES", block_bytes)
        patch.setattr(split_reader, "BLOCK_BYTES", block_bytes)
        patch.setattr(build, "POOL_BYTES", 0)  # workers read even small artifacts
        patch.setattr(tasks, "GROUP_BYTES", group_bytes)
        DebugBundle.from_directory(RELEASE, output=output, recursive=True, jobs=jobs).close()
    return output


@pytest.fixture(scope="module")
def one_process_bundle(tmp_path_factory):
    """Return the bundle that this process makes in a few large tasks."""
    return bundle_of(tmp_path_factory.mktemp("alone") / "b.db", 1, group_bytes=8 << 20)


@pytest.mark.parametrize(("jobs", "group_bytes"), [(2, 8 << 20), (2, 1), (3, 20_000)])
def test_every_table_is_the_same(one_process_bundle, tmp_path, jobs, group_bytes):
    """All rows of all tables have the same ids and values, whatever the number of jobs and tasks."""
    expected, found = (
        table_rows(one_process_bundle),
        table_rows(bundle_of(tmp_path / "b.db", jobs, group_bytes=group_bytes)),
    )
    assert [table for table in expected if found[table] != expected[table]] == []
    assert expected.keys() == found.keys()


@pytest.fixture(scope="module")
def one_process_bundle_of_splits(tmp_path_factory):
    """Return the bundle that this process makes if every log has many splits."""
    return bundle_of(tmp_path_factory.mktemp("cuts") / "b.db", 1, group_bytes=8 << 20, block_bytes=5000)


@pytest.mark.parametrize(("jobs", "group_bytes"), [(2, 1), (3, 2000)])
def test_workers_share_members(one_process_bundle_of_splits, tmp_path, jobs, group_bytes):
    """A log within a zip is read by several workers, with the same result."""
    found = table_rows(bundle_of(tmp_path / "b.db", jobs, group_bytes=group_bytes, block_bytes=5000))
    expected = table_rows(one_process_bundle_of_splits)
    assert [table for table in expected if found[table] != expected[table]] == []


def test_splits_do_not_change_rows(one_process_bundle, one_process_bundle_of_splits):
    """Splits of logs do not change the imported rows; the ledger has a range for each split, and another digest.

    Facts that only neighbouring records reveal, such as a call's session, may be missing at a split.
    """
    whole, cut = table_rows(one_process_bundle), table_rows(one_process_bundle_of_splits)
    assert {table for table in whole if cut[table] != whole[table]} == {"ledger", "calls", "digests"}
    assert {name for _, name, *_ in {*whole["digests"]} ^ {*cut["digests"]}} == {"ledger", "calls"}
    assert len(whole["calls"]) == len(cut["calls"])


def test_tables_of_runs_are_filled(one_process_bundle):
    """The compared tables have rows."""
    rows = table_rows(one_process_bundle)
    for table in ("runs", "run_members", "environment", "entries", "calls"):
        assert rows[table], table
    assert rows.get(FILES) or rows.get(ENTRIES)


def test_nothing_of_the_build_is_left(one_process_bundle):
    """Tables that only a build needs are not in the bundle."""
    names = set(column(one_process_bundle, "SELECT name FROM sqlite_schema"))
    assert not names & {"call_fragments", "build_progress"}
