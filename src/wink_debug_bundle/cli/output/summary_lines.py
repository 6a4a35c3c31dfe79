"""Turn the summary of a build into lines that fit on one screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from ...bundle_files import has_packed_name
from ...column_values import ArtifactKind, ArtifactStatus
from ...database.shared_text import RepeatedText
from ...explore.outcome import Outcome
from ...pipeline.build_summary import BuildSummary
from ...pipeline.planning.plan import STANDALONE_LOG_BYTES
from ...rows import ArtifactRow, ProblemRow
from ...terminal_text import visible
from .outcome_lines import next_lines, outcome_lines
from .packed_lines import unpack_line
from .wording import command_line, counted, duration, size

_KINDS = {
    ArtifactKind.SNAPSHOTS: ("session file", "snapshot"),
    ArtifactKind.LOGS: ("log file", "log record"),
    ArtifactKind.TRANSCRIPT: ("transcript", "record"),
    ArtifactKind.ARCHIVE: ("archive", "file"),
    ArtifactKind.RUN: ("run", "member"),
}
"""Nouns for an artifact of each kind, and for its records."""

_MOST_NAMED = 3
"""Entries that are named for each reason why they were not read."""

_READ = (ArtifactStatus.IMPORTED, ArtifactStatus.PARTIAL)

_MOST_REASONS = 5
_LONGEST_ERROR = 120


def summary_lines(summary: BuildSummary, outcome: Outcome | None) -> Iterator[str]:
    """Yield the lines of the summary, which end with the outcome and the next commands."""
    path = summary.path
    yield from import_lines(summary)
    if outcome is not None:
        yield from outcome_lines(outcome)
    yield f"Digest: {summary.digest}"
    yield f"Bundle: {visible(str(path))} ({size(summary.size_bytes)}), built in {duration(summary.seconds)}"
    if has_packed_name(path):
        yield unpack_line(path)
    yield from _repeated_text_lines(summary.repeated_text)
    yield from next_lines(outcome, path)


def import_lines(summary: BuildSummary) -> Iterator[str]:
    """Yield what was read, and what could not be read and why."""
    read = list(_read_lines(summary.artifacts))
    yield from (["Read:", *read] if read else [])
    if summary.duplicate_count:
        kept = (
            "was in more than one snapshot, and is"
            if summary.duplicate_count == 1
            else "were in several snapshots, and are"
        )
        yield f"  {counted(summary.duplicate_count, 'event')} {kept} kept once"
    yield from _duplicate_lines([each for each in summary.artifacts if each.status == ArtifactStatus.DUPLICATE])
    yield from _remark_lines(summary.artifacts, {name for name, _ in summary.changed})
    yield from _unread_lines([artifact for artifact in summary.artifacts if _is_skipped(artifact)])
    yield from _problem_lines(summary)
    if summary.left_out_count:
        verb = "was" if summary.left_out_count == 1 else "were"
        what = counted(summary.left_out_count, "item")
        yield f"Left out: {what} that would decompress to more than --max-expansion allows {verb} stored compressed"
    yield from _changed_lines(summary.changed)
    if not summary.are_standalone_logs_searched:
        limit = size(STANDALONE_LOG_BYTES)
        yield f"Not done: standalone logs of more than {limit} were not searched for tool calls and transcripts;"
        yield "  create --calls-in-logs (calls_in_logs=True) searches them, which takes about twice the time"
    if summary.incomplete_count:
        verb = "was" if summary.incomplete_count == 1 else "were"
        yield f"Incomplete: {counted(summary.incomplete_count, 'artifact')} {verb} not read completely"


def _repeated_text_lines(repeated: RepeatedText) -> Iterator[str]:
    """Say how much larger the bundle is than it could be, or would be otherwise, because runs have the same text."""
    if repeated.is_most:
        yield f"Text: {size(repeated.size_bytes)} of it is text of files that other files have, too;"
        yield "  create --share-text (share_text=True) stores it once, and the bundle is smaller by that"
    elif repeated.is_shared and repeated.is_much:
        yield f"Text: {size(repeated.size_bytes)} of files that other files have, too, is stored once"


def _read_lines(artifacts: Sequence[ArtifactRow]) -> Iterator[str]:
    for kind, (noun, record) in _KINDS.items():
        read = [artifact for artifact in artifacts if artifact.kind == kind and artifact.status in _READ]
        if read:
            total = sum(artifact.size_bytes for artifact in read)
            records = sum(artifact.record_count for artifact in read)
            held = _of_transcripts(records) if kind == ArtifactKind.TRANSCRIPT else counted(records, record)
            yield f"  {counted(len(read), noun)} ({size(total)}): {held}"


def _of_transcripts(records: int) -> str:
    """Say what transcripts hold beside the records of the logs, which they repeat."""
    if not records:
        return "the logs have all of their records, too"
    return f"{counted(records, 'record')} that the logs do not have"


def _duplicate_lines(copies: Sequence[ArtifactRow]) -> Iterator[str]:
    """Yield what was not imported again, and where it is imported."""
    if not copies:
        return
    yield f"Not imported again: {counted(len(copies), 'duplicate')} (listed in the table artifacts)"
    for artifact in copies[:_MOST_NAMED]:
        yield f"  {visible(artifact.path)}: {visible(artifact.reason or '')}"
    if len(copies) > _MOST_NAMED:
        yield f"  and {len(copies) - _MOST_NAMED:,} more"


def _remark_lines(artifacts: Sequence[ArtifactRow], changed: set[str]) -> Iterator[str]:
    """Yield what is to be said about zips, such as what they hold that was not opened."""
    zips = [each for each in artifacts if each.kind == ArtifactKind.ARCHIVE and each.status in _READ]
    closed = [each for each in zips if each.reason and each.path not in changed]
    if closed:
        yield f"Remarks on {counted(len(closed), 'zip')}:"
        for artifact in closed[:_MOST_NAMED]:
            yield f"  {visible(artifact.path)}: {visible(artifact.reason or '')}"
        if len(closed) > _MOST_NAMED:
            yield f"  and {len(closed) - _MOST_NAMED:,} more, in the table artifacts"


def _unread_lines(unread: Sequence[ArtifactRow]) -> Iterator[str]:
    """Yield what was not read, by what became of its bytes."""
    kept = [artifact for artifact in unread if artifact.blob_sha256 is not None]
    failed = [artifact for artifact in unread if artifact.blob_sha256 is None and artifact.problem_count]
    listed = [artifact for artifact in unread if artifact.blob_sha256 is None and not artifact.problem_count]
    yield from _reason_lines("Kept as bytes, not read", kept)
    yield from _reason_lines("Could not be read", failed)
    yield from _reason_lines("Listed, without their bytes", listed)


def _reason_lines(title: str, artifacts: Sequence[ArtifactRow]) -> Iterator[str]:
    """Yield the artifacts by their reason, with the names of the first few of each."""
    if not artifacts:
        return
    yield f"{title}: {len(artifacts):,}"
    by_reason: dict[str, list[str]] = defaultdict(list)
    for artifact in artifacts:
        by_reason[artifact.reason or "not recognised"].append(visible(artifact.path))
    for reason, names in list(by_reason.items())[:_MOST_REASONS]:
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        yield f"  {visible(reason)}: {', '.join(names[:_MOST_NAMED])}{more}"
    if len(by_reason) > _MOST_REASONS:
        yield f"  and {counted(len(by_reason) - _MOST_REASONS, 'more reason')}, in the table artifacts"


def _is_skipped(artifact: ArtifactRow) -> bool:
    return artifact.status == ArtifactStatus.SKIPPED


def _changed_lines(changed: Sequence[tuple[str, str]]) -> Iterator[str]:
    if not changed:
        return
    yield f"Changed during the build: {counted(len(changed), 'file')}"
    for name, change in changed[:_MOST_NAMED]:
        yield f"  {visible(name)}: {change}"
    if len(changed) > _MOST_NAMED:
        yield f"  and {len(changed) - _MOST_NAMED:,} more, in the table artifacts"


def _problem_lines(summary: BuildSummary) -> Iterator[str]:
    read = {artifact.id: artifact.problem_count for artifact in summary.artifacts if not _is_skipped(artifact)}
    total = sum(read.values())
    if not total:
        return
    yield f"Problems: {total:,}, stored in the bundle with their bytes"
    examples = [(name, problem) for name, problem in summary.examples if problem.artifact_id in read]
    for name, problem in examples:
        yield f"  {_place(name, problem)}: {_shortened(problem.error)}"
    if total > len(examples):
        yield f"  and {total - len(examples):,} more: {command_line('query', summary.path, 'SELECT * FROM problems')}"


def _place(name: str, problem: ProblemRow) -> str:
    if problem.member is not None:
        return f"{visible(name)}, member {visible(problem.member)}"
    if problem.line is None:
        return visible(name)
    if problem.last_line is not None:
        return f"{visible(name)}, lines {problem.line} to {problem.last_line}"
    return f"{visible(name)}, line {problem.line}"


def _shortened(error: str) -> str:
    shown = visible(error)
    return shown if len(shown) <= _LONGEST_ERROR else f"{shown[:_LONGEST_ERROR]}..."
