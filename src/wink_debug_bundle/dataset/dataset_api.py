"""The public class `Dataset`: build a dataset of shards, and open it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..errors import BundleError
from ..pipeline.build_options import BuildOptions
from ..pipeline.cpu_count import default_jobs
from ..pipeline.planning.job_arrays import parse_shard
from .checking.dataset_verification import DatasetVerification, verify_dataset
from .compacting.dataset_compaction import CompactionSummary, compact_dataset
from .dataset_build import DatasetBuild, DatasetOptions, build_dataset
from .dataset_opening import open_shards
from .dataset_totals import DatasetTotals, outcome_of, totals_of
from .partial_bundles.dataset_reader import DatasetReader
from .pulling.run_pull import PullSummary, pull_runs
from .shard_planning.shard_grouping import USUAL_LEAST_BYTES

if TYPE_CHECKING:
    from ..explore.outcome import Outcome
    from ..packing.frame_header import ByteProgress
    from ..pipeline.progress import ProgressCallback


class Dataset(DatasetReader):
    """A folder of Parquet files, in shards, that any engine reads; beside it are the bundles of the shards.

    Example::

        Dataset.build("s3://evaluations/target", "s3://evaluations/dataset")
        with Dataset.open("s3://evaluations/dataset").connect() as connection:
            for row in connection.ask("failure-reasons").rows:
                print(row)

    Attributes:
        storage: Where it is.
        commits: What its complete shards hold, in the order of their sources.
        missing_count: Number of planned shards that are not complete.
    """

    __slots__ = ()

    @classmethod
    def build(
        cls,
        source: str | Path,
        output: str | Path,
        *,
        executor: Executor | None = None,
        jobs: int | None = None,
        labels: Mapping[str, str] | None = None,
        shard: str | None = None,
        shard_bytes: int = USUAL_LEAST_BYTES,
        keep_bundles: bool = True,
        progress: ProgressCallback | None = None,
    ) -> DatasetBuild:
        """Build a dataset of all artifacts below `source`, or add to it what is new; return what was done.

        A shard that fails is tried again, then reported; the rest of the dataset is usable, and the next build builds
        what is missing.

        Args:
            source: A local folder, or the URL of one that fsspec can list.
            output: Where the dataset is: a local folder, or a URL.
            executor: What runs a task for each shard: any executor of `concurrent.futures`, whose workers have this
                package; None for processes of this machine.
            jobs: Number of such processes; None for as many as there are processors, up to 8.
            labels: The evaluation of each folder that has one, by its path below `source`; '' is all of it.
            shard: The part of the shards to build, `I/N`, `auto` or `auto/N`, as one of several jobs.
            shard_bytes: Bytes of sources that a shard has at least; it has up to four times as many.
            keep_bundles: Whether to store the bundles of the shards, from which the artifacts can be written back.
            progress: Called with the `Progress` of the build.

        Raises:
            BundleError: the source cannot be listed or is empty, or a package is missing.
            DamagedBundleError: the dataset is damaged.
            BundleVersionError: another release built the dataset.
            ValueError: `shard` names no shard, or `shard_bytes` or `jobs` is less than 1.
        """
        if shard_bytes < 1 or (jobs is not None and jobs < 1):
            raise ValueError("shard_bytes and jobs must be 1 or more")
        options = DatasetOptions(
            {path.strip("/"): label for path, label in (labels or {}).items()},
            shard_bytes,
            keep_bundles,
            None if shard is None else parse_shard(shard, os.environ),
            jobs,
            progress,
        )
        return build_dataset(str(source), str(output), options, executor=executor)

    @classmethod
    def open(cls, place: str | Path) -> Self:
        """Open the dataset at a local path or a URL; shards that are not committed yet are not part of it.

        Raises:
            InvalidBundleError: there is no dataset.
            DamagedBundleError: a commit is damaged.
            BundleVersionError: another release built it.
        """
        return cls(*open_shards(str(place)))

    @property
    def totals(self) -> DatasetTotals:
        """Return what all complete shards hold together, as their commits say it."""
        return totals_of(self.commits, self.missing_count)

    @property
    def outcome(self) -> Outcome:
        """Return how everything ended, as `DebugBundle.outcome` says it; the commits alone are read for it.

        What two shards hold counts twice; `totals.copied_count` says how many runs are such copies. A shard names its 50 most frequent reasons of failures and tools, and
        `totals.left_out` counts the others.

        Raises:
            InvalidBundleError: no shard is complete.
            DamagedBundleError: commits hold what no bundle has.
        """
        return outcome_of(self.storage, self.commits)

    def pull(
        self,
        output: str | Path,
        *,
        where: str,
        jobs: int | None = None,
        force: bool = False,
        progress: ProgressCallback | None = None,
    ) -> PullSummary:
        """Make an ordinary bundle at `output` of the runs that a condition chooses.

        It has of each of these runs what a build of its zip or folder has. Artifacts that are in no run are not pulled;
        other runs in the zip of a chosen one come along.

        Args:
            output: Path of the bundle; a name that ends in .zst is that of a packed one.
            where: SQL of DuckDB about the columns of `runs`, and `failure`, `failure_signature` and `request` of
                `sample_results`, as in `"result = 'failed'"`.
            jobs: Number of worker processes of the build; None for as many as there are processors, up to 8.
            force: Whether to replace a bundle that exists.
            progress: Called with the `Progress`.

        Raises:
            BundleQueryError: the condition is wrong.
            BundleError: it holds for no run, or the shard of a run was built without its bundle.
            DamagedBundleError: a bundle of the dataset is damaged.
            BundleExistsError: the output exists and `force` is not set.
            BundleBuildError: the bundle could not be written, or a run cannot be written back.
        """
        options = BuildOptions(jobs=jobs or default_jobs(), force=force, progress=progress)
        return pull_runs(self.storage, self.commits, Path(output), where, options)

    @staticmethod
    def compact(
        place: str | Path, *, shard_bytes: int = USUAL_LEAST_BYTES, progress: ByteProgress | None = None
    ) -> CompactionSummary:
        """Put small shards of the dataset at a local path or a URL together to large ones.

        All questions have the same answers before, meanwhile and afterwards. It can be killed at any moment: the next time
        goes on. Builds and other compactions may run at the same time; shards that they took stay as they are.

        Args:
            place: Where the dataset is.
            shard_bytes: Bytes of sources that a shard should have at least; smaller ones are put together.
            progress: Called with the bytes of the sources of the shards that are done, and of all.

        Raises:
            InvalidBundleError: there is no dataset.
            BundleError: a small shard has no bundle, or something cannot be read or written.
            DamagedBundleError: a plan, a commit or a bundle is damaged.
            BundleBuildError: a shard cannot be put together.
            ValueError: `shard_bytes` is less than 1.
        """
        if shard_bytes < 1:
            raise ValueError("shard_bytes must be 1 or more")
        dataset = Dataset.open(place)
        try:
            return compact_dataset(dataset.storage, shard_bytes, progress)
        except OSError as error:
            raise BundleError(f"{place}: cannot be compacted: {error}") from error

    def verify(self, *, against: str | Path | None = None, progress: ByteProgress | None = None) -> DatasetVerification:
        """Check that plans and commits agree, that no source is missing or twice, each hash, and each bundle.

        Args:
            against: A folder of sources: each file in it that the dataset does not have is a finding.
            progress: Called with the number of bytes checked so far, and of all.

        Raises:
            BundleError: a plan is damaged, or the folder cannot be listed.
        """
        folder = None if against is None else str(against)
        return verify_dataset(self.storage, self.commits, against=folder, progress=progress)
