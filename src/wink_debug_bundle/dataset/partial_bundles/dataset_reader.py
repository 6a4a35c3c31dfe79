"""What people ask an open dataset: SQL, single values and runs, costs, words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ...explore.text_search.bundle_search import Search
from ..asking.dataset_cell import read_dataset_cell
from ..asking.dataset_query import DatasetConnection, DatasetRows, opened_dataset
from ..commits import Commit
from ..dataset_opening import read_steadily
from ..dataset_paths import place_path
from ..storage import Storage
from .partial_dataset import partial_dataset, told_story
from .sqlite_answers import sqlite_answers

if TYPE_CHECKING:
    from ...explore.costs.cost_rows import Costs, CostsBy
    from ...explore.story.story_data import Story
    from ...explore.text_search.found_texts import SearchResult


@dataclass(frozen=True, slots=True)
class DatasetReader:
    """A dataset that is open for questions.

    Attributes:
        storage: Where it is.
        commits: What its complete shards hold, in the order of their sources.
        missing_count: Number of planned shards that are not complete.
    """

    storage: Storage
    commits: tuple[Commit, ...]
    missing_count: int

    @contextmanager
    def connect(self, *, timeout: float | None = None) -> Iterator[DatasetConnection]:
        """Yield a connection that answers SQL and saved queries over all committed shards, by DuckDB.

        It reads the dataset and no other file. Its tables and views are those of a bundle; ids are shifted, so that
        they are unique, and hold as long as no shard is added.

        Args:
            timeout: Seconds after which what runs in the block is stopped.

        Raises:
            BundleError: it was stopped, a file of the dataset cannot be read, or DuckDB is not installed.
        """
        with ExitStack() as stack:
            in_sqlite = stack.enter_context(sqlite_answers(self.storage, self.commits, timeout))
            yield read_steadily(
                self.storage,
                self.commits,
                lambda commits: stack.enter_context(
                    opened_dataset(self.storage, commits, timeout=timeout, in_sqlite=in_sqlite)
                ),
            )

    def cell(self, handle: str, found: DatasetRows | None = None, *, timeout: float | None = None) -> object:
        """Return the whole value that a handle names, as `DebugBundle.cell` does it.

        Args:
            handle: The table, id and column of a value, like `logs.4711.context`, with the id that `connect` shows; or the
                row and column of a query's result with a checksum, like `r3c2-9f2c41`.
            found: The result of the query that a handle of the second kind is from, which is run again.
            timeout: Seconds after which the reading of a value of the first kind is stopped.

        Raises:
            BundleError: it is not a handle, or the value is missing or a different one.
        """
        return read_dataset_cell(self.storage, self.commits, handle, found, timeout)

    def costs(self, by: CostsBy = "run", *, prices: str | Path | None = None, model: str | None = None) -> Costs:
        """Return what the tokens cost, as `DebugBundle.costs` says it; what it reads is copied to a temporary bundle.

        Args:
            by: What a row stands for: a run (or a session outside of runs), an experiment, a turn, or a model.
            prices: A table of prices in JSON; by default the one of the package, which has a date.
            model: The model of tokens for which nothing names one.

        Raises:
            BundleError: the table of prices or a file of the dataset cannot be read.
        """
        with partial_dataset(self.storage, self.commits, place_path(self.storage.shown)) as part:
            return part.costs(by, None if prices is None else Path(prices), model)

    def search(
        self,
        words: str,
        *,
        kinds: str | Sequence[str] = (),
        run: int | str | None = None,
        tool: str | None = None,
        level: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> SearchResult:
        """Find the texts that have all of some words, as `DebugBundle.search` does it in a bundle without an index.

        All texts are copied to a temporary bundle. The arguments are those of `DebugBundle.search`.

        Raises:
            BundleError: there is no such run, tool, level or kind, or a file of the dataset cannot be read.
        """
        with partial_dataset(self.storage, self.commits, place_path(self.storage.shown)) as part:
            return part.search(
                Search.of(words, kinds=kinds, run=run, tool=tool, level=level, limit=limit, offset=offset)
            )

    @contextmanager
    def show(self, run: int | str) -> Iterator[Story]:
        """Yield the story of one run, or of a session outside of runs, as `DebugBundle.show` returns it.

        Its rows are copied to a temporary bundle, which is removed after the block.

        Example::

            with dataset.show("sample-36") as story:
                for step in story.steps:
                    print(step.title, step.text)

        Args:
            run: The run's number, as `connect` and comparisons have it, or its shard, or the beginning of that, with the
                number that it has there, as `SHARD:NUMBER`; else a name as for `DebugBundle.show`.

        Raises:
            BundleError: nothing has that name, several runs do, or a file of the dataset cannot be read.
        """
        with told_story(self.storage, self.commits, str(run)) as story:
            yield story
