"""What a worker does at a time: read some pieces, wait for its turn, write what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import apsw

from ...artifacts.split_reader import Split, SplitReader
from ...database.writing import Written, write_group
from ...rows import Batch

GROUP_BYTES = 7 << 20
"""Source bytes of one transaction: enough to make its cost vanish, few enough to hold in memory.

A little less than a block, because a member's block may be short by a line.
"""

READ_AHEAD_BYTES = 32 << 20
"""Source bytes that a worker holds while it waits for its turn; it reads on when it has it."""


@dataclass(frozen=True, slots=True)
class Task:
    """Pieces that are read and written together; tasks are written in the order of their numbers."""

    number: int
    splits: tuple[Split, ...]

    @property
    def artifact_ids(self) -> set[int]:
        """The artifacts that it reads of."""
        return {split.artifact_id for split in self.splits}


def in_tasks(splits: Iterable[Split], numbers: Iterator[int]) -> Iterator[Task]:
    """Put pieces together until they make a transaction worth its while, and number the tasks."""
    together: list[Split] = []
    size = 0
    for split in splits:
        if together and size + split.compressed_bytes > GROUP_BYTES:
            yield Task(next(numbers), tuple(together))
            together, size = [], 0
        together.append(split)
        size += split.compressed_bytes
    if together:
        yield Task(next(numbers), tuple(together))


def run_task(
    connection: apsw.Connection,
    reader: SplitReader,
    task: Task,
    turn: Callable[[], Mapping[int, int]],
    report: Callable[[list[Written]], None],
) -> None:
    """Read the task's pieces and write them, a transaction for each group of batches.

    Args:
        connection: The bundle under construction.
        reader: Reads the pieces.
        task: What is read.
        turn: Waits until all tasks before this one are written; returns the lines written of each artifact so far.
        report: Takes what each transaction came to.

    Raises:
        apsw.Error: a transaction failed, and nothing of it was written.
    """
    groups = enumerate(_groups(reader, task))
    ahead = list(_read_ahead(groups))
    lines = dict(turn())
    while ahead:
        index, group = ahead.pop(0)
        report(write_group(connection, group, lines, task=task.number, group=index))
    for index, group in groups:
        report(write_group(connection, group, lines, task=task.number, group=index))


def _read_ahead(groups: Iterator[tuple[int, list[Batch]]]) -> Iterator[tuple[int, list[Batch]]]:
    """The groups that are held in memory while the worker waits for its turn."""
    size = 0
    while size < READ_AHEAD_BYTES and (group := next(groups, None)) is not None:
        size += sum(batch.source_bytes for batch in group[1])
        yield group


def _groups(reader: SplitReader, task: Task) -> Iterator[list[Batch]]:
    """The task's batches, put together until they make a transaction; where it is cut depends on the source alone."""
    group: list[Batch] = []
    size = 0
    for split in task.splits:
        for batch in reader.read(split):
            group.append(batch)
            size += batch.source_bytes
            if size >= GROUP_BYTES:
                yield group
                group, size = [], 0
    if group:
        yield group
