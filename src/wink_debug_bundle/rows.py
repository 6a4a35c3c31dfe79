"""The rows that travel from the readers of artifacts to the database.

Plain data, one class for each table that readers fill; the fields are columns of that table, in its order.
Readers do not know where in the bundle or in the file their piece begins, so some fields are relative
(`RELATIVE_FIELDS`) and the database adds the base when the rows are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Self

from .column_values import (
    ArtifactKind,
    ArtifactStatus,
    Compression,
    LedgerStatus,
    ProblemKind,
    PromptEventType,
    SessionSource,
    SuccessSource,
)
from .run_rows import CallFragmentRow, CallRow, EntryRow, EnvironmentRow, RunMemberRow, RunRow

SqlValue = str | int | float | bytes | None
Values = tuple[SqlValue, ...]

RELATIVE_FIELDS = {
    **dict.fromkeys(("line", "first", "last"), "line"),
    **dict.fromkeys(("log_id", "requested_log_id", "started_log_id", "ended_log_id"), "log"),
    "snapshot_id": "snapshot",
}
"""Columns that count from the beginning of their batch, and the base that is added to each."""

UTF8_COLUMNS = {"logs": frozenset({"context"})}
"""Columns whose text a reader may give as its UTF-8 bytes; they are stored as text all the same."""


class BundleMetaRow(NamedTuple):
    """What the bundle says of itself; its root session is found out at the end."""

    id: int
    bundle_id: str
    created_at: str
    wink_version: str
    schema_version: int
    source_directory: str | None
    description: str | None
    tags: str


class SessionRow(NamedTuple):
    """What one snapshot, log file or path tells of a session; the database merges them."""

    session_id: str
    parent_session_id: str | None
    created_at: str
    tags: str | None
    source: SessionSource

    @classmethod
    def named(cls, session_id: str, source: SessionSource, *, parent: str | None = None, created_at: str = "") -> Self:
        """Return the row of a session that something other than its own snapshot names."""
        return cls(session_id, parent, created_at, None, source)


class LogRow(NamedTuple):
    """One log record."""

    session_id: str | None
    timestamp: str
    level: str
    logger: str
    event: str | None
    message: str
    context: str | None
    artifact_id: int
    line: int
    extra: str | None


class SnapshotRow(NamedTuple):
    """One snapshot of a session, without its items."""

    session_id: str
    created_at: str
    slice_count: int
    item_count: int
    envelope: str
    artifact_id: int
    line: int


class SliceItemRow(NamedTuple):
    """One item of one slice of one snapshot."""

    session_id: str
    slice_type: str
    item_index: int
    item_type: str
    payload: str
    snapshot_id: int


class SliceKeyRow(NamedTuple):
    """A key that items of a slice class have; or that there are items (part 'item'), or some that are no objects."""

    slice_type: str
    part: str
    key: str


class ToolInvocationRow(NamedTuple):
    """One ToolInvoked event."""

    event_id: str
    session_id: str
    prompt_name: str
    adapter: str
    tool_name: str
    call_id: str | None
    timestamp: str
    params: str
    result_success: int
    result_message: str | None
    result_value: str | None
    rendered_output: str | None
    input_tokens: int | None
    output_tokens: int | None
    cached_tokens: int | None
    success_source: SuccessSource
    snapshot_id: int
    item_index: int


class PromptEventRow(NamedTuple):
    """One PromptRendered or PromptExecuted event."""

    event_id: str
    session_id: str
    event_type: PromptEventType
    prompt_ns: str | None
    prompt_key: str | None
    prompt_name: str | None
    adapter: str
    timestamp: str
    rendered_text: str | None
    char_count: int | None
    tool_count: int | None
    tool_names: str | None
    result: str | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cached_tokens: int | None
    snapshot_id: int
    item_index: int


class FileRow(NamedTuple):
    """One file of a filesystem archive."""

    archive_id: str
    session_id: str | None
    path: str
    size_bytes: int
    content: str | None
    is_binary: int
    artifact_id: int
    member: int
    sha256: str
    modified_at: str | None
    mode: int | None


class BlobRow(NamedTuple):
    """Bytes kept whole, known by their hash."""

    sha256: str
    size_bytes: int
    chunk_count: int


class BlobChunkRow(NamedTuple):
    """One compressed piece of a blob."""

    sha256: str
    seq: int
    data: bytes


class LedgerRow(NamedTuple):
    """A run of neighbouring lines or members that fared alike."""

    artifact_id: int
    first: int
    last: int
    offset: int
    length: int
    status: LedgerStatus
    reason: str | None


class ProblemRow(NamedTuple):
    """Something that could not be read as it stood."""

    artifact_id: int
    line: int | None
    member: str | None
    offset: int | None
    kind: ProblemKind
    error: str
    raw: bytes | None
    blob_sha256: str | None


class RawRecordRow(NamedTuple):
    """The source text of a record whose columns cannot say all of it."""

    artifact_id: int
    line: int
    reason: str
    raw: bytes


class ZipPartRow(NamedTuple):
    """Bytes of a zip that are no member."""

    artifact_id: int
    offset: int
    length: int
    blob_sha256: str


class DuplicateLinesRow(NamedTuple):
    """Neighbouring lines that stand in the same order elsewhere, from the line `original` on."""

    artifact_id: int
    first: int
    last: int
    original: int


class ArtifactRow(NamedTuple):
    """One file that was found, used or not, or one member of a run's zip that is read as a file."""

    id: int
    path: str
    kind: ArtifactKind
    compression: Compression
    status: ArtifactStatus
    reason: str | None
    size_bytes: int
    sha256: str | None
    modified_at: str | None
    record_count: int
    problem_count: int
    blob_sha256: str | None
    container_id: int | None
    member: int | None
    raw_path: bytes | None


AnyRow = (
    BundleMetaRow
    | SessionRow
    | LogRow
    | SnapshotRow
    | SliceItemRow
    | SliceKeyRow
    | ToolInvocationRow
    | PromptEventRow
    | FileRow
    | BlobRow
    | BlobChunkRow
    | LedgerRow
    | ProblemRow
    | RawRecordRow
    | ZipPartRow
    | DuplicateLinesRow
    | ArtifactRow
    | RunRow
    | RunMemberRow
    | EnvironmentRow
    | EntryRow
    | CallFragmentRow
    | CallRow
)

TABLE_OF: dict[type[AnyRow], str] = {
    BundleMetaRow: "bundle_meta",
    SessionRow: "sessions",
    LogRow: "logs",
    SnapshotRow: "snapshots",
    SliceItemRow: "slice_items",
    SliceKeyRow: "slice_keys",
    ToolInvocationRow: "tool_invocations",
    PromptEventRow: "prompt_events",
    FileRow: "files",
    BlobRow: "blobs",
    BlobChunkRow: "blob_chunks",
    LedgerRow: "ledger",
    ProblemRow: "problems",
    RawRecordRow: "raw_records",
    ZipPartRow: "zip_parts",
    DuplicateLinesRow: "duplicate_lines",
    ArtifactRow: "artifacts",
    RunRow: "runs",
    RunMemberRow: "run_members",
    EnvironmentRow: "environment",
    EntryRow: "entries",
    CallFragmentRow: "call_fragments",
    CallRow: "calls",
}
"""The table of each record, and with it every table that is written."""


@dataclass(slots=True)
class Batch:
    """Rows read from one piece of one artifact, small enough to hold in memory.

    `rows` maps a table to its rows, in the order in which they are to be written; `line_count` is how many
    lines the piece spans, which is what the next piece's lines are counted from. `source_bytes` is the size of the
    piece, `packed_bytes` what it takes on disk.
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
        """The rows of one table, for readers that append many."""
        return self.rows.setdefault(TABLE_OF[row_type], [])
