"""Enums of the values that some columns of a bundle may hold: statuses, kinds and sources.

The SQL comment of each column in `COLUMN_VALUES` lists the values of its enum, quoted, and no others.
"""

from __future__ import annotations

from enum import Enum, StrEnum


class ArtifactKind(StrEnum):
    """What the content of an artifact is."""

    SNAPSHOTS = "snapshots"
    LOGS = "logs"
    TRANSCRIPT = "transcript"
    ARCHIVE = "archive"
    RUN = "run"
    UNKNOWN = "unknown"


LINE_KINDS = (ArtifactKind.SNAPSHOTS, ArtifactKind.LOGS, ArtifactKind.TRANSCRIPT)
"""Kinds of artifacts that are stored as one row for each line."""


class Compression(StrEnum):
    """How a whole artifact is compressed; compression within zips is not meant."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"
    XZ = "xz"


class ArtifactStatus(StrEnum):
    """How much of an artifact was imported."""

    IMPORTED = "imported"
    PARTIAL = "partial"
    SKIPPED = "skipped"
    DUPLICATE = "duplicate"


class LedgerStatus(StrEnum):
    """What became of a line or of a member of an archive."""

    IMPORTED = "imported"
    MALFORMED = "malformed"
    UNREADABLE = "unreadable"
    SKIPPED = "skipped"
    BLANK = "blank"
    DUPLICATE = "duplicate"
    OWN_ARTIFACT = "own_artifact"
    CONTAINER = "container"


class LineStyle(StrEnum):
    """How a writer puts the values of a record into a line."""

    LIBRARY = "library"
    SPACED = "spaced"
    COMPACT = "compact"
    PYTHON = "python"
    PYTHON_COMPACT = "python_compact"


class DigestKind(StrEnum):
    """What a digest covers."""

    ROWS = "rows"
    SQL = "sql"


class ProblemKind(StrEnum):
    """Why something could not be read."""

    MALFORMED = "malformed"
    TOO_LONG = "too long"
    UNREADABLE = "unreadable"
    UNRECOGNISED = "unrecognised"
    MISMATCH = "mismatch"
    MISSING = "missing"
    EXPANSION = "expansion"
    CONFLICT = "conflict"


class SessionSource(StrEnum):
    """What a session is known from, the strongest evidence first."""

    SNAPSHOT = "snapshot"
    LOG = "log"
    RUN = "run"
    PATH = "path"
    REFERENCE = "reference"


class TokenSource(StrEnum):
    """Where the token counts of a run come from."""

    METRICS = "metrics"
    EVENTS = "events"
    LOGS = "logs"


class SuccessSource(StrEnum):
    """Where the success flag of a tool invocation comes from."""

    RESULT = "result"
    LOG = "log"
    ASSUMED = "assumed"


class Outcome(StrEnum):
    """How a tool call ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    RAISED = "raised"
    REJECTED = "rejected"
    DENIED = "denied"
    EXPANDED = "expanded"
    UNKNOWN = "unknown"


class CallSource(StrEnum):
    """What a tool call is known from; a call has one or more sources, in this order."""

    SLICES = "slices"
    EXECUTION = "tool.execution"
    BRIDGE = "bridge"
    HOOK = "hook"
    TRANSCRIPT = "transcript"


class EntryType(StrEnum):
    """What a block of a transcript entry is."""

    USER_MESSAGE = "user_message"
    ASSISTANT_MESSAGE = "assistant_message"
    THINKING = "thinking"
    TOOL_USE = "tool_use"
    TOOL_RESULT = "tool_result"
    SYSTEM_EVENT = "system_event"
    TOKEN_USAGE = "token_usage"  # noqa: S105 not a password
    ERROR = "error"
    UNKNOWN = "unknown"


class PromptEventType(StrEnum):
    """Which of the library's two kinds of prompt events a row holds."""

    RENDERED = "rendered"
    EXECUTED = "executed"


class PromptPartKind(StrEnum):
    """What a part of a prompt is."""

    SECTION = "section"
    TOOL = "tool"
    EXAMPLE = "example"


class FailureKind(StrEnum):
    """What kind of thing failed."""

    RUN = "run"
    SAMPLE = "sample"
    TOOL = "tool"
    LOG = "log"


class RunStatus(StrEnum):
    """How a run ended, according to its manifest."""

    SUCCESS = "success"
    ERROR = "error"


class RunResult(StrEnum):
    """How a run or a sample of an evaluation ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    UNSCORED = "unscored"


class EnvironmentKind(StrEnum):
    """What a fact about a run's environment describes."""

    SYSTEM = "system"
    PYTHON = "python"
    PACKAGE = "package"
    GIT = "git"
    CONTAINER = "container"
    VARIABLE = "variable"
    COMMAND = "command"


class Integrity(StrEnum):
    """Result of comparing a member of a run's zip with the checksum in the manifest."""

    MATCH = "match"
    MISMATCH = "mismatch"
    UNLISTED = "unlisted"
    MANIFEST = "manifest"
    UNREAD = "unread"


class SearchKind(StrEnum):
    """What a text is that can be searched."""

    FAILURE = "failure"
    RUN = "run"
    MESSAGE = "message"
    CALL = "call"
    RESULT = "result"
    PROMPT = "prompt"
    ANSWER = "answer"
    PATH = "path"
    LOG = "log"
    CONTEXT = "context"
    FILE = "file"


COLUMN_VALUES: dict[tuple[str, str], type[Enum]] = {
    ("artifacts", "kind"): ArtifactKind,
    ("artifacts", "compression"): Compression,
    ("artifacts", "status"): ArtifactStatus,
    ("calls", "outcome"): Outcome,
    ("calls", "source"): CallSource,
    ("digests", "kind"): DigestKind,
    ("entries", "entry_type"): EntryType,
    ("environment", "kind"): EnvironmentKind,
    ("failures", "kind"): FailureKind,
    ("ledger", "status"): LedgerStatus,
    ("line_forms", "style"): LineStyle,
    ("problems", "kind"): ProblemKind,
    ("prompt_events", "event_type"): PromptEventType,
    ("prompt_parts", "kind"): PromptPartKind,
    ("run_members", "integrity"): Integrity,
    ("runs", "result"): RunResult,
    ("runs", "status"): RunStatus,
    ("runs", "tokens_source"): TokenSource,
    ("search_text", "kind"): SearchKind,
    ("sessions", "source"): SessionSource,
    ("tool_invocations", "success_source"): SuccessSource,
}
"""The columns that hold values of an enum, by table and name."""
