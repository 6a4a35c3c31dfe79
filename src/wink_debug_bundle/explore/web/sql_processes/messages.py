"""What a server and its SQL workers say to each other: length-prefixed msgpack, because it can hold only plain values.

A worker reads bundles from strangers, so the server trusts it with nothing: unlike pickle, no message can run code.
"""

from __future__ import annotations

from struct import Struct
from typing import Any, Literal

import msgspec

Value = Any
"""A value of SQLite's; msgspec has no type for one that is text or bytes."""

Parameters = dict[str, Value] | list[Value]

LENGTH = Struct("!I")
"""The number of bytes of a message, which comes before it."""

LONGEST_MESSAGE = 160 << 20
"""A worker that announces more bytes than this is broken."""


class Statement(msgspec.Struct, frozen=True):
    """SQL to run, and limits on its result.

    Attributes:
        sql: The statement.
        parameters: Values of its placeholders.
        seconds: Time after which it is interrupted.
        processor_seconds: Processor time after which it is interrupted; 0 for no limit.
        most_rows: Number of rows to return at most.
        most_bytes: Number of bytes that the values may have together.
        most_cells: Number of values to return at most.
        rows_seconds: Time after the first row in which the others must be there; 0 for no limit.
        characters: Number of characters to return of each text; 0 for all.
        marks_cut_text: Whether a cut text says at its end how long it was.
        skipped_rows: Number of the first rows that are not wanted.
        in_blocks: Whether all rows are wanted, in answers of `most_rows` and `most_bytes`; the time counts for each.
    """

    sql: str
    parameters: Parameters
    seconds: float
    most_rows: int
    most_bytes: int
    most_cells: int
    rows_seconds: float = 0
    characters: int = 0
    marks_cut_text: bool = False
    processor_seconds: float = 0
    in_blocks: bool = False
    skipped_rows: int = 0


class Answer(msgspec.Struct, frozen=True):
    """What became of a statement.

    Attributes:
        outcome: Whether there are rows, the time was over, the statement failed, or the bundle was replaced.
        columns: Names of the columns.
        rows: The rows.
        has_more: Whether there are more rows than were wanted; of blocks, whether another answer follows.
        ended_early: Whether the wanted rows were too large, or took too long, and `rows` has only the first ones.
        error: Why the statement failed.
    """

    outcome: Literal["rows", "interrupted", "failed", "replaced"]
    columns: list[str] = []
    rows: list[tuple[Value, ...]] = []
    has_more: bool = False
    ended_early: bool = False
    error: str = ""


def encoded(message: Statement | Answer) -> bytes:
    """Return the bytes of a message, with their number before them."""
    data = msgspec.msgpack.encode(message)
    return LENGTH.pack(len(data)) + data


decode_statement = msgspec.msgpack.Decoder(Statement).decode
decode_answer = msgspec.msgpack.Decoder(Answer).decode
