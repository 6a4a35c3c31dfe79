"""Hold the results of checking or extracting a bundle, with the place of each finding."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

MOST_FINDINGS = 20
"""Findings that are kept for one artifact; the others are only counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, missing or changed; `line` counts from 1."""

    text: str
    artifact: str | None = None
    line: int | None = None
    member: str | None = None

    @property
    def place(self) -> str:
        """Return the artifact, member and line, for messages; "" if the finding concerns the whole bundle."""
        member = "" if self.member is None else f", member {self.member}"
        line = "" if self.line is None else f", line {self.line}"
        return f"{self.artifact or ''}{member}{line}"


class Findings:
    """Collects findings, but only the first few of each artifact, so that any number of them fits in memory."""

    def __init__(self) -> None:
        self._kept: list[Finding] = []
        self._counts: Counter[str | None] = Counter()

    def add(self, finding: Finding) -> None:
        """Count the finding, and keep it if it is among the artifact's first ones."""
        self._counts[finding.artifact] += 1
        if self._counts[finding.artifact] <= MOST_FINDINGS:
            self._kept.append(finding)

    def all(self) -> tuple[Finding, ...]:
        """Return the kept findings, and for each artifact with more of them their number."""
        more = ((artifact, count - MOST_FINDINGS) for artifact, count in self._counts.items())
        return (*self._kept, *(Finding(f"and {count} more", artifact) for artifact, count in more if count > 0))


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of `verify`: `exact_count` artifacts were proven byte for byte; `findings` says what was wrong."""

    artifact_count: int
    exact_count: int
    findings: tuple[Finding, ...]
    unproven: tuple[str, ...] = ()
    """Paths of the artifacts that were not proven byte for byte."""
    listed_count: int = 0
    """Entries that the bundle lists without their bytes; they count as artifacts, but cannot be proven."""
    absent: tuple[str, ...] = ()
    """Those of them that are not in the directory with which the bundle was compared."""
    digest: str | None = None
    """The hash of all rows and of the schema as they are now; None if the bundle has no digests, or is damaged."""
    remarks: tuple[str, ...] = ()
    """What could not be checked, and why."""
    redaction: str | None = None
    """What cannot be proven because the bundle is redacted; None if it is not."""

    @property
    def is_sound(self) -> bool:
        """Return whether nothing wrong was found."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class Extraction:
    """The result of `extract`; `exact_count` of the written files have the hash of their source.

    `listed_count` entries were not written, because the bundle lists them without their bytes.
    """

    file_count: int
    exact_count: int
    size_bytes: int
    findings: tuple[Finding, ...]
    listed_count: int = 0
    redaction: str | None = None
    """Why files may not be as their sources were; None if the bundle is not redacted."""
