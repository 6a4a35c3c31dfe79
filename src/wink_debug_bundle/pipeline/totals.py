"""What a build comes to: its running account, and the summary for whoever asked for it."""

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

_WHOLE = (ProblemKind.UNRECOGNISED, ProblemKind.UNREADABLE, ProblemKind.EXPANSION)
"""Kinds of problems that, where they are a file's and no member's, may come with all of its bytes."""


@dataclass(slots=True)
class Tally:
    """What has been written of one artifact so far."""

    line_count: int = 0
    record_count: int = 0
    event_count: int = 0
    problem_count: int = 0
    left_out_count: int = 0
    blob_sha256: str | None = None
    is_mismatched: bool = False

    def add(self, written: Written) -> None:
        """Count one more batch."""
        self.line_count += written.line_count
        self.record_count += written.record_count
        self.event_count += written.event_count
        self.problem_count += len(written.problems)
        for problem in written.problems:
            if problem.member is None and problem.kind in _WHOLE:
                self.blob_sha256 = problem.blob_sha256 or self.blob_sha256
            self.left_out_count += problem.kind == ProblemKind.EXPANSION
            self.is_mismatched |= problem.kind == "mismatch"


class BuildTotals:
    """The build's running account: a tally for each artifact, and the first few problems."""

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
        """Lines written so far of each artifact that the task reads of."""
        return {artifact: self._tallies[artifact].line_count for artifact in task.artifact_ids}

    def records_of(self, artifact: Artifact) -> int:
        """Records written of the artifact so far."""
        return self._tallies[artifact.id].record_count

    @property
    def event_count(self) -> int:
        """Events offered, the same one in several snapshots as often as it stands there."""
        return sum(tally.event_count for tally in self._tallies.values())

    def artifact_rows(self, digests: Digests) -> Sequence[ArtifactRow]:
        """The ledger's row of each artifact."""
        found = [(artifact, digests.of(artifact)) for artifact in self.artifacts]
        self._rows = tuple(self._row(artifact, digest) for artifact, digest in found)
        self._changed = [(artifact.source.name, digest.change) for artifact, digest in found if digest.change]
        return self._rows

    def summary(self, path: Path, bundle_id: str, seconds: float, *, distinct_events: int) -> BuildSummary:
        """The account of a finished build."""
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
            are_logs_noted=searches_standalone_logs(self.artifacts),
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
            modified_at=_moment(source.modified_ns),
            record_count=tally.record_count,
            problem_count=tally.problem_count,
            blob_sha256=tally.blob_sha256,
            container_id=artifact.container_id,
            member=None if source.member is None else source.member.number,
            raw_path=source.raw_name,
        )


def _member_hash(member: Member, tally: Tally) -> str | None:
    """The hash that the manifest gives, unless the bytes are others."""
    return None if tally.is_mismatched else member.sha256


def _moment(nanoseconds: int) -> str | None:
    """ISO 8601 of a time since 1970; None for one that no calendar has, as some file systems allow."""
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def _status(kind: ArtifactKind, tally: Tally) -> ArtifactStatus:
    if kind is ArtifactKind.UNKNOWN:
        return ArtifactStatus.SKIPPED
    return ArtifactStatus.PARTIAL if tally.problem_count else ArtifactStatus.IMPORTED
