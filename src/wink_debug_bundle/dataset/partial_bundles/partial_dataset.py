"""Open parts of a dataset as bundles: what a comparison reads, what names are found in, and single runs whole."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ...database.connection import open_bundle
from ...errors import BundleError
from ...explore.costs.cost_rows import COSTS_BY, Costs, CostsBy, costs_of
from ...explore.costs.price_table import read_prices
from ...explore.sql_errors import sql_errors
from ...explore.story.reading import read_now
from ...explore.story.run_choice import ListedUnit, Unit, choose, listed_units, only_unit
from ...explore.story.run_story import story_of
from ...explore.story.story_data import Story
from ...explore.text_search.bundle_search import NO_INDEX, Search, search
from ...explore.text_search.found_texts import SearchResult
from ..asking.duckdb_tables import id_bases
from ..asking.table_opening import opened_tables
from ..commits import Commit
from ..dataset_opening import check_any, open_shards, read_steadily
from ..dataset_paths import place_path
from ..storage import Storage
from .partial_rows import COMPARED, NAMED, READ_BY, TOLD, Conditions, Reader, select_rows, telling_statements
from .partial_writing import write_partial_bundle
from .request_blobs import copy_request_blobs

_NO_INDEX = "A dataset has no index, so every text was read."


@dataclass(slots=True)
class PartialDataset:
    """A dataset whose parts are copied to temporary bundles; these are removed when it is closed.

    All parts have the rows of one moment, with the same ids.

    Attributes:
        path: What messages call it.
        storage: Where it is.
        commits: Its committed shards; if some are put together meanwhile, those in their place.
        folder: The folder of the temporary bundles.
        closing: What is closed with it.
        missing_count: Number of its other shards, which are planned and not complete.
    """

    path: Path
    storage: Storage
    commits: Sequence[Commit]
    folder: Path
    closing: ExitStack
    missing_count: int = 0
    _has_part: bool = False

    def of(self, reader: Reader) -> Path:
        """Return a new bundle with what a reader of all runs needs."""
        return self._steadily(lambda: self._part(_selects(READ_BY[reader], whole=reader == "search")))

    def costs(self, by: CostsBy, prices: Path | None, model: str | None) -> Costs:
        """Return what the tokens cost."""
        if by not in COSTS_BY:
            raise ValueError(f"by must be one of {', '.join(COSTS_BY)}, not {by!r}")
        table = read_prices(prices)
        with sql_errors(self.path):
            return costs_of(self._opened(self.of("cost")), by, table, model)

    def search(self, wanted: Search) -> SearchResult:
        """Return the texts that have all of some words."""
        with sql_errors(self.path):
            return of_dataset(search(self._opened(self.of("search")), wanted))

    def compared(self) -> Path:
        """Return a new bundle with what a comparison reads of all samples."""
        return self._steadily(lambda: self._part(_selects(COMPARED, whole=False), with_requests=True))

    def named(self) -> sqlite3.Connection:
        """Return a connection to a new bundle with what runs and sessions are found by."""
        return self._opened(self._steadily(lambda: self._part(_selects(NAMED, whole=False))))

    def whole(self, units: Sequence[Unit]) -> sqlite3.Connection:
        """Return a connection to a new bundle with the whole story of some runs and sessions."""
        return self._opened(self._steadily(lambda: self._told(units)))

    def _steadily(self, write: Callable[[], Path]) -> Path:
        """Return the bundle that a function writes; it writes another one if shards are put together meanwhile."""

        def written(commits: Sequence[Commit]) -> Path:
            self.commits = commits
            return write()

        path = read_steadily(self.storage, self.commits, written, keeps_ids=self._has_part)
        self._has_part = True
        return path

    def _part(self, selects: Mapping[str, str], *, with_requests: bool = False) -> Path:
        path = self._new_path()
        with opened_tables(self.storage, self.commits) as source:
            write_partial_bundle(source, self.commits, selects, path)
            if with_requests:
                copy_request_blobs(source, self.storage, self.commits, path)
        return path

    def _told(self, units: Sequence[Unit]) -> Path:
        path = self._new_path()
        with opened_tables(self.storage, self.commits, self._shards(units)) as source:
            for statement, values in telling_statements(units):
                source.execute(statement, values or None)
            write_partial_bundle(source, self.commits, _selects(TOLD, whole=True), path)
        return path

    def _new_path(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.folder), "part.db")

    def _opened(self, path: Path) -> sqlite3.Connection:
        return self.closing.enter_context(closing(open_bundle(path, self.path)))

    def _shards(self, units: Sequence[Unit]) -> AbstractSet[str] | None:
        """Return the shards that hold some runs; None, for all of them, if a session outside of runs is among them."""
        if any(unit.run_id is None for unit in units):
            return None
        return {_shard_of(self.commits, unit.run_id) for unit in units if unit.run_id is not None}


def of_dataset(result: SearchResult) -> SearchResult:
    """Return what was found in a temporary bundle, without the advice to make an index of it."""
    return replace(result, remark=_NO_INDEX) if result.remark == NO_INDEX else result


@contextmanager
def partial_dataset(storage: Storage, commits: Sequence[Commit], path: Path) -> Iterator[PartialDataset]:
    """Yield a dataset whose parts can be copied to temporary bundles.

    Raises:
        InvalidBundleError: it has no complete shard.
        BundleError: a file cannot be read, or a package is missing.
    """
    check_any(storage, commits)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="wink-dataset-"))
        yield PartialDataset(path, storage, commits, Path(folder), stack.enter_context(ExitStack()))


@contextmanager
def opened_part(place: str, path: Path) -> Iterator[PartialDataset]:
    """Yield the dataset at a place; messages call it by its path.

    Raises:
        BundleError: there is no dataset, it cannot be read, or a package is missing.
    """
    shards = open_shards(place)
    with partial_dataset(shards.storage, shards.commits, path) as part:
        part.missing_count = shards.missing_count
        yield part


@contextmanager
def told_story(storage: Storage, commits: Sequence[Commit], name: str) -> Iterator[Story]:
    """Yield the story of the run or session that a name means, as for a bundle; `SHARD:NUMBER` means a run, too.

    Raises:
        BundleError: nothing has that name, or several runs do.
    """
    with partial_dataset(storage, commits, place_path(storage.shown)) as part:
        named = part.named()
        unit = read_now(named, choose(_whole_number(part.commits, name)))
        yield story_of(part.whole([unit]), unit)


def listed_runs(storage: Storage, commits: Sequence[Commit], most: int) -> tuple[Unit | None, list[ListedUnit]]:
    """Return the only run of a dataset, if there is one, and up to `most` of its runs, the failed first."""
    with partial_dataset(storage, commits, place_path(storage.shown)) as part:
        connection = part.named()
        return read_now(connection, only_unit()), read_now(connection, listed_units(most))


def _selects(conditions: Conditions, *, whole: bool) -> dict[str, str]:
    return {table: select_rows(table, condition, whole=whole) for table, condition in conditions.items()}


def _shard_of(commits: Sequence[Commit], run_id: int) -> str:
    """Return the shard that holds a run."""
    holder = ""
    for commit, bases in id_bases(commits, ["artifacts"]):
        if bases["artifacts"] < run_id:
            holder = commit.shard
    return holder


def _whole_number(commits: Sequence[Commit], name: str) -> str:
    """Return the number among all runs of a run that is named `SHARD:NUMBER`, as the Parquet files have it.

    Raises:
        BundleError: several shards begin so.
    """
    shard, colon, number = name.rpartition(":")
    if not colon or not number.isdecimal():
        return name
    found = [bases["artifacts"] for commit, bases in id_bases(commits, ["artifacts"]) if commit.shard.startswith(shard)]
    if len(found) > 1:
        raise BundleError(f"{name!r}: {len(found)} shards begin with {shard!r}; write more of its id")
    return str(found[0] + int(number)) if found else name
