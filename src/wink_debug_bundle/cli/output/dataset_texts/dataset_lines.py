"""Turn what was done with a dataset, and what it holds, into lines for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ....dataset.commits import Commit
from ....dataset.dataset_build import DatasetBuild
from ....dataset.executors.task_running import ShardFailure
from ....terminal_text import visible
from ..wording import counted, duration, listed, size

_MOST_NAMED = 3
"""Names, and failed shards, that are shown."""

_RESULTS = ("passed", "failed", "error", "unscored")


def build_lines(done: DatasetBuild) -> Iterator[str]:
    """Yield what a build did, and the commands to type next."""
    new = [report for report in done.reports if report.is_new]
    commits = [report.commit for report in done.reports]
    yield f"Built: {counted(len(new), 'shard')} of {_sources(commits)}"
    if commits:
        yield f"  {_results(commits)}"
        slowest = max(report.seconds for report in done.reports)
        total = sum(report.seconds for report in done.reports)
        yield f"  Shards took {duration(total)} together, the longest {duration(slowest)}"
    if done.committed_count:
        yield f"Complete before: {counted(done.committed_count, 'shard')}"
    if done.others_count:
        yield f"Left to other jobs: {counted(done.others_count, 'shard')}"
    yield from _named("Not read, as they are links or no files", done.left_out)
    yield from _named("Not added, as other files of their shard are gone", done.held_back)
    if done.gone:
        yield f"Gone since they were read: {counted(done.gone, 'file')}; the dataset keeps what they held"
    yield from _failure_lines(done.failures)
    yield f"Dataset: {visible(done.dataset)}, built in {duration(done.seconds)}"


def _failure_lines(failures: Sequence[ShardFailure]) -> Iterator[str]:
    """Yield what failed, with its sources, and what to do."""
    if not failures:
        return
    yield f"Failed: {counted(len(failures), 'shard')}; the rest is usable, and the next build tries them again"
    for failure in failures[:_MOST_NAMED]:
        yield f"  {failure.shard_id}: {failure.reason}"
        yield from (f"    {visible(name)}" for name in failure.sources[:_MOST_NAMED])
        if len(failure.sources) > _MOST_NAMED:
            yield f"    and {len(failure.sources) - _MOST_NAMED:,} more files"
    if len(failures) > _MOST_NAMED:
        yield f"  and {len(failures) - _MOST_NAMED:,} more shards"


def _sources(commits: Sequence[Commit]) -> str:
    count = sum(commit.source_count for commit in commits)
    return f"{counted(count, 'file')} ({size(sum(commit.source_bytes for commit in commits))})"


def _results(commits: Iterable[Commit]) -> str:
    """Say how the runs and samples of some shards ended."""
    found: Counter[str] = Counter()
    for commit in commits:
        found.update(commit.results)
    parts = [(found[result], "ended with an error" if result == "error" else result) for result in _RESULTS]
    shown = listed(parts)
    return f"Runs: {sum(found.values()):,}{f' ({shown})' if shown else ''}"


def _named(title: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"{title}: {counted(len(names), 'file')}"
        yield from (f"  {visible(name)}" for name in names[:_MOST_NAMED])
