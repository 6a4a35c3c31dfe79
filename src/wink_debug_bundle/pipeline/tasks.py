"""What a worker does at a time: read some pieces, wait for its turn, write what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import apsw

from ..artifacts.reading import Piece, read_piece
from ..database.writing import Written, write_group
from ..records import Batch

GROUP_BYTES = 8 << 20
"""Source bytes of one transaction: enough to make its cost vanish, few enough to hold in memory."""


@dataclass(frozen=True, slots=True)
class Task:
    """Pieces that are read and written together; tasks are written in the order of their numbers."""

    number: int
    pieces: tuple[Piece, ...]

    @property
    def artifact_ids(self) -> set[int]:
        """The artifacts that it reads of."""
        return {piece.artifact_id for piece in self.pieces}


def in_tasks(pieces: Iterable[Piece], numbers: Iterator[int]) -> Iterator[Task]:
    """Put pieces together until they make a transaction worth its while, and number the tasks."""
    together: list[Piece] = []
    size = 0
    for piece in pieces:
        if together and size + piece.packed_bytes > GROUP_BYTES:
            yield Task(next(numbers), tuple(together))
            together, size = [], 0
        together.append(piece)
        size += piece.packed_bytes
    if together:
        yield Task(next(numbers), tuple(together))


def run_task(
    connection: apsw.Connection,
    task: Task,
    turn: Callable[[], Mapping[int, int]],
    report: Callable[[list[Written]], None],
) -> None:
    """Read the task's pieces and write them, a transaction for each group of batches.

    Args:
        connection: The bundle under construction.
        task: What is read.
        turn: Waits until all tasks before this one are written; returns the lines written of each artifact so far.
        report: Takes what each transaction came to.

    Raises:
        apsw.Error: a transaction failed, and nothing of it was written.
    """
    lines: dict[int, int] | None = None
    for index, group in enumerate(_groups(task)):
        if lines is None:
            lines = dict(turn())
        report(write_group(connection, group, lines, task=task.number, group=index))


def _groups(task: Task) -> Iterator[list[Batch]]:
    """The task's batches, put together until they make a transaction; where it is cut depends on the source alone."""
    group: list[Batch] = []
    size = 0
    for piece in task.pieces:
        for batch in read_piece(piece):
            group.append(batch)
            size += batch.source_bytes
            if size >= GROUP_BYTES:
                yield group
                group, size = [], 0
    if group:
        yield group
