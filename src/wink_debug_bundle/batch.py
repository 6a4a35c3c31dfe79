"""Rows that are read together and written together."""

from __future__ import annotations

from dataclasses import dataclass, field

from .rows import TABLE_OF, AnyRow, BlobChunkRow, BlobRow, Values

ROW_BYTES = 400
"""About what a row takes in memory beside its text."""

_BLOB_TABLES = (TABLE_OF[BlobRow], TABLE_OF[BlobChunkRow])


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

    @property
    def weight(self) -> int:
        """Return about how many bytes of memory the batch takes: at least those of its source.

        Blobs do not count as rows, because a reader leaves out those that it has made before.
        """
        count = sum(len(rows) for table, rows in self.rows.items() if table not in _BLOB_TABLES)
        return max(self.source_bytes, count * ROW_BYTES)

    def add(self, row: AnyRow) -> None:
        """Append `row` to its table."""
        self.table(type(row)).append(row)

    def table(self, row_type: type[AnyRow]) -> list[Values]:
        """Return the list of one table's rows, for readers that append many."""
        return self.rows.setdefault(TABLE_OF[row_type], [])
