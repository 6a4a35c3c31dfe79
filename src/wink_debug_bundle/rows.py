"""The rows that readers of artifacts hand to the database.

There is one class for each table that readers fill; its fields are the table's columns, in the table's order. A reader
does not know how many lines and rows come before its split, so some fields count from the beginning of their batch
(`RELATIVE_FIELDS`), and the database adds the base when it writes the rows.
"""

from __future__ import annotations

from typing import NamedTuple, Self

from .column_values import (
    ArtifactKind,
    ArtifactStatus,
    Compression,
    DigestKind,
    LedgerStatus,
    LineStyle,
    ProblemKind,
    PromptEventType,
    SessionSource,
    SuccessSource,
)
from .run_rows import (
    CallFragmentRow,
    CallRow,
    EntryRow,
    EnvironmentRow,
    PromptPartRow,
    RunMemberRow,
    RunRow,
    SettledRunRow,
)

SqlValue = str | int | float | bytes | None
Values = tuple[SqlValue, ...]

RELATIVE_FIELDS = {
    **dict.fromkeys(("line", "last_line", "first", "last"), "line"),
    **dict.fromkeys(("log_id", "requested_log_id", "started_log_id", "ended_log_id"), "log"),
    **dict.fromkeys(("use_entry_id", "result_entry_id"), "entry"),
    "snapshot_id": "snapshot",
}
"""Columns that count from the beginning of their batch, and the name of the base that is added to each."""

UTF8_COLUMNS = {
    "logs": frozenset({"context"}),
    "slice_items": frozenset({"payload"}),
    "tool_invocations": frozenset({"params", "result_value"}),
    "prompt_events": frozenset({"result"}),
}
"""Columns, by table, whose text a reader may give as UTF-8 bytes; the database stores them as text."""


class BundleMetaRow(NamedTuple):
    """The bundle's metadata, without its root session, which is determined at the end of the build."""

    id: int
    bundle_id: str
    created_at: str
    wink_version: str
    schema_version: int
    source_directory: str | None
    description: str | None
    tags: str
    redaction: str | None = None


UNKNOWN_PARENT = ""
"""Parent in the row of a session whose snapshot does not say whether it has one; NULL in the bundle."""


class SessionRow(NamedTuple):
    """What one snapshot, log, run or path says about a session; the database merges the rows of each session.

    A parent that is None in the row of a snapshot means that the session is a root; in another row, it means nothing.
    """

    session_id: str
    parent_session_id: str | None
    created_at: str
    tags: str | None
    source: SessionSource

    @classmethod
    def named(cls, session_id: str, source: SessionSource, *, parent: str | None = None, created_at: str = "") -> Self:
        """Return the row of a session that is named elsewhere than in a snapshot of its own."""
        return cls(session_id, parent, created_at, None, source)


class TimeRow(NamedTuple):
    """A time that does not sort as text among the library's times; `utc` does, or is None if it is no time."""

    time: str
    utc: str | None


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
    """One snapshot of a session; its items are rows of their own."""

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
    payload: str | bytes
    snapshot_id: int


class SliceKeyRow(NamedTuple):
    """One fact about the items of a slice class.

    `part` is 'key' (an item has the key `key`), 'item' (there are items) or 'other' (an item is not an object).
    """

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
    params: str | bytes
    result_success: int
    result_message: str | None
    result_value: str | bytes | None
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
    result: str | bytes | None
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
    sha256: str | None
    modified_at: str | None
    mode: int | None


class BlobRow(NamedTuple):
    """A sequence of bytes, stored once and identified by its SHA-256; the bytes are in its chunks."""

    sha256: str
    size_bytes: int
    chunk_count: int


class BlobChunkRow(NamedTuple):
    """One compressed chunk of a blob."""

    sha256: str
    seq: int
    data: bytes


class LedgerRow(NamedTuple):
    """A ledger range: neighbouring lines or members of one status."""

    artifact_id: int
    first: int
    last: int
    offset: int
    length: int
    status: LedgerStatus
    reason: str | None


class ProblemRow(NamedTuple):
    """Something in an artifact that could not be read, or not as it was written."""

    artifact_id: int
    line: int | None
    member: str | None
    offset: int | None
    kind: ProblemKind
    error: str
    raw: bytes | None
    blob_sha256: str | None
    last_line: int | None = None


class RawRecordRow(NamedTuple):
    """The source's own bytes of a record that its columns do not represent completely."""

    artifact_id: int
    line: int
    reason: str
    raw: bytes | None
    blob_sha256: str | None = None


class LineFormRow(NamedTuple):
    """Neighbouring lines that are written in another form than the library's."""

    artifact_id: int
    first: int
    last: int
    style: LineStyle
    is_ascii: int
    line_end: str
    key_order: str | None


class ZipPartRow(NamedTuple):
    """A byte range of a zip that belongs to no member."""

    artifact_id: int
    offset: int
    length: int
    blob_sha256: str


class DuplicateLinesRow(NamedTuple):
    """Neighbouring lines of a transcript that repeat lines of the run's log, in the same order, from line `original` on."""

    artifact_id: int
    first: int
    last: int
    original: int


class ArtifactRow(NamedTuple):
    """One file that was found, imported or not, or one member of a run's zip that is read like a file."""

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
    is_exact: int
    is_folder: int
    archive_id: int | None
    archive_member: int | None
    original_id: int | None


class DigestRow(NamedTuple):
    """The SHA-256 of a table's rows, or of the SQL of an object in the schema."""

    kind: DigestKind
    name: str
    row_count: int
    sha256: str


AnyRow = (
    BundleMetaRow
    | SessionRow
    | TimeRow
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
    | LineFormRow
    | ZipPartRow
    | DuplicateLinesRow
    | ArtifactRow
    | DigestRow
    | RunRow
    | RunMemberRow
    | EnvironmentRow
    | EntryRow
    | CallFragmentRow
    | CallRow
    | PromptPartRow
    | SettledRunRow
)

TABLE_OF: dict[type[AnyRow], str] = {
    BundleMetaRow: "bundle_meta",
    SessionRow: "sessions",
    TimeRow: "times",
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
    LineFormRow: "line_forms",
    ZipPartRow: "zip_parts",
    DuplicateLinesRow: "duplicate_lines",
    ArtifactRow: "artifacts",
    DigestRow: "digests",
    RunRow: "runs",
    RunMemberRow: "run_members",
    EnvironmentRow: "environment",
    EntryRow: "entries",
    CallFragmentRow: "call_fragments",
    CallRow: "calls",
    PromptPartRow: "prompt_parts",
    SettledRunRow: "settled_runs",
}
"""The table of each class of rows."""
