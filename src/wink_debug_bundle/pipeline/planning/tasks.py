"""Group splits into tasks, and run a task: read its splits, then write the rows in its turn."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter

from ...artifacts.split_reader import Split, SplitReader
from ...batch import Batch
from ...column_values import ArtifactKind
from ...database.writing import GroupWriter, Written
from ...derive.run_calls import settled

GROUP_BYTES = 4 << 20
"""Source bytes that one transaction writes: large enough that its fixed cost does not matter, small enough for memory.

A worker may hold the rows of two tasks. A block of lines, which is larger, is a transaction of its own.
"""

SPLIT_BYTES = 32 << 10
"""What a split costs beside its bytes, as bytes: it is opened, and its rows are written. So tasks of many small files or
runs take no longer than others, and workers share them evenly.
"""

_WITH_LOG_RECORDS = (ArtifactKind.LOGS, ArtifactKind.TRANSCRIPT)

READ_AHEAD_BYTES = 32 << 20
"""Source bytes of a task that are read before its turn to write; the rest is read while it is written."""


@dataclass(frozen=True, slots=True)
class WholeRuns:
    """The runs that a task has whole and whose calls depend on nothing else; `are_sessions_shared` by others, perhaps."""

    ids: frozenset[int] = frozenset()
    are_sessions_shared: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """Splits that one worker reads and writes; tasks are written in the order of their numbers."""

    number: int
    splits: tuple[Split, ...]
    runs: WholeRuns = WholeRuns()

    @property
    def artifact_ids(self) -> set[int]:
        """Return the ids of the artifacts that the task reads."""
        return {split.artifact_id for split in self.splits}


def in_tasks(splits: Iterable[Split], numbers: Iterator[int]) -> Iterator[Task]:
    """Yield tasks of neighbouring splits, up to GROUP_BYTES each unless a single split is larger.

    The splits of a run that fit into a task are in one, so that one worker reads all of the run.
    """
    group: list[Split] = []
    size = 0
    for unit in _units(splits):
        cost = _cost(unit)
        if group and size + cost > GROUP_BYTES:
            yield Task(next(numbers), tuple(group))
            group, size = [], 0
        group += unit
        size += cost
    if group:
        yield Task(next(numbers), tuple(group))


def _units(splits: Iterable[Split]) -> Iterator[list[Split]]:
    """Yield the splits that belong together: those of a run that fit into a task, and each other one alone."""
    for run_id, neighbours in groupby(splits, attrgetter("run_id")):
        if run_id is not None and _cost(of_run := list(neighbours)) <= GROUP_BYTES:
            yield of_run
        else:
            yield from ([split] for split in (neighbours if run_id is None else of_run))


def _cost(splits: Iterable[Split]) -> int:
    return sum(split.compressed_bytes + SPLIT_BYTES for split in splits)


class ReadTask:
    """A task whose batches are in memory, as many as READ_AHEAD_BYTES allow; `is_whole` if that is all of them."""

    def __init__(self, reader: SplitReader, task: Task) -> None:
        self.task = task
        self._groups = _groups(reader, task)
        self._read_ahead = deque(_read_ahead(self._groups))
        self.is_whole = sum(_weight(group) for group in self._read_ahead) < READ_AHEAD_BYTES

    def write(self, writer: GroupWriter, lines: Mapping[int, int], report: Callable[[list[Written]], None]) -> None:
        """Write the batches, one transaction for each group, and read what is left of the task meanwhile.

        Args:
            writer: Writes to the bundle under construction.
            lines: The number of lines written so far of each artifact, as all earlier tasks are written.
            report: Called with the counts of each transaction.

        Raises:
            apsw.Error: a transaction failed and was rolled back.
        """
        counts = dict(lines)
        for index, group in enumerate(chain(_emptied(self._read_ahead), self._groups)):
            report(writer.write(group, counts, task=self.task.number, group=index))


def _read_ahead(groups: Iterator[list[Batch]]) -> Iterator[list[Batch]]:
    """Yield the groups that are kept in memory until the task's turn."""
    size = 0
    while size < READ_AHEAD_BYTES and (group := next(groups, None)) is not None:
        size += _weight(group)
        yield group


def _emptied(groups: deque[list[Batch]]) -> Iterator[list[Batch]]:
    """Yield the groups and forget each, so that its memory is free when it is written."""
    while groups:
        yield groups.popleft()


def _weight(group: Iterable[Batch]) -> int:
    return sum(batch.weight for batch in group)


def _groups(reader: SplitReader, task: Task) -> Iterator[list[Batch]]:
    """Yield the task's batches in groups of about GROUP_BYTES; the source alone decides where a group ends."""
    group: list[Batch] = []
    size = 0
    for batch in _batches(reader, task):
        group.append(batch)
        size += batch.weight
        if size >= GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


def _batches(reader: SplitReader, task: Task) -> Iterator[Batch]:
    """Yield the task's batches; those of a run that it has whole are followed by a batch with what is settled of it."""
    logs = {split.artifact_id for split in task.splits if split.source.kind in _WITH_LOG_RECORDS}
    for run_id, splits in groupby(task.splits, attrgetter("run_id")):
        batches = (batch for split in splits for batch in reader.read(split))
        is_whole = run_id in task.runs.ids
        own_only = task.runs.are_sessions_shared
        yield from settled(batches, run_id, logs, own_session_only=own_only) if is_whole else batches
