"""The result of a build: what it read, and what it could not read and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..database.shared_text import RepeatedText
from ..rows import ArtifactRow, ProblemRow


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What a build read, what it could not read and why, and where the bundle is.

    Attributes:
        path: The bundle.
        bundle_id: Its id, a UUID.
        digest: The hash of the whole bundle: of all rows and of the schema.
        size_bytes: Its size.
        seconds: How long the build took.
        artifacts: The row of each artifact, with the number of its records and problems.
        duplicate_count: Number of copies of events that were dropped because another snapshot holds the same event.
        left_out_count: Number of members and files stored compressed, because they would exceed `max_expansion`.
        examples: The first few problems, each with the name of its artifact.
        changed: The name of each file that changed while it was read, and how it changed.
        are_standalone_logs_searched: Whether standalone logs were searched for tool calls and transcripts. They are not
            if they are large, unless it is asked for.
        incomplete_count: Number of artifacts that were read in part, could not be read or listed, or lost content while
            they were read.
        repeated_text: How much text of files is repeated, and whether the bundle stores it once.
    """

    path: Path
    bundle_id: str
    digest: str
    size_bytes: int
    seconds: float
    artifacts: tuple[ArtifactRow, ...]
    duplicate_count: int
    left_out_count: int
    examples: tuple[tuple[str, ProblemRow], ...]
    changed: tuple[tuple[str, str], ...]
    are_standalone_logs_searched: bool
    incomplete_count: int
    repeated_text: RepeatedText
