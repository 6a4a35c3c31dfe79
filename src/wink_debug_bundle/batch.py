"""Rows that are read together and written together."""

from __future__ import annotations

from dataclasses import dataclass, field

from .rows import TABLE_OF, AnyRow, Values


@dataclass(slots=True)
class Batch:
    """Rows read from part of a split, few enough to hold in memory.

    `rows` maps each table to its rows, in the order in which they are to be written. `line_count` is the number of
    lines that were read for the batch; the lines of the artifact's next batch are counted from there. `source_bytes`
    is the decompressed size of what was read, `compressed_bytes` what it takes on disk.
    """

    artifact_id: int
    rows: dict[str, list[Values]] = field(default_factory=dict)
    line_count: int = 0
    record_count: int = 0
    source_bytes: int = 0
    compressed_bytes: int = 0

    def add(self, row: AnyRow) -> None:
        """Append `row` to its table."""
        self.table(type(row)).append(row)

    def table(self, row_type: type[AnyRow]) -> list[Values]:
        """Return the list of one table's rows, for readers that append many."""
        return self.rows.setdefault(TABLE_OF[row_type], [])
