"""Pull runs out of a dataset: write them back from the bundles of their shards, one shard at a time, and build a bundle."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from ...artifacts.source import Source
from ...merging.bundle_merging import merge_bundles
from ...merging.merge_summary import MergeSummary
from ...pipeline.build import build
from ...pipeline.build_options import BuildOptions
from ...pipeline.build_summary import BuildSummary
from ...pipeline.progress import Phase, counting
from ...pipeline.publishing.construction import check_output
from ...pipeline.publishing.write_errors import write_errors
from ..asking.dataset_query import opened_dataset
from ..commits import Commit
from ..dataset_opening import read_steadily
from ..storage import Storage
from .chosen_runs import chosen_runs
from .shard_extraction import ExtractedRuns, extract_runs


@dataclass(frozen=True, slots=True)
class PullSummary:
    """What was pulled out of a dataset.

    Attributes:
        path: The bundle.
        digest: The hash of the whole bundle: of all rows and of the schema.
        size_bytes: Its size.
        seconds: How long it took.
        run_count: Number of chosen runs.
        shard_count: Number of shards that they are in.
        along_count: Number of other runs that came along, as they are in the same zips.
        left_count: Number of artifacts of these shards that are in no run, and were not pulled.
        recompressed_count: Number of zips that could not be compressed as they were, so that only their members are the
            same.
    """

    path: Path
    digest: str
    size_bytes: int
    seconds: float
    run_count: int
    shard_count: int
    along_count: int
    left_count: int
    recompressed_count: int


@dataclass(slots=True)
class _Part:
    """The files of runs that were read from one folder, so that their names are unique."""

    sources: list[Source] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)


class _Extracted(NamedTuple):
    """The number of chosen runs, and their files, by shards."""

    run_count: int
    shards: list[ExtractedRuns]


def pull_runs(
    storage: Storage, commits: Sequence[Commit], output: Path, where: str, options: BuildOptions
) -> PullSummary:
    """Build a bundle at `output` of the runs for which the condition `where` holds.

    The bundle is that which an ordinary build makes of these runs alone: their zips and folders are written back from the
    bundles of their shards. One bundle at a time is on this machine.

    Raises:
        BundleQueryError: the condition is wrong.
        BundleError: it holds for no run, or a shard has no bundle.
        DamagedBundleError: a bundle is damaged.
        BundleExistsError: the output exists and `options.force` is not set.
        BundleBuildError: the bundle could not be written, or a run cannot be written back.
    """
    started = time.monotonic()
    with write_errors(output):
        check_output(output, force=options.force)
    with tempfile.TemporaryDirectory(prefix="wink-pull-") as name:

        def extracted(commits: Sequence[Commit]) -> _Extracted:
            return _chosen(storage, commits, where, Path(tempfile.mkdtemp(dir=name)), options)

        run_count, shards = read_steadily(storage, commits, extracted)
        done = _build(shards, output, Path(name), options)
    return PullSummary(
        output,
        done.digest,
        done.size_bytes,
        time.monotonic() - started,
        run_count,
        len(shards),
        sum(each.along for each in shards),
        sum(each.left for each in shards),
        sum(each.recompressed for each in shards),
    )


def _chosen(
    storage: Storage, commits: Sequence[Commit], where: str, scratch: Path, options: BuildOptions
) -> _Extracted:
    """Write the runs for which a condition holds below a folder."""
    with opened_dataset(storage, commits) as connection:
        chosen = chosen_runs(connection, where, storage.shown)
    shards = _extract_all(storage, [each for each in commits if each.shard in chosen], chosen, scratch, options)
    return _Extracted(sum(map(len, chosen.values())), shards)


def _extract_all(
    storage: Storage,
    commits: Sequence[Commit],
    chosen: Mapping[str, Sequence[str]],
    scratch: Path,
    options: BuildOptions,
) -> list[ExtractedRuns]:
    """Write the runs of each shard below a folder of its own."""
    report = counting(options.progress, Phase.UNPACKING)
    total = sum(commit.bundle.bytes for commit in commits if commit.bundle is not None)
    shards, done = [], 0
    for commit in commits:
        report(done, total)
        shards.append(extract_runs(storage, commit, chosen[commit.shard], scratch / commit.shard))
        done += 0 if commit.bundle is None else commit.bundle.bytes
    report(done, total)
    return shards


def _build(
    shards: Sequence[ExtractedRuns], output: Path, scratch: Path, options: BuildOptions
) -> BuildSummary | MergeSummary:
    """Build a bundle of all files; those of several folders have bundles of their own first, as names may repeat."""
    parts: dict[str | None, _Part] = {}
    for shard in shards:
        part = parts.setdefault(shard.source_directory, _Part())
        part.sources.extend(shard.sources)
        part.labels.update(shard.labels)
    if len(parts) == 1:
        [(directory, part)] = parts.items()
        return build(part.sources, output, _labelled(options, part), source_directory=directory)
    built: list[Path] = []
    for number, (directory, part) in enumerate(parts.items()):
        built.append(scratch / f"part-{number}.db")
        build(part.sources, built[-1], _labelled(options, part), source_directory=directory)
    return merge_bundles(built, output, force=options.force, progress=options.progress)


def _labelled(options: BuildOptions, part: _Part) -> BuildOptions:
    return BuildOptions(jobs=options.jobs, force=options.force, progress=options.progress, labels=part.labels)
