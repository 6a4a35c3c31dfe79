"""Builds and compactions of one dataset at the same time: whatever comes first, nothing is lost and nothing is twice."""

from __future__ import annotations

import pytest
from support.case_selection import mostly_slow
from support.dataset_files import build_here
from support.meanwhile import at_operation

from wink_debug_bundle import DamagedBundleError, Dataset
from wink_debug_bundle.dataset.shard_planning.frozen_plan import read_steps

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")

PAIRS = 16_000
"""Bytes of sources with which two shards at a time are put together."""

ANNOUNCED = ("create", 1, "before")
COMMITTED = ("create", 2, "before")
REMOVED = ("remove", 1, "before")
"""Moments of a compaction: before it announces its first shard, before it commits that, before it removes the old ones."""

MOMENTS = [("put", 1, "before"), ANNOUNCED, COMMITTED, REMOVED, ("remove", 40, "after"), ("create", 3, "before")]


def change(source):
    """Change the first run, so that its shard has to be built again."""
    first = min(source.rglob("*.zip"))
    first.write_bytes(first.read_bytes() + b"\0")


def assert_once(dataset):
    """Assert that each of the six runs counts once."""
    totals = Dataset.open(dataset).totals
    assert (totals.source_count, totals.rows["runs"], totals.missing_count) == (6, 6, 0)


def assert_settled(source, dataset):
    """Assert that the next build has nothing left to do in the end, that all is there once, and is sound."""
    build_here(source, dataset)
    assert build_here(source, dataset).reports == ()
    assert_once(dataset)
    assert Dataset.open(dataset).verify(against=source).findings == ()


@pytest.mark.parametrize("moment", mostly_slow(MOMENTS, [ANNOUNCED, COMMITTED]))
def test_build_meanwhile(source, tmp_path, monkeypatch, moment):
    """A build replaces a shard while it is put together with others."""
    dataset = tmp_path / "dataset"
    build_here(source, dataset)
    change(source)
    results = at_operation(monkeypatch, *moment, lambda: build_here(source, dataset).failures)
    done = Dataset.compact(dataset, shard_bytes=PAIRS)
    assert results == [()]
    assert done.given_up == (moment in (MOMENTS[0], ANNOUNCED))
    assert_once(dataset)
    Dataset.compact(dataset, shard_bytes=PAIRS)
    assert_settled(source, dataset)


@pytest.mark.parametrize("moment", mostly_slow(MOMENTS, [ANNOUNCED, REMOVED]))
@pytest.mark.parametrize("size", mostly_slow([PAIRS, 1 << 30], [1 << 30]))
def test_two_compactions(source, tmp_path, monkeypatch, moment, size):
    """Two compactions, into the same or into other shards, agree on one result."""
    dataset = tmp_path / "dataset"
    build_here(source, dataset)
    results = at_operation(monkeypatch, *moment, lambda: Dataset.compact(dataset, shard_bytes=size).given_up)
    Dataset.compact(dataset, shard_bytes=PAIRS)
    assert results == [0]
    assert_once(dataset)
    assert_settled(source, dataset)


@pytest.mark.parametrize(
    "moment", mostly_slow([("create", 1, "before"), ("create", 2, "before")], [("create", 1, "before")])
)
def test_compaction_meanwhile(source, tmp_path, monkeypatch, moment):
    """Shards are put together while a build plans to replace one, or builds what replaces it."""
    dataset = tmp_path / "dataset"
    build_here(source, dataset)
    change(source)
    results = at_operation(monkeypatch, *moment, lambda: Dataset.compact(dataset, shard_bytes=PAIRS).given_up)
    assert build_here(source, dataset).failures == ()
    assert results == [0]
    assert_once(dataset)
    assert_settled(source, dataset)


def test_killed_after_the_announcement(source, tmp_path, monkeypatch):
    """What was announced and not committed is built again with the others if a run changes, else put together later."""
    dataset = tmp_path / "dataset"
    build_here(source, dataset)

    def kill():
        raise KeyboardInterrupt

    at_operation(monkeypatch, *COMMITTED, kill)
    with pytest.raises(KeyboardInterrupt):
        Dataset.compact(dataset, shard_bytes=PAIRS)
    monkeypatch.undo()
    assert_settled(source, dataset)
    done = Dataset.compact(dataset, shard_bytes=1 << 30)
    assert (done.before, done.after, done.given_up) == (6, 2, 0)
    assert_settled(source, dataset)


@pytest.mark.parametrize(
    ("old", "new"), [('"joined-', '"../'), ('"shard": "joined-', f'"shard": "joined-{"0" * 32}", "old": "')]
)
def test_damaged_announcement(source, tmp_path, old, new):
    """A step that announces another shard than the one that is put together from its members is damaged."""
    dataset = tmp_path / "dataset"
    build_here(source, dataset)
    Dataset.compact(dataset)
    step = dataset / "_plan" / "step-000002.json"
    step.write_text(step.read_text().replace(old, new))
    with pytest.raises(DamagedBundleError, match=step.name):
        read_steps(Dataset.open(dataset).storage)
