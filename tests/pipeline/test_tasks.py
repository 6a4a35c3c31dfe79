"""Tasks put small pieces together; their transactions depend on the source alone."""

from __future__ import annotations

import itertools
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.large_artifacts import log_lines, noise, write_archive

from wink_debug_bundle.artifacts.discovery import describe
from wink_debug_bundle.artifacts.source import Source
from wink_debug_bundle.artifacts.split_reader import Split, SplitReader
from wink_debug_bundle.column_values import ArtifactKind, Compression
from wink_debug_bundle.pipeline.planning import splitting, tasks
from wink_debug_bundle.pipeline.planning.plan import Artifact
from wink_debug_bundle.pipeline.planning.tasks import Task, in_tasks

SOURCE = Source(Path("a"), "a", ArtifactKind.LOGS, Compression.NONE, 0, 0)
SIZES = st.lists(st.integers(0, 60), max_size=30)


def pieces_of(sizes):
    """Pieces of these sizes, of one artifact each."""
    return [Split(number, SOURCE, None, Path(), size) for number, size in enumerate(sizes)]


class TestInTasks:
    """How pieces are put together."""

    @given(SIZES, st.integers(1, 50))
    def test_each_piece_once_and_in_order(self, sizes, group):
        """The tasks' pieces, one task after the other, are the pieces; numbers ascend from where they stood."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tasks, "GROUP_BYTES", group)
            found = list(in_tasks(pieces_of(sizes), itertools.count(5)))
        assert [split for task in found for split in task.splits] == pieces_of(sizes)
        assert [task.number for task in found] == list(range(5, 5 + len(found)))

    @given(SIZES, st.integers(1, 50))
    def test_small_pieces_are_together(self, sizes, group):
        """A task of several pieces is no larger than a transaction, and could not have taken the next one."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tasks, "GROUP_BYTES", group)
            found = list(in_tasks(pieces_of(sizes), itertools.count()))
        totals = [sum(split.compressed_bytes for split in task.splits) for task in found]
        for task, total in zip(found, totals, strict=True):
            assert len(task.splits) == 1 or total <= group
        for total, following in itertools.pairwise(zip(found, totals, strict=True)):
            assert total[1] + following[0].splits[0].compressed_bytes > group

    def test_numbers_go_on(self):
        """Two calls with one counter give no number twice."""
        numbers = itertools.count()
        first = list(in_tasks(pieces_of([1]), numbers))
        assert [task.number for task in [*first, *in_tasks(pieces_of([1]), numbers)]] == [0, 1]

    def test_artifacts(self):
        """A task knows the artifacts that it reads of."""
        assert Task(0, tuple(pieces_of([1, 2, 3]))).artifact_ids == {0, 1, 2}


class TestGroups:
    """What is written in one transaction."""

    @pytest.fixture
    def task(self, tmp_path):
        """A task with small and large members, the same bytes twice, and a log."""
        large = noise(18 << 20, 3)
        write_archive(
            tmp_path / "a.zip",
            {"one": large, "two": large, "small": noise(5000, 1), "three": large[1:], "small again": noise(5000, 1)},
        )
        (tmp_path / "b.log").write_bytes(log_lines(1000))
        sources = [describe(path, path.name) for path in sorted(tmp_path.iterdir())]
        artifacts = [Artifact(number, source) for number, source in enumerate(sources, 1) if source is not None]
        return Task(
            0, tuple(split for artifact in artifacts for split in splitting.splits_of(artifact, None, tmp_path))
        )

    def test_what_a_worker_has_seen_changes_nothing(self, task):
        """A worker that has read the same bytes before makes as many transactions of the same size as a new one.

        So a second try of a task, by another worker, goes on where the first one stopped.
        """
        with closing(SplitReader()) as reader:
            first, second = (list(map(_outline, tasks._groups(reader, task))) for _ in range(2))
        assert len(first) > 4
        assert second == first

    def test_no_transaction_holds_a_large_member(self, task):
        """A blob that does not compress is written in several transactions of bounded size."""
        with closing(SplitReader()) as reader:
            held = [_chunk_bytes(group) for group in tasks._groups(reader, task)]
        assert sum(held) > 36 << 20
        assert max(held) < 26 << 20


def _outline(group):
    """What the account of a transaction is made of."""
    return [(batch.artifact_id, batch.line_count, batch.record_count, batch.source_bytes) for batch in group]


def _chunk_bytes(group):
    return sum(len(row[2]) for batch in group for row in batch.rows.get("blob_chunks", ()))
