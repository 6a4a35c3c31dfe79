"""What a build read, what it did not read and why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..rows import ArtifactRow, ProblemRow


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """What was read, what was not and why, and where the bundle is.

    `examples` holds the first few problems, each with its artifact's name; `artifacts` counts them all.
    `duplicate_count` is the number of events that more than one snapshot holds, `left_out_count` that of members and
    files that would have unpacked to more than allowed. `changed` names the files that changed while they were read, and
    says how. `are_logs_noted` is False where logs outside of runs were too large to be searched for tool calls.
    """

    path: Path
    bundle_id: str
    size_bytes: int
    seconds: float
    artifacts: tuple[ArtifactRow, ...]
    duplicate_count: int
    left_out_count: int
    examples: tuple[tuple[str, ProblemRow], ...]
    changed: tuple[tuple[str, str], ...]
    are_logs_noted: bool
