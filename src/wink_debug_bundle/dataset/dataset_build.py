"""Build a dataset: plan what is new, and run the tasks of all shards that are not committed yet."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, replace

from ..artifacts.sets.shards import Shard
from ..errors import BundleError
from ..pipeline.cpu_count import default_jobs
from ..pipeline.progress import Phase, Progress, ProgressCallback
from .commits import committed_shards
from .dataset_paths import check_secrets
from .executors.process_executor import ProcessExecutor
from .executors.task_running import ShardFailure, run_tasks
from .extras import require
from .shard_planning.compacted_shards import compacted_shard
from .shard_planning.frozen_plan import PLANS, Plan, freeze, read_plan, read_steps
from .shard_planning.next_work import next_work
from .shard_planning.planned_shard import PlannedShard
from .shard_planning.shard_grouping import USUAL_LEAST_BYTES
from .shard_planning.source_listing import Listing, is_folder, list_sources
from .shard_task import ShardTask
from .shard_work.shard_report import ShardReport
from .storage import Storage


@dataclass(frozen=True, slots=True)
class DatasetBuild:
    """What a build of a dataset did.

    Attributes:
        dataset: The dataset, as messages call it.
        reports: What became of each shard that was built.
        failures: The shards that could not be built; the rest of the dataset is usable.
        committed_count: Number of shards that were complete before.
        others_count: Number of shards that are left to other jobs.
        left_out: Names of links and other entries that are not files, and of files whose names lead out of the folder.
        held_back: Names of new sources that belong to runs of a shard which cannot be built again, as other sources of
            it are gone.
        gone: Number of sources that are gone; the dataset keeps what they held.
        elsewhere: Number of sources of other folders than this one, which were not looked for.
        seconds: How long it took.
    """

    dataset: str
    reports: tuple[ShardReport, ...]
    failures: tuple[ShardFailure, ...]
    committed_count: int
    others_count: int
    left_out: tuple[str, ...]
    held_back: tuple[str, ...]
    gone: int
    elsewhere: int
    seconds: float


@dataclass(frozen=True, slots=True)
class DatasetOptions:
    """How to build a dataset.

    Attributes:
        labels: The evaluation of each folder that has one, by its path below the source; '' is all of it.
        least_bytes: Bytes of sources that a shard has at least; it has up to four times as many.
        keeps_bundles: Whether the bundle of each shard is stored.
        shard: The part of the shards that this job builds; None for all.
        jobs: Number of processes, where none but this machine builds.
        progress: Called with the `Progress` of the build: its bytes are those of the sources of all shards.
    """

    labels: Mapping[str, str]
    least_bytes: int = USUAL_LEAST_BYTES
    keeps_bundles: bool = True
    shard: Shard | None = None
    jobs: int | None = None
    progress: ProgressCallback | None = None


def build_dataset(
    source: str, output: str, options: DatasetOptions, *, executor: Executor | None = None
) -> DatasetBuild:
    """Build the dataset at `output` of all artifacts below `source`; what is committed there already stays.

    Args:
        source: A local folder, or the URL of one that fsspec can list.
        output: A local folder, or a URL; it is created.
        options: How to build it.
        executor: What runs the tasks; None for processes of this machine.

    Raises:
        BundleError: the source cannot be listed, has no files, a package is missing, or the dataset cannot be written.
        DamagedBundleError: a plan or a commit of the dataset is damaged.
        BundleVersionError: another release built the dataset.
    """
    try:
        return _build(source, output, options, executor)
    except OSError as error:
        raise BundleError(f"{output}: cannot be written: {error}") from error


def _build(source: str, output: str, options: DatasetOptions, executor: Executor | None) -> DatasetBuild:
    """Build the dataset, as `build_dataset` does it.

    Raises:
        OSError: the dataset cannot be read or written.
    """
    started = time.monotonic()
    require("pyarrow")
    check_secrets(source)
    storage = Storage.open(output)
    _report(options, Progress(Phase.FINDING, 0, 0, 0))
    listing = list_sources(source, storage)
    _check_labels(listing, options.labels)
    work = _Planned(storage, listing, options)
    left_out = listing.left_out
    del listing  # of a million files, it is large
    committed = work.committed()
    shards = [shard for shard in work.shards if shard.id not in committed]
    own = [shard for shard in shards if work.is_of(options.shard, shard)]
    reports, failures = _run(own, work.task_of, options, executor)
    with suppress(OSError):  # leftovers do no harm
        storage.remove_unfinished()
    return DatasetBuild(
        storage.shown,
        tuple(reports),
        tuple(failures),
        len(work.shards) - len(shards),
        len(shards) - len(own),
        left_out,
        work.held_back,
        work.gone,
        work.elsewhere,
        time.monotonic() - started,
    )


class _Planned:
    """The shards of a dataset that count, those that a listing adds included.

    Attributes:
        shards: The shards, those of earlier plans first.
        held_back: As in `DatasetBuild`.
        gone: As in `DatasetBuild`.
        elsewhere: As in `DatasetBuild`.
    """

    def __init__(self, storage: Storage, listing: Listing, options: DatasetOptions) -> None:
        self._storage = storage
        self._plans: dict[str, Plan] = {}
        self._planned: dict[str, PlannedShard] = {}
        self.shards: list[PlannedShard] = []
        self.held_back: tuple[str, ...] = ()
        self.gone = self.elsewhere = 0
        self._abandoned: set[str] = set()
        self._count = 0
        self._places: dict[str, int] = {}
        self._joined: set[str] = set()
        self._read_steps()
        if options.shard is None or not self._has_work(listing):
            self._add(listing, options)

    def committed(self) -> set[str]:
        """Return the ids of the shards that are committed; those that are announced to be put together are as good as that."""
        return committed_shards(self._storage) | self._joined

    def is_of(self, part: Shard | None, shard: PlannedShard) -> bool:
        """Return whether a shard is of that part of the work; its place among all plans decides, which never changes."""
        return part is None or self._places[shard.id] % part.count == part.number - 1

    def task_of(self, shard: PlannedShard) -> ShardTask:
        """Return the task that builds a shard."""
        return self._plans[shard.id].task(shard, self._storage.url)

    def _read_steps(self) -> None:
        """Read the plans that were added since they were read last."""
        for step in read_steps(self._storage)[self._count :]:
            plan = read_plan(self._storage, step)
            self._abandoned.update(step.abandons)
            if step.joining is not None and (whole := compacted_shard(self._planned, step.joining)) is not None:
                self._planned[whole.id] = whole
                self._joined.add(whole.id)
            about = replace(plan, shards=())
            for shard in plan.shards:
                self._plans[shard.id] = about
                self._places.setdefault(shard.id, len(self._places))
            self._planned.update((shard.id, shard) for shard in plan.shards)
            self._count += 1

    def _has_work(self, listing: Listing) -> bool:
        """Return whether a planned shard of the folder is not committed; the jobs of an array build what one planned."""
        committed = self.committed()
        self.shards = self._alive(committed)
        return any(shard.id not in committed and not listing.sources.is_apart(shard.folder) for shard in self.shards)

    def _alive(self, committed: AbstractSet[str]) -> list[PlannedShard]:
        """Return the shards that no committed one replaces, those that were put together from others among them."""
        known = self._planned.values()
        dead = self._abandoned | {old for shard in known if shard.id in committed for old in shard.replaces}
        return [shard for shard in known if shard.id not in dead]

    def _add(self, listing: Listing, options: DatasetOptions) -> None:
        """Plan what the listing adds, after all other plans: if another process was faster, its plan comes first."""
        while True:
            committed = self.committed()
            self.shards = self._alive(committed)
            work = next_work(listing.sources, self.shards, committed, options.labels, options.least_bytes)
            self.held_back, self.gone, self.elsewhere = work.held_back, work.gone, work.elsewhere
            abandons = {*work.abandons, *self._without_folder(listing, committed)}
            if not (work.shards or abandons):
                break
            shards = tuple(map(self._with_new_id, work.shards))
            if self._count == 0:
                _check_new(self._storage)
            plan = Plan(listing.url, shards, options.labels, options.keeps_bundles)
            freeze(self._storage, plan, abandons, self._count + 1)
            self._read_steps()
        if not self.shards:
            raise BundleError(f"{listing.shown}: holds no files")

    def _without_folder(self, listing: Listing, committed: AbstractSet[str]) -> set[str]:
        """Return the shards of other folders that are not built yet, and cannot be, as their folder is gone."""
        waiting = [shard for shard in self.shards if shard.id not in committed]
        folders = {shard.folder for shard in waiting if listing.sources.is_apart(shard.folder)}
        gone = {folder for folder in folders if not is_folder(folder)}
        return {shard.id for shard in waiting if shard.folder in gone}

    def _with_new_id(self, shard: PlannedShard) -> PlannedShard:
        """Return the shard with an id that none has had: its sources may be again what they were in an earlier one."""
        while shard.id in self._places:
            shard = PlannedShard.of(shard.sources, shard.replaces, again=shard.again + 1)
        return shard


def _check_labels(listing: Listing, labels: Mapping[str, str]) -> None:
    """Check that each folder that is labelled has files, as a misspelt one would leave its runs without a label.

    Raises:
        BundleError: one has none.
    """
    names = listing.sources.names
    for folder, label in labels.items():
        place = bisect_left(names, f"{folder}/")
        if folder and not (place < len(names) and names[place].startswith(f"{folder}/")):
            raise BundleError(f"{listing.shown}: the folder {folder!r} of the label {label!r} holds no files")


def _check_new(storage: Storage) -> None:
    """Check that nothing but the beginning of a dataset is where one is to be made.

    Raises:
        BundleError: there are other files.
    """
    others = [name for name in storage.names("") if name != PLANS]
    if others:
        raise BundleError(
            f"{storage.shown}: is no dataset, and has other files, such as {others[0]!r}; give a new folder"
        )


def _run(
    shards: Sequence[PlannedShard],
    task_of: Callable[[PlannedShard], ShardTask],
    options: DatasetOptions,
    executor: Executor | None,
) -> tuple[list[ShardReport], list[ShardFailure]]:
    """Run the tasks of the shards on the executor, or on processes of this machine."""
    total, done = sum(shard.size for shard in shards), 0

    def on_done(task: ShardTask) -> None:
        nonlocal done
        done += task.size
        _report(options, Progress(Phase.READING, done, total, 0))

    if not shards:
        return [], []
    _report(options, Progress(Phase.READING, 0, total, 0))
    if executor is not None:
        return run_tasks(executor, map(task_of, shards), on_done)
    jobs = options.jobs or default_jobs()
    each = max(1, jobs // len(shards))
    own = ProcessExecutor(min(jobs, len(shards)))
    try:
        return run_tasks(own, (replace(task_of(shard), jobs=each) for shard in shards), on_done)
    finally:
        own.shutdown(cancel_futures=True)


def _report(options: DatasetOptions, progress: Progress) -> None:
    if options.progress is not None:
        options.progress(progress)
