"""Turn what was done with a dataset, and what it holds, into lines for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from ....dataset.commits import Commit
from ....dataset.dataset_build import DatasetBuild
from ....dataset.dataset_totals import DatasetTotals
from ....dataset.executors.task_running import ShardFailure
from ....explore.outcome import Outcome
from ....terminal_text import visible
from ..outcome_lines import outcome_lines
from ..wording import counted, duration, listed, size

_MOST_NAMED = 3
"""Names, and failed shards, that are shown."""

_RESULTS = ("passed", "failed", "error", "unscored")


def build_lines(done: DatasetBuild, next_command: str) -> Iterator[str]:
    """Yield what a build did, and the commands to type next."""
    new = [report for report in done.reports if report.is_new]
    commits = [report.commit for report in done.reports]
    yield f"Built: {counted(len(new), 'shard')} of {_sources(commits)}"
    if commits:
        yield f"  {_results(commits)}"
        yield from _incomplete_lines(sum(commit.incomplete_count for commit in commits))
        slowest = max(report.seconds for report in done.reports)
        total = sum(report.seconds for report in done.reports)
        yield f"  Shards took {duration(total)} together, the longest {duration(slowest)}"
    if done.committed_count:
        yield f"Complete before: {counted(done.committed_count, 'shard')}"
    if done.others_count:
        yield f"Left to other jobs: {counted(done.others_count, 'shard')}"
    yield from _named("Not read, as they are links, no files or of names that lead elsewhere", done.left_out)
    yield from _named("Not added, as other files of their shard are gone or in other folders", done.held_back)
    if done.gone:
        yield f"Gone since they were read: {counted(done.gone, 'file')}; the dataset keeps what they held"
    if done.elsewhere:
        yield f"Of other folders, and not looked for: {counted(done.elsewhere, 'file')}"
    yield from failure_lines(done.failures)
    yield f"Dataset: {visible(done.dataset)}, built in {duration(done.seconds)}"
    yield "Next:"
    yield f"  {next_command}"


def _incomplete_lines(count: int) -> Iterator[str]:
    if count:
        yield f"  Not read completely: {counted(count, 'artifact')} (see the table problems)"


def failure_lines(failures: Sequence[ShardFailure]) -> Iterator[str]:
    """Yield what failed, with its sources, and what to do."""
    if not failures:
        return
    yield f"Failed: {counted(len(failures), 'shard')}; the rest is usable, and the next build tries them again"
    for failure in failures[:_MOST_NAMED]:
        yield f"  {failure.shard_id}: {visible(failure.reason.removeprefix(f'shard {failure.shard_id}: '))}"
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
    return _runs(found)


def _runs(results: Mapping[str, int]) -> str:
    names = {"error": "ended with an error"}
    shown = listed([(results.get(result, 0), names.get(result, result)) for result in _RESULTS])
    return f"Runs: {sum(results.values()):,}{f' ({shown})' if shown else ''}"


def _named(title: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"{title}: {counted(len(names), 'file')}"
        yield from (f"  {visible(name)}" for name in names[:_MOST_NAMED])


def info_lines(shown: str, totals: DatasetTotals, outcome: Outcome | None, next_command: str) -> Iterator[str]:
    """Yield what a dataset holds, as its commits say it, and how it ended, if that was read."""
    yield f"Dataset: {visible(shown)}"
    yield f"Shards: {totals.shard_count:,} complete"
    if totals.missing_count:
        yield f"  Not complete: {counted(totals.missing_count, 'shard')}, not counted here; dataset build builds what is missing"
    yield f"Sources: {counted(totals.source_count, 'file')} ({size(totals.source_bytes)})"
    yield from _incomplete_lines(totals.incomplete_count)
    yield from [_runs(totals.results)] if outcome is None else outcome_lines(outcome)
    if totals.left_out:
        yield "  Incomplete: each shard lists its 50 most frequent failures, tools, models and experiments;"
        yield f"    {counted(totals.left_out, 'other')} are not counted above, and query counts them"
    if totals.copied_count:
        yield f"  Counted again: {counted(totals.copied_count, 'run')} of other shards (dataset verify names each)"
    yield f"Stored: {size(totals.table_bytes)} in tables, {size(totals.bundle_bytes)} in bundles"
    if totals.rows:
        yield "Rows:"
    yield from (f"  {name}: {rows:,}" for name, rows in totals.rows.items())
    if totals.ledger:
        yield "Ledger:"
    for status, each in totals.ledger.items():
        yield f"  {visible(status)}: {each.items:,} lines and members, {size(each.bytes)}"
    yield "Next:"
    yield f"  {next_command}"


def info_json(shown: str, totals: DatasetTotals, outcome: Outcome | None) -> str:
    """Return what a dataset holds as JSON."""
    return json.dumps({"dataset": shown, **asdict(totals), "outcome": outcome and asdict(outcome)}, indent=2)
