"""Group splits into tasks, and run a task: read its splits, wait for its turn, write the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from ...artifacts.split_reader import Split, SplitReader
from ...batch import Batch
from ...database.writing import GroupWriter, Written
from ...derive.run_calls import with_calls

GROUP_BYTES = 7 << 20
"""Source bytes that one transaction writes: large enough that its fixed cost does not matter, small enough for memory.

A little less than a block, because a block of a member may be shorter by a line.
"""

SPLIT_BYTES = 32 << 10
"""What a split costs beside its bytes, as bytes: it is opened, and its rows are written. So tasks of many small files or
runs take no longer than others, and workers share them evenly.
"""

READ_AHEAD_BYTES = 32 << 20
"""Source bytes that a worker reads before its turn to write; it reads the rest of its task while it writes."""


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


def run_task(
    writer: GroupWriter,
    reader: SplitReader,
    task: Task,
    wait_for_turn: Callable[[], Mapping[int, int]],
    report: Callable[[list[Written]], None],
) -> None:
    """Read the task's splits and write their batches, one transaction for each group of batches.

    Args:
        writer: Writes to the bundle under construction.
        reader: Reads the splits.
        task: What to read.
        wait_for_turn: Waits until all earlier tasks are written; returns the number of lines written of each artifact.
        report: Called with the counts of each transaction.

    Raises:
        apsw.Error: a transaction failed and was rolled back.
    """
    groups = enumerate(_groups(reader, task))
    read_ahead = list(_read_ahead(groups))
    lines = dict(wait_for_turn())
    while read_ahead:
        index, group = read_ahead.pop(0)
        report(writer.write(group, lines, task=task.number, group=index))
    for index, group in groups:
        report(writer.write(group, lines, task=task.number, group=index))


def _read_ahead(groups: Iterator[tuple[int, list[Batch]]]) -> Iterator[tuple[int, list[Batch]]]:
    """Yield the groups that are kept in memory while the worker waits for its turn."""
    size = 0
    while size < READ_AHEAD_BYTES and (group := next(groups, None)) is not None:
        size += sum(batch.weight for batch in group[1])
        yield group


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
    """Yield the task's batches; those of a run that it has whole are followed by a batch with the run's calls."""
    for run_id, splits in groupby(task.splits, attrgetter("run_id")):
        batches = (batch for split in splits for batch in reader.read(split))
        is_whole = run_id in task.runs.ids
        yield from with_calls(batches, run_id, own_session_only=task.runs.are_sessions_shared) if is_whole else batches
