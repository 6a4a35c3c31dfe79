"""Turn what a compaction did into lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from ....dataset.compacting.dataset_compaction import CompactionSummary
from ....terminal_text import visible
from ..wording import counted, duration


def compaction_lines(done: CompactionSummary) -> Iterator[str]:
    """Yield how many shards there were and are, what stays as it is and why, and what was removed."""
    if done.before == done.after:
        yield f"Nothing to put together: {counted(done.after, 'shard')}"
    else:
        yield f"Compacted: {counted(done.before, 'shard')} to {done.after:,}"
    if done.kept_apart:
        yield f"Kept apart: {counted(done.kept_apart, 'small shard')} that share something with others, or are of another folder"
    if done.given_up:
        yield f"Left: {counted(done.given_up, 'group')} of shards that another process changed meanwhile; run it again"
    if done.removed:
        yield f"Removed: the files of {counted(done.removed, 'replaced shard')}"
    yield f"Dataset: {visible(done.dataset)}, compacted in {duration(done.seconds)}"
