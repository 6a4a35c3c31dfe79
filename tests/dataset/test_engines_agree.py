"""An evaluation of many runs, built by processes of this machine, by Dask and by Ray: the same files, byte for byte.

`tox run -e engines` builds 1,000 runs; WINK_ENGINE_SOURCE names a folder of real zips that are built instead.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support.dataset_files import hashes
from support.engine_faults import ENGINE_RUNS
from support.many_runs import EVALUATION, write_many_runs

from wink_debug_bundle import Dataset

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # warnings of the engines are not ours

SHARD_BYTES = 1 << 20
"""Bytes of sources of each shard: 1,000 runs make some twenty."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return a folder of so many runs."""
    if named := os.environ.get("WINK_ENGINE_SOURCE"):
        return Path(named)
    folder = tmp_path_factory.mktemp("runs")
    each = len([*EVALUATION.rglob("*.zip")])
    write_many_runs(folder, -(-ENGINE_RUNS // each))
    for path in sorted(folder.rglob("*.zip"))[ENGINE_RUNS:]:
        path.unlink()
    return folder


@pytest.fixture(scope="module")
def local(engine_named, runs, tmp_path_factory):
    """Return the dataset that processes of this machine build, which has all runs, once."""
    return built(engine_named("local"), runs, tmp_path_factory.mktemp("local") / "dataset")


def built(engine, runs, output):
    """Build a dataset of the runs on an engine, and return it."""
    done = Dataset.build(runs, output, executor=engine.executor, jobs=2, shard_bytes=SHARD_BYTES)
    assert (done.failures, done.others_count, done.committed_count) == ((), 0, 0)
    return output


def test_all_runs(runs, local):
    """The dataset has each run once."""
    opened = Dataset.open(local)
    count = len([*runs.rglob("*.zip")])
    assert (opened.totals.source_count, opened.totals.rows["runs"]) == (count, count)
    assert opened.verify(against=runs).findings == ()


@pytest.mark.parametrize("name", ["dask", "ray"])
def test_same_files(engine_named, runs, local, tmp_path, name):
    """An engine writes the same Parquet files, commits, bundles and plans."""
    output = built(engine_named(name), runs, tmp_path / "dataset")
    assert hashes(output) == hashes(local)
