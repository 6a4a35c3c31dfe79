"""Tasks that run twice at once, and machines whose clocks are wrong: the same files, with the same ids."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from support.dataset_files import EVALUATION, build_here, hashes
from support.skewed_clock import needs_faketime, skewed

from wink_debug_bundle import Dataset, run_shard
from wink_debug_bundle.dataset.executors.process_executor import ProcessExecutor
from wink_debug_bundle.dataset.shard_planning.frozen_plan import read_plan, read_steps
from wink_debug_bundle.dataset.storage import Storage

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")

pytestmark = pytest.mark.filterwarnings("default")  # those of moto and of botocore are not ours


def planned(source, place):
    """Plan a dataset without building a shard of it, and return its tasks."""
    assert build_here(source, place, shard="100000/100000").reports == ()
    storage = Storage.open(str(place))
    (step,) = read_steps(storage)
    return list(read_plan(storage, step).tasks(storage.url))


def run_twice(tasks):
    """Run each task in two processes at once, and check that both say the same."""
    executor = ProcessExecutor(2)
    for task in tasks:
        first, second = [executor.submit(run_shard, task) for _ in range(2)]
        assert first.result().commit == second.result().commit
    executor.shutdown()


def test_tasks_twice_at_once(whole, tmp_path):
    """Two processes that build one shard at the same time write the files that one writes."""
    run_twice(planned(EVALUATION, tmp_path / "dataset")[:3])
    build_here(EVALUATION, tmp_path / "dataset")
    assert hashes(tmp_path / "dataset") == hashes(whole)


def test_tasks_twice_at_once_on_s3(s3_address, tmp_path):
    """The same on object storage: of two commits, the first one stays."""
    s3fs = pytest.importorskip("s3fs", reason="tox run -e engines installs s3fs")
    place = "s3://evaluations/twice"
    run_twice(planned("s3://evaluations/target", place)[:2])
    for each in (place, "s3://evaluations/undisturbed"):
        assert build_here("s3://evaluations/target", each).failures == ()
    for name in ("twice", "undisturbed"):
        s3fs.S3FileSystem().get(f"evaluations/{name}/", str(tmp_path / name), recursive=True)
    assert hashes(tmp_path / "twice") == hashes(tmp_path / "undisturbed")
    assert Dataset.open(place).verify(against="s3://evaluations/target").findings == ()


RUN = "import pickle, sys; from wink_debug_bundle import run_shard; run_shard(pickle.load(sys.stdin.buffer))"


@needs_faketime
@pytest.mark.slow
def test_wrong_clocks(whole, tmp_path):
    """Each shard is built by a machine whose clock is off by another time, in another order."""
    tasks = planned(EVALUATION, tmp_path / "dataset")
    offsets = ("-9y", "+5h", "+20y")
    for offset, task in zip(offsets, reversed(tasks), strict=False):
        environment = {**os.environ, **skewed(offset)}
        subprocess.run([sys.executable, "-c", RUN], input=pickle.dumps(task), env=environment, check=True)
    assert len(Dataset.open(tmp_path / "dataset").commits) == len(offsets)
    build_here(EVALUATION, tmp_path / "dataset")
    assert hashes(tmp_path / "dataset") == hashes(whole)
    assert Dataset.open(tmp_path / "dataset").verify(against=EVALUATION).findings == ()


@needs_faketime
@pytest.mark.slow
def test_clocks_are_wrong():
    """The processes of these tests see other times than this one."""
    code = "import time; print(time.time())"
    seen = subprocess.check_output([sys.executable, "-c", code], env={**os.environ, **skewed("-9y")})
    assert float(seen) < time.time() - 8 * 365 * 86400


def test_clock_that_runs_backwards(whole, tmp_path, monkeypatch):
    """Where Python's clock runs backwards by a year at each look, the files are the same."""
    now = [2e9]

    def backwards():
        now[0] -= 365 * 86400
        return max(now[0], 0.0)

    class Backwards(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.fromtimestamp(backwards(), tz or UTC)

    monkeypatch.setattr(time, "time", backwards)
    monkeypatch.setattr(time, "time_ns", lambda: int(backwards()) * 10**9)
    monkeypatch.setattr("wink_debug_bundle.pipeline.build.datetime", Backwards)
    build_here(EVALUATION, tmp_path / "dataset")
    monkeypatch.undo()
    assert hashes(tmp_path / "dataset") == hashes(whole)
