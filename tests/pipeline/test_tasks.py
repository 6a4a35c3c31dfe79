"""A task holds several small splits, and its transactions depend only on the source."""

from __future__ import annotations

import itertools
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.large_artifacts import log_lines, random_bytes, write_archive

from wink_debug_bundle.artifacts.discovery import describe
from wink_debug_bundle.artifacts.source import Source
from wink_debug_bundle.artifacts.split_reader import Split, SplitReader
from wink_debug_bundle.column_values import ArtifactKind, Compression
from wink_debug_bundle.pipeline.planning import splitting, tasks
from wink_debug_bundle.pipeline.planning.plan import Artifact
from wink_debug_bundle.pipeline.planning.tasks import Task, in_tasks

SOURCE = Source(Path("a"), "a", ArtifactKind.LOGS, Compression.NONE, 0, 0)
SIZES = st.lists(st.integers(0, 60), max_size=30)


RUNS = st.lists(st.tuples(st.sampled_from([None, 1, 2, 3]), st.integers(0, 60)), max_size=30)


def splits_of(sizes):
    """Return splits of these sizes, each of another artifact."""
    return [Split(number, SOURCE, None, Path(), size) for number, size in enumerate(sizes)]


def splits_of_runs(pairs):
    """Return splits, each given with the id of its run."""
    return [Split(number, SOURCE, None, Path(), size, run_id=run) for number, (run, size) in enumerate(pairs)]


class TestInTasks:
    """The grouping of splits into tasks."""

    @given(SIZES, st.integers(1, 50))
    def test_each_split_once_and_in_order(self, sizes, group):
        """The splits of all tasks, in order, are the given splits with ascending numbers."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tasks, "GROUP_BYTES", group)
            patch.setattr(tasks, "SPLIT_BYTES", 0)
            found = list(in_tasks(splits_of(sizes), itertools.count(5)))
        assert [split for task in found for split in task.splits] == splits_of(sizes)
        assert [task.number for task in found] == list(range(5, 5 + len(found)))

    @given(SIZES, st.integers(1, 50))
    def test_small_splits_are_together(self, sizes, group):
        """A task of several splits is no larger than a transaction, and has no room for the next split."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tasks, "GROUP_BYTES", group)
            patch.setattr(tasks, "SPLIT_BYTES", 0)
            found = list(in_tasks(splits_of(sizes), itertools.count()))
        totals = [sum(split.compressed_bytes for split in task.splits) for task in found]
        for task, total in zip(found, totals, strict=True):
            assert len(task.splits) == 1 or total <= group
        for total, following in itertools.pairwise(zip(found, totals, strict=True)):
            assert total[1] + following[0].splits[0].compressed_bytes > group

    @given(RUNS, st.integers(1, 100))
    def test_run_is_not_cut(self, pairs, group):
        """A run that fits into a task is in one, and each split is in one task, in order."""
        splits = splits_of_runs(pairs)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tasks, "GROUP_BYTES", group)
            patch.setattr(tasks, "SPLIT_BYTES", 0)
            found = list(in_tasks(iter(splits), itertools.count()))
        assert [split for task in found for split in task.splits] == splits
        task_of = {split.artifact_id: task.number for task in found for split in task.splits}
        for run_id, of_run in itertools.groupby(splits, lambda split: split.run_id):
            members = list(of_run)
            if run_id is not None and sum(split.compressed_bytes for split in members) <= group:
                assert len({task_of[split.artifact_id] for split in members}) == 1

    def test_large_run_is_shared(self, monkeypatch):
        """A run that is larger than a task is read by several workers."""
        monkeypatch.setattr(tasks, "GROUP_BYTES", 10)
        monkeypatch.setattr(tasks, "SPLIT_BYTES", 0)
        found = list(in_tasks(splits_of_runs([(1, 4), (1, 5), (1, 6), (2, 3)]), itertools.count()))
        assert [[split.compressed_bytes for split in task.splits] for task in found] == [[4, 5], [6, 3]]

    def test_many_small_splits(self):
        """Very small splits are shared among tasks as well, as each takes time beside its bytes."""
        found = list(in_tasks(splits_of([100] * 1000), itertools.count()))
        assert 3 <= len(found) <= 10

    def test_numbers_go_on(self):
        """Two calls with one counter never give the same number."""
        numbers = itertools.count()
        first = list(in_tasks(splits_of([1]), numbers))
        assert [task.number for task in [*first, *in_tasks(splits_of([1]), numbers)]] == [0, 1]

    def test_artifacts(self):
        """A task knows which artifacts it reads."""
        assert Task(0, tuple(splits_of([1, 2, 3]))).artifact_ids == {0, 1, 2}


class TestGroups:
    """The rows written in one transaction."""

    @pytest.fixture
    def task(self, tmp_path):
        """Return a task with small and large members, duplicate bytes, and a log."""
        large = random_bytes(18 << 20, 3)
        write_archive(
            tmp_path / "a.zip",
            {
                "one": large,
                "two": large,
                "small": random_bytes(5000, 1),
                "three": large[1:],
                "small again": random_bytes(5000, 1),
            },
        )
        (tmp_path / "b.log").write_bytes(log_lines(1000))
        sources = [describe(path, path.name) for path in sorted(tmp_path.iterdir())]
        artifacts = [Artifact(number, source) for number, source in enumerate(sources, 1) if source is not None]
        return Task(
            0, tuple(split for artifact in artifacts for split in splitting.splits_of(artifact, None, tmp_path))
        )

    def test_earlier_work_changes_nothing(self, task):
        """A worker that has read the same bytes before makes the same transactions as a new one.

        Therefore another worker can continue a task where the first one stopped.
        """
        with closing(SplitReader()) as reader:
            first, second = (list(map(_outline, tasks._groups(reader, task))) for _ in range(2))
        assert len(first) > 4
        assert second == first

    def test_no_transaction_holds_a_large_member(self, task):
        """An incompressible blob is written in several transactions of bounded size."""
        with closing(SplitReader()) as reader:
            held = [_chunk_bytes(group) for group in tasks._groups(reader, task)]
        assert sum(held) > 36 << 20
        assert max(held) < 26 << 20


def _outline(group):
    """Return the values that describe a transaction."""
    return [(batch.artifact_id, batch.line_count, batch.record_count, batch.source_bytes) for batch in group]


def _chunk_bytes(group):
    return sum(len(row[2]) for batch in group for row in batch.rows.get("blob_chunks", ()))
