"""Turn what was pulled out of a dataset into lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from ....dataset.pulling.run_pull import PullSummary
from ....explore.outcome import Outcome
from ....packing.frame_header import is_packed
from ....terminal_text import visible
from ..outcome_lines import next_lines, outcome_lines
from ..packed_lines import unpack_line
from ..wording import counted, duration, size


def pull_lines(summary: PullSummary, outcome: Outcome | None) -> Iterator[str]:
    """Yield what was pulled and what was not, what happened, and the commands to type next."""
    yield f"Pulled: {counted(summary.run_count, 'run')} of {counted(summary.shard_count, 'shard')}"
    if summary.along_count:
        yield f"Came along: {counted(summary.along_count, 'other run')} in the same zips"
    if summary.left_count:
        yield f"Not pulled: {counted(summary.left_count, 'artifact')} of these shards that are in no run"
    if summary.recompressed_count:
        yield f"Compressed anew: {counted(summary.recompressed_count, 'zip')}, whose members have the same bytes"
    if outcome is not None:
        yield from outcome_lines(outcome)
    yield f"Digest: {summary.digest}"
    yield f"Bundle: {visible(str(summary.path))} ({size(summary.size_bytes)}), pulled in {duration(summary.seconds)}"
    if is_packed(summary.path):
        yield unpack_line(summary.path)
    yield from next_lines(outcome, summary.path)
