"""Runs are read alike by this process and by workers, however many there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.artifact_samples import ROOT, column
from support.bundle_comparison import table_rows

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts import split_reader
from wink_debug_bundle.pipeline import build, splitting, tasks

RELEASE = ROOT / "fixtures" / "wink-0.27.0"


def bundle_of(output: Path, jobs: int, *, group_bytes: int, block_bytes: int = 8 << 20) -> Path:
    """A bundle of the release's runs, made by so many workers in tasks of about so many bytes.

    Logs and snapshots of more than `block_bytes` are cut, also those in zips.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(splitting, "BLOCK_BYTES", block_bytes)
        patch.setattr(split_reader, "BLOCK_BYTES", block_bytes)
        patch.setattr(build, "POOL_BYTES", 0)  # small as they are, workers read them
        patch.setattr(tasks, "GROUP_BYTES", group_bytes)
        DebugBundle.from_directory(RELEASE, output=output, recursive=True, jobs=jobs).close()
    return output


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """The bundle that this process makes in a few large tasks."""
    return bundle_of(tmp_path_factory.mktemp("alone") / "b.db", 1, group_bytes=8 << 20)


@pytest.mark.parametrize(("jobs", "group_bytes"), [(2, 8 << 20), (2, 1), (3, 20_000)])
def test_every_table_is_the_same(alone, tmp_path, jobs, group_bytes):
    """All rows of all tables are the same, with the same ids, whatever the number of jobs and tasks."""
    expected, found = table_rows(alone), table_rows(bundle_of(tmp_path / "b.db", jobs, group_bytes=group_bytes))
    assert [table for table in expected if found[table] != expected[table]] == []
    assert expected.keys() == found.keys()


@pytest.fixture(scope="module")
def alone_of_cuts(tmp_path_factory):
    """The bundle that this process makes where every log is cut into many stretches."""
    return bundle_of(tmp_path_factory.mktemp("cuts") / "b.db", 1, group_bytes=8 << 20, block_bytes=5000)


@pytest.mark.parametrize(("jobs", "group_bytes"), [(2, 1), (3, 2000)])
def test_workers_share_members(alone_of_cuts, tmp_path, jobs, group_bytes):
    """One log within a zip is read by several workers, to the same bundle."""
    found = table_rows(bundle_of(tmp_path / "b.db", jobs, group_bytes=group_bytes, block_bytes=5000))
    expected = table_rows(alone_of_cuts)
    assert [table for table in expected if found[table] != expected[table]] == []


def test_cuts_are_not_seen(alone, alone_of_cuts):
    """How logs are cut changes nothing that was read; the ledger has a run of lines for each cut.

    What only the records around a call tell of it, as which session it belongs to, may be parted from it.
    """
    whole, cut = table_rows(alone), table_rows(alone_of_cuts)
    assert {table for table in whole if cut[table] != whole[table]} == {"ledger", "calls"}
    assert len(whole["calls"]) == len(cut["calls"])


def test_tables_of_runs_are_filled(alone):
    """What is compared above holds rows."""
    for table in ("runs", "run_members", "environment", "entries", "calls", "files"):
        assert table_rows(alone)[table], table


def test_nothing_of_the_build_is_left(alone):
    """Tables that only a build needs are gone."""
    names = set(column(alone, "SELECT name FROM sqlite_schema"))
    assert not names & {"call_parts", "build_progress"}
