"""What checking or extracting a bundle found, with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

ByteProgress = Callable[[int, int], None]
"""Called with the number of bytes of the artifacts that are done, and of all."""

MOST_FINDINGS = 20
"""Findings that are kept of one artifact."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be; `line` counts from 1."""

    text: str
    artifact: str | None = None
    line: int | None = None
    member: str | None = None

    @property
    def place(self) -> str:
        """Where it stands, for messages: '' where it is of the bundle as a whole."""
        member = "" if self.member is None else f", member {self.member}"
        line = "" if self.line is None else f", line {self.line}"
        return f"{self.artifact or ''}{member}{line}"


class Findings:
    """Takes findings, and keeps of each artifact's only the first few, so that a bundle full of them fits in memory."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._counts: Counter[str | None] = Counter()

    def add(self, finding: Finding) -> None:
        """Count the finding, and keep it if it is one of the first."""
        self._counts[finding.artifact] += 1
        if self._counts[finding.artifact] <= MOST_FINDINGS:
            self._kept.append(finding)

    def all(self) -> tuple[Finding, ...]:
        """What was kept, and for each artifact with more how many more."""
        more = ((artifact, count - MOST_FINDINGS) for artifact, count in self._counts.items())
        return (*self._kept, *(Finding(f"and {count} more", artifact) for artifact, count in more if count > 0))


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` came to: `exact_count` of the artifacts were proven byte for byte, the rest as far as `findings` say."""

    artifact_count: int
    exact_count: int
    findings: tuple[Finding, ...]
    unproven: tuple[str, ...] = ()
    """Paths of the artifacts that are not among them."""

    @property
    def is_sound(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Extraction:
    """What `extract` wrote: `exact_count` of the files have the very hash of their source."""

    file_count: int
    exact_count: int
    size_bytes: int
    findings: tuple[Finding, ...]
