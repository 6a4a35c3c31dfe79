"""Workers and builds of datasets that are killed at random moments: nothing is missing, nothing is twice, all is the same.

`tox run -e engines` kills 50 workers and 20 builds, of processes of this machine, of Dask and of Ray.
"""

from __future__ import annotations

import functools
import time

import pytest
from support.dataset_files import EVALUATION, SMALL_SHARDS, hashes
from support.engine_faults import (
    DRIVER_KILLS,
    ENGINES,
    WORKER_KILLS,
    assert_undisturbed,
    build_after_a_kill,
    build_with_a_kill,
    cases,
    luck_of,
    start_build,
)
from support.process_table import needs_linux

from wink_debug_bundle import Dataset

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")

pytestmark = [
    needs_linux,
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),
]  # warnings of the engines are not ours


@pytest.fixture(scope="module")
def seconds_of(engine_named, tmp_path_factory):
    """Return a function that returns how many seconds an undisturbed build takes on an engine, in one of two ways."""

    @functools.cache
    def measured(name, way):
        output, began = tmp_path_factory.mktemp(name) / "dataset", time.monotonic()
        way(engine_named(name), output)
        return time.monotonic() - began

    return measured


def build(engine, output):
    """Build a dataset by the API."""
    Dataset.build(EVALUATION, output, executor=engine.executor, jobs=2, shard_bytes=SMALL_SHARDS)


def build_by_command(engine, output):
    """Build a dataset by the command."""
    assert start_build(engine, output).wait() == 0


@pytest.fixture
def scratch(tmp_path):
    """Return a folder for the temporary files of the processes that a test starts."""
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


def left_in(folder):
    """Return the names of folders that shards have left."""
    return [path.name for path in folder.iterdir() if path.name.startswith("wink-shard-")]


@pytest.mark.parametrize(("name", "number"), cases(WORKER_KILLS))
def test_killed_worker(engine_named, seconds_of, whole, tmp_path, name, number):
    """A worker that is killed while it builds a shard fails nothing: the files are those of an undisturbed build."""
    places = []

    def place(attempt):
        places.append(tmp_path / str(attempt))
        return places[-1]

    done = build_with_a_kill(engine_named(name), place, luck_of("worker", number), seconds_of(name, build))
    assert done.failures == ()
    assert_undisturbed(places[-1], hashes(whole))


@pytest.mark.parametrize(("name", "number"), cases(DRIVER_KILLS))
def test_killed_build(engine_named, seconds_of, whole, tmp_path, scratch, monkeypatch, name, number):
    """A build that is killed, and is started again at once, gives the files of an undisturbed one."""
    engine, seconds = engine_named(name), seconds_of(name, build_by_command)
    monkeypatch.setenv("TMPDIR", str(scratch))
    output = build_after_a_kill(engine, lambda each: tmp_path / str(each), luck_of("driver", number), seconds)
    assert_undisturbed(output, hashes(whole))
    assert left_in(scratch) == []


def test_leftovers_of_a_worker(seconds_of, engine_named, tmp_path, scratch, monkeypatch):
    """The private folder of a killed worker is removed by the next shard on the machine."""
    engine, seconds = engine_named("local"), seconds_of("local", build)
    monkeypatch.setenv("TMPDIR", str(scratch))
    build_with_a_kill(engine, lambda each: tmp_path / str(each), luck_of("leftover", 1), seconds)
    build(engine, tmp_path / "next")
    assert left_in(scratch) == []


def test_engines_are_all_killed():
    """With three cases or more, each engine has one."""
    assert {name for name, _ in cases(3)} == {*ENGINES}
