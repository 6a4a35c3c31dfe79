"""Turn what was merged, or added to a bundle, into lines that fit on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...explore.outcome import Outcome
from ...merging.append_summary import AppendSummary
from ...merging.merge_summary import MergeSummary
from ...packing.frame_header import is_packed
from ...terminal_text import visible
from .outcome_lines import next_lines, outcome_lines
from .packed_lines import unpack_line
from .summary_lines import import_lines
from .wording import command_line, counted, duration, size

_MOST_NAMED = 3
"""Files, duplicates and entries that are named."""


def merge_lines(summary: MergeSummary, outcome: Outcome | None) -> Iterator[str]:
    """Yield the lines of the summary, which end with the outcome and the next commands."""
    held = f"{counted(summary.run_count, 'run')}, {counted(summary.artifact_count, 'artifact')}"
    yield f"Merged: {counted(len(summary.bundles), 'bundle')} with {held}"
    known = [path for paths in summary.known for path in paths]
    if known:
        yield f"Copied once: {counted(len(known), 'file')} that several bundles have"
        yield from _named([visible(path) for path in known])
    duplicates = [each for of_bundle in summary.duplicates for each in of_bundle]
    if duplicates:
        yield f"Not imported again: {counted(len(duplicates), 'duplicate')} (listed in the table artifacts)"
        yield from _named([f"{visible(path)}: {visible(reason)}" for path, reason in duplicates])
    if summary.other_versions:
        yield f"In other bytes: {counted(len(summary.other_versions), 'file')} of the same name, each imported by itself"
        yield from _named([visible(path) for path in summary.other_versions])
    if summary.other_labels:
        yield f"Labels: {counted(len(summary.other_labels), 'file')} with another label in another bundle"
        yield from _named(
            [visible(f"{path}: {kept} is kept, not {other}") for path, kept, other in summary.other_labels]
        )
    if summary.shared_session_count:
        yield f"Joined: {counted(summary.shared_session_count, 'session')} that an earlier bundle has, too"
    if summary.repeated_sample_count:
        yield f"Attempts: {counted(summary.repeated_sample_count, 'sample')} with several runs, taken for attempts of one evaluation"
        yield "  If they are of several evaluations, build each bundle with create --label NAME"
    if summary.redacted_count and not summary.is_redacted:
        yield f"NOT redacted: only {summary.redacted_count:,} of the bundles have replaced values; before you share this one,"
        yield f"  {command_line('redact', summary.path, '-o', 'NEW')}"
    if outcome is not None:
        yield from outcome_lines(outcome)
    yield f"Digest: {summary.digest}"
    built = f"({size(summary.size_bytes)}), merged in {duration(summary.seconds)}"
    yield f"Bundle: {visible(str(summary.path))} {built}"
    yield from _unpack_lines(summary.path)
    yield from next_lines(outcome, summary.path)


def _unpack_lines(path: Path) -> Iterator[str]:
    """Yield how to unpack the bundle in a shell, if it is packed."""
    if is_packed(path):
        yield unpack_line(path)


def _named(texts: list[str]) -> Iterator[str]:
    """Yield the first few texts, and how many more there are."""
    yield from (f"  {text}" for text in texts[:_MOST_NAMED])
    if len(texts) > _MOST_NAMED:
        yield f"  and {len(texts) - _MOST_NAMED:,} more"


def append_lines(summary: AppendSummary, outcome: Outcome | None) -> Iterator[str]:
    """Yield what was new and what the bundle had already, and the lines with which every summary ends."""
    yield f"Had already: {_entries(len(summary.known))}"
    if summary.build is None:
        yield f"Nothing is new: {visible(str(summary.path))} stays as it is"
        return
    yield from _named_entries("New", summary.new)
    yield from _named_entries("Grown since, and read again", summary.grown)
    yield from _named_entries("Changed since; the bundle has both versions", summary.changed)
    yield from import_lines(summary.build)
    if outcome is not None:
        yield from outcome_lines(outcome)
    yield f"Digest: {summary.digest}"
    taken = f"({size(summary.size_bytes)}), appended to in {duration(summary.seconds)}"
    yield f"Bundle: {visible(str(summary.path))} {taken}"
    yield from _unpack_lines(summary.path)
    yield from next_lines(outcome, summary.path)


def _named_entries(title: str, paths: Sequence[str]) -> Iterator[str]:
    """Yield the number of some entries, and the names of the first few."""
    if not paths:
        return
    yield f"{title}: {_entries(len(paths))}"
    yield from (f"  {visible(path)}" for path in paths[:_MOST_NAMED])
    if len(paths) > _MOST_NAMED:
        yield f"  and {len(paths) - _MOST_NAMED:,} more"


def _entries(count: int) -> str:
    return f"{count:,} entry" if count == 1 else f"{count:,} entries"
