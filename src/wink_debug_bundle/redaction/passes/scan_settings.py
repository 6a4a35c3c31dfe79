"""What travels to the processes that scan a bundle, and the messages that they send back."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from ...secret_detection.candidate_search.candidates import CompiledExpressions
from ...secret_detection.detection_settings import DetectionSettings
from ..column_registry import RegisteredTable

Aim = Literal["survey", "rewrite", "literals", "prove"]
"""What a scan is for: to find secrets by rules; to replace what rules and literals find, or literals alone; to prove."""

Literals = Mapping[bytes, tuple[str, str]]
"""Values that are secret, each with the rule that found it and the kind of its tokens."""

BLOBS = "blob_chunks"
"""The name under which the bytes of blobs are scanned and counted."""


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """What one pass over a bundle looks for; `folder` is for temporary files."""

    aim: Aim
    database: Path
    tables: Mapping[str, RegisteredTable]
    detection: DetectionSettings
    literals: Literals
    names: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Rule, kind and words of what is found as whole words."""
    key: bytes
    folder: Path
    compiled: CompiledExpressions | None = None
    """What another process compiled for the same rules."""


class TablePart(NamedTuple):
    """Rows of a table with these rowids; all rows if there are none. Of blobs, those of the table `blobs`."""

    table: str
    first: int | None
    last: int | None
    marked: array[int] | None = None
    """The rows that are searched by rules again; if it is None, all are."""


class FoundValues(NamedTuple):
    """Values that rules found, each with its rule and kind."""

    values: dict[bytes, tuple[str, str]]


class MarkedRows(NamedTuple):
    """Rows in which rules found anything, or that hide plain characters; the other rows of the part are clean."""

    part: TablePart
    rows: array[int]
    """Their rowids."""


class ChangedRow(NamedTuple):
    """New values of a row's columns; `growth` is how many bytes longer those with text are together."""

    key: tuple[int | str, ...]
    values: dict[str, bytes]
    growth: int


class ChangedRows(NamedTuple):
    """Rows in which something was replaced, how often each rule was the reason in each column, and what tokens stand for."""

    table: str
    rows: list[ChangedRow]
    reasons: Counter[tuple[str, str, str]]
    tokens: dict[bytes, bytes]


class BlobChunk(NamedTuple):
    """A compressed chunk of the new bytes of the blob that had the key `old`."""

    old: str
    seq: int
    frame: bytes


class ChangedBlob(NamedTuple):
    """The end of a blob's new bytes: its new key, size and CRC-32."""

    old: str
    new: str
    size: int
    crc: int
    chunk_count: int
    reasons: Counter[tuple[str, str, str]]
    tokens: dict[bytes, bytes]


class LeftOver(NamedTuple):
    """What a proof found: how often each rule found something in each column."""

    reasons: Counter[tuple[str, str, str]]


class Scanned(NamedTuple):
    """A part is done; it had so many bytes."""

    size: int


Message = FoundValues | MarkedRows | ChangedRows | BlobChunk | ChangedBlob | LeftOver | Scanned
