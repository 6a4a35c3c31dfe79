"""Count what a build has written of each artifact, and summarize it at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..artifacts.source import Member
from ..column_values import ArtifactKind, ArtifactStatus, ProblemKind
from ..database.writing import Written
from ..events import Event, emit
from ..rows import ArtifactRow, ProblemRow
from .build_summary import BuildSummary
from .digests import Digest, Digests
from .planning.plan import Artifact, searches_standalone_logs
from .planning.tasks import Task
from .progress import Meter

MAX_EXAMPLES = 5

_WHOLE_FILE_KINDS = (ProblemKind.UNRECOGNISED, ProblemKind.UNREADABLE, ProblemKind.EXPANSION)
"""Kinds of problems with a whole file for which the file's bytes may be stored as a blob."""


@dataclass(slots=True)
class Tally:
    """The counts of one artifact so far."""

    line_count: int = 0
    record_count: int = 0
    event_count: int = 0
    problem_count: int = 0
    left_out_count: int = 0
    blob_sha256: str | None = None
    is_mismatched: bool = False

    def add(self, written: Written) -> None:
        """Count a written batch."""
        self.line_count += written.line_count
        self.record_count += written.record_count
        self.event_count += written.event_count
        self.problem_count += len(written.problems)
        for problem in written.problems:
            if problem.member is None and problem.kind in _WHOLE_FILE_KINDS:
                self.blob_sha256 = problem.blob_sha256 or self.blob_sha256
            self.left_out_count += problem.kind == ProblemKind.EXPANSION
            self.is_mismatched |= problem.kind == ProblemKind.MISMATCH


class BuildTotals:
    """The counts of a build so far: a tally for each artifact, and the first few problems."""

    def __init__(self, artifacts: Sequence[Artifact], meter: Meter) -> None:
        self.artifacts = artifacts
        self._meter = meter
        self._sources = {artifact.id: artifact.source for artifact in artifacts}
        self._tallies = {artifact.id: Tally() for artifact in artifacts}
        self._examples: list[tuple[str, ProblemRow]] = []
        self._rows: tuple[ArtifactRow, ...] = ()
        self._changed: list[tuple[str, str]] = []

    def add(self, group: Iterable[Written]) -> None:
        """Count the batches of one transaction, and log their problems."""
        for written in group:
            self._meter.advance(written.compressed_bytes)
            self._tallies[written.artifact_id].add(written)
            for problem in written.problems:
                self._report(problem)

    def lines_of(self, task: Task) -> dict[int, int]:
        """Return the number of lines written so far of each artifact in the task."""
        return {artifact: self._tallies[artifact].line_count for artifact in task.artifact_ids}

    def records_of(self, artifact: Artifact) -> int:
        """Return the number of records written so far of the artifact."""
        return self._tallies[artifact.id].record_count

    def line_count_of(self, artifact: Artifact) -> int:
        """Return the number of lines written so far of the artifact."""
        return self._tallies[artifact.id].line_count

    @property
    def event_count(self) -> int:
        """Return the number of events read; an event in several snapshots counts once for each snapshot."""
        return sum(tally.event_count for tally in self._tallies.values())

    def artifact_rows(self, digests: Digests) -> Sequence[ArtifactRow]:
        """Return the row of each artifact for the table `artifacts`."""
        digested = [(artifact, digests.of(artifact)) for artifact in self.artifacts]
        self._rows = tuple(self._row(artifact, digest) for artifact, digest in digested)
        self._changed = [(artifact.source.name, digest.change) for artifact, digest in digested if digest.change]
        return self._rows

    def summary(self, path: Path, bundle_id: str, seconds: float, *, distinct_events: int) -> BuildSummary:
        """Return the summary of the finished build."""
        return BuildSummary(
            path=path,
            bundle_id=bundle_id,
            size_bytes=path.stat().st_size,
            seconds=seconds,
            artifacts=self._rows,
            duplicate_count=self.event_count - distinct_events,
            left_out_count=sum(tally.left_out_count for tally in self._tallies.values()),
            examples=tuple(self._examples),
            changed=tuple(self._changed),
            are_standalone_logs_searched=searches_standalone_logs(self.artifacts),
        )

    def _report(self, problem: ProblemRow) -> None:
        source = self._sources[problem.artifact_id]
        where = {} if problem.member is None else {"member": problem.member}
        emit(Event.IMPORT_ERROR, path=source.label, line=problem.line, error=problem.error, **where)
        if len(self._examples) < MAX_EXAMPLES:
            self._examples.append((source.name, problem))

    def _row(self, artifact: Artifact, digest: Digest) -> ArtifactRow:
        tally = self._tallies[artifact.id]
        source = artifact.source
        return ArtifactRow(
            id=artifact.id,
            path=source.name,
            kind=source.kind,
            compression=source.compression,
            status=_status(source.kind, tally),
            reason="; ".join(filter(None, (source.reason, digest.change))) or None,
            size_bytes=source.size_bytes,
            sha256=digest.sha256 if source.member is None else _member_hash(source.member, tally),
            modified_at=_iso_time(source.modified_ns),
            record_count=tally.record_count,
            problem_count=tally.problem_count,
            blob_sha256=tally.blob_sha256,
            container_id=artifact.container_id,
            member=None if source.member is None else source.member.number,
            raw_path=source.raw_name,
        )


def _member_hash(member: Member, tally: Tally) -> str | None:
    """Return the hash that the manifest gives; None if the bytes do not match it."""
    return None if tally.is_mismatched else member.sha256


def _iso_time(nanoseconds: int) -> str | None:
    """Return nanoseconds since 1970 as ISO 8601; None for a time outside the calendar, as file systems allow."""
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _status(kind: ArtifactKind, tally: Tally) -> ArtifactStatus:
    if kind is ArtifactKind.UNKNOWN:
        return ArtifactStatus.SKIPPED
    return ArtifactStatus.PARTIAL if tally.problem_count else ArtifactStatus.IMPORTED
