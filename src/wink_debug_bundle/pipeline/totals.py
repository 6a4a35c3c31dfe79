"""Count what a build has written of each artifact, and summarize it at the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ..artifacts.accounting.problems import file_problem
from ..artifacts.source import Member, Source
from ..column_values import LINE_KINDS, ArtifactKind, ArtifactStatus, Compression, ProblemKind
from ..database.shared_text import RepeatedText
from ..database.writing import Written
from ..events import Event, emit
from ..rows import ArtifactRow, ProblemRow
from .build_summary import BuildSummary
from .digests import Digest, Digests
from .planning.plan import Artifact
from .planning.tasks import Task
from .progress import Meter

MAX_EXAMPLES = 5

_WHOLE_FILE_KINDS = (ProblemKind.UNRECOGNISED, ProblemKind.UNREADABLE, ProblemKind.EXPANSION)
"""Kinds of problems with a whole file for which the file's bytes may be stored as a blob."""

_NOT_HELD_KINDS = (ProblemKind.UNREADABLE, ProblemKind.MISSING, ProblemKind.EXPANSION)
"""Kinds of problems of lines that the bundle may not hold."""


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
    is_unreadable: bool = False

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
            self.is_unreadable |= problem.kind in _NOT_HELD_KINDS


class BuildTotals:
    """The counts of a build so far: a tally for each artifact, and the first few problems."""

    def __init__(self, artifacts: Sequence[Artifact], meter: Meter, *, are_logs_searched: bool = True) -> None:
        self.artifacts = artifacts
        self.are_logs_searched = are_logs_searched
        self._meter = meter
        self._tallies: dict[int, Tally] = {}
        self.plan(artifacts)
        self._examples: list[tuple[str, ProblemRow]] = []
        self._rows: tuple[ArtifactRow, ...] = ()
        self._changed: list[tuple[str, str]] = []
        self._incomplete_count = 0
        self.late_problems: list[ProblemRow] = []

    def plan(self, artifacts: Sequence[Artifact]) -> None:
        """Take these artifacts instead; those with rows in the bundle keep their ids."""
        self.artifacts = artifacts
        self._sources = {artifact.id: artifact.source for artifact in artifacts}
        self._tallies = {artifact.id: self._tallies.get(artifact.id, Tally()) for artifact in artifacts}

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

    def is_unreadable(self, artifact: Artifact) -> bool:
        """Return whether not all of the artifact could be read."""
        return self._tallies[artifact.id].is_unreadable

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
        self.late_problems = [problem for pair in digested if (problem := _late_problem(*pair)) is not None]
        for problem in self.late_problems:
            self._tallies[problem.artifact_id].problem_count += 1
            self._report(problem)
        self._rows = tuple(self._row(artifact, digest) for artifact, digest in digested)
        self._changed = [(artifact.source.name, digest.change) for artifact, digest in digested if digest.change]
        self._incomplete_count = sum(
            row.status == ArtifactStatus.PARTIAL or artifact.source.is_fault or _is_loss(artifact, digest)
            for row, (artifact, digest) in zip(self._rows, digested, strict=True)
        )
        return self._rows

    def inexact_ids(self, digests: Digests) -> list[int]:
        """Return the ids of the artifacts of lines whose bytes the bundle lacks, or whose hash is not known."""
        with_lines = (artifact for artifact in self.artifacts if artifact.source.kind in LINE_KINDS)
        return [artifact.id for artifact in with_lines if not self._is_exact(artifact, digests.of(artifact))]

    def summary(
        self,
        path: Path,
        bundle_id: str,
        seconds: float,
        *,
        distinct_events: int,
        digest: str,
        repeated_text: RepeatedText,
    ) -> BuildSummary:
        """Return the summary of the finished build."""
        return BuildSummary(
            path=path,
            bundle_id=bundle_id,
            digest=digest,
            size_bytes=path.stat().st_size,
            seconds=seconds,
            artifacts=self._rows,
            duplicate_count=self.event_count - distinct_events,
            left_out_count=sum(tally.left_out_count for tally in self._tallies.values()),
            examples=tuple(self._examples),
            changed=tuple(self._changed),
            are_standalone_logs_searched=self.are_logs_searched,
            incomplete_count=self._incomplete_count,
            repeated_text=repeated_text,
        )

    def _report(self, problem: ProblemRow) -> None:
        source = self._sources[problem.artifact_id]
        where = {} if problem.member is None else {"member": problem.member}
        emit(Event.IMPORT_ERROR, path=source.label, line=problem.line, error=problem.error, **where)
        if len(self._examples) < MAX_EXAMPLES:
            self._examples.append((source.name, problem))

    def _hash(self, artifact: Artifact, digest: Digest) -> str | None:
        """Return the hash of the artifact's bytes, if it is known."""
        member = artifact.source.member
        return digest.sha256 if member is None else _member_hash(member, self._tallies[artifact.id])

    def _is_exact(self, artifact: Artifact, digest: Digest) -> bool:
        """Return whether the bundle holds the artifact's lines byte for byte, and their hash is known."""
        is_known = self._hash(artifact, digest) is not None and digest.change is None
        return is_known and _is_held(artifact.source, self._tallies[artifact.id])

    def _row(self, artifact: Artifact, digest: Digest) -> ArtifactRow:
        tally = self._tallies[artifact.id]
        source = artifact.source
        return ArtifactRow(
            id=artifact.id,
            path=source.name,
            kind=source.kind,
            compression=source.compression,
            status=ArtifactStatus.DUPLICATE if source.copy is not None else _status(source.kind, tally),
            reason="; ".join(filter(None, _reasons(source, digest))) or None,
            size_bytes=source.size_bytes,
            sha256=self._hash(artifact, digest),
            modified_at=_iso_time(source.modified_ns),
            record_count=tally.record_count,
            problem_count=tally.problem_count,
            blob_sha256=tally.blob_sha256,
            container_id=artifact.container_id,
            member=None if source.member is None else source.member.number,
            raw_path=source.raw_name,
            is_exact=int(self._is_exact(artifact, digest)),
            is_folder=int(source.folder is not None and source.member is None),
            archive_id=artifact.archive_id,
            archive_member=source.archive_member or None,
            original_id=artifact.original_id,
        )


def _is_loss(artifact: Artifact, digest: Digest) -> bool:
    """Return whether the build lost content; a file that is only listed may change, but must be readable."""
    return digest.failure is not None if artifact.source.is_listed else digest.is_loss


def _late_problem(artifact: Artifact, digest: Digest) -> ProblemRow | None:
    """Return the problem of a file that is only listed, and could not be read for its hash."""
    if digest.failure is None or not artifact.source.is_listed:
        return None
    return file_problem(artifact.id, ProblemKind.UNREADABLE, digest.failure, digest.offset)


def _failure_text(digest: Digest) -> str | None:
    if digest.failure is None:
        return None
    return f"its hash is unknown, because it cannot be read at byte {digest.offset}: {digest.failure}"


def _member_hash(member: Member, tally: Tally) -> str | None:
    """Return the hash that the manifest gives; None if the bytes do not match it."""
    return None if tally.is_mismatched else member.sha256


def _is_held(source: Source, tally: Tally) -> bool:
    """Return whether the bundle holds every byte of a file of lines, which is not compressed as a whole."""
    return source.kind in LINE_KINDS and source.compression is Compression.NONE and not tally.is_unreadable


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


def _reasons(source: Source, digest: Digest) -> tuple[str | None, ...]:
    """Return what is to be said about the artifact: why it was not read, and how it changed."""
    return source.reason, source.copy.reason if source.copy else None, digest.change, _failure_text(digest)
