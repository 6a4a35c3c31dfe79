"""A bundle as a database of Datasette, whose statements run in worker processes within limits."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from msgspec.structs import replace

from ...database.connection import open_immutable
from .admission import Gates, Page, current_page
from .bundle_catalog import BundleCatalog
from .cells.page_cells import page_cells
from .datasette_release import (
    CSV_IS_OURS,
    WRONG_SQL,
    QueryInterrupted,
    asks_for_columns,
    counts_rows,
    counts_rows_of_facet,
    no_count,
)
from .result_rows import results
from .row_order import in_order, without_limit
from .sql_processes.lanes import QUICK_SECONDS, WorkerPool
from .sql_processes.messages import Answer, Statement
from .sql_processes.served_file import ServedFile
from .sql_processes.sql_worker import LONGEST_VALUE

_FIXED_SECONDS = 2.0
"""Time for the statements that Datasette needs to know what is there."""

_HTML_CHARACTERS, _ROW_CHARACTERS = 4096, 1 << 20
"""Characters of a text on the page of a table, which shows fewer, and on the page of one row."""

_HTML_CELLS, _DATA_CELLS = 10_000, 500_000
_ROWS_SECONDS = 0.5
"""Time in which the rows of a page must be there once the first one is; a page that takes longer has fewer."""

_PAGE_BYTES = 8 << 20
_BLOB_BYTES = (LONGEST_VALUE + (4 << 20)) // 4
"""The page of one value may have four times as much."""

_OWN_BYTES, _OWN_CELLS = 32 << 20, 1_000_000
"""What a statement for a page of our own may return: the page shows only some of it."""

_MOST_ROWS = 100_000
_REMEMBERED_BYTES, _REMEMBERED = 16 << 10, 2000
_BLOCK_ROWS, _BLOCK_BYTES = 1000, 1 << 20
"""Rows and bytes of a query's result that are in memory at once while it is sent as CSV."""


class ReplacedError(Exception):
    """The path of the bundle leads to another file now, or to none."""


class TooLargeError(Exception):
    """A page's rows are more than a page may have, or take longer than a page may take.

    Attributes:
        rows: The number of its first rows that are there; Datasette can show one less.
    """

    def __init__(self, rows: int) -> None:
        super().__init__("the rows are too large for one page")
        self.rows = rows


class BundleDatabase(BundleCatalog):
    """A bundle: any path works, all SQL can only read, and no statement can hold up the server."""

    def __init__(self, datasette: Any, bundle: ServedFile, name: str, bundle_hash: str, gates: Gates) -> None:
        super().__init__(datasette, name, bundle.size, bundle_hash)  # Datasette shows the path; the folder is private
        self.pool = WorkerPool(bundle)
        self.served = bundle
        self._gates = gates
        self._remembered: OrderedDict[str, Answer] = OrderedDict()

    def connect(self, write: bool = False) -> sqlite3.Connection:  # noqa: FBT001, FBT002 - Datasette's signature
        """Open a connection in this process, for plugins that ask for one."""
        if write:
            raise ValueError("a bundle can only be read")
        self._check_file()
        return self.close_later(open_immutable(self.served.path))

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:
        """Run a plugin's function in this process; Datasette's own are replaced by `BundleCatalog`."""
        return await super().execute_fn(fn)

    async def execute(  # noqa: PLR0917 - Datasette's signature
        self,
        sql: str,
        params: Mapping[str, Any] | Sequence[Any] | None = None,
        truncate: bool = False,  # noqa: FBT001, FBT002
        custom_time_limit: int | None = None,
        page_size: int | None = None,
        log_sql_errors: bool = True,  # noqa: ARG002, FBT001, FBT002
    ) -> Any:
        """Run a query: the rows of a page, what a page can do without, or what Datasette needs to know.

        Raises:
            QueryInterrupted: it took too long, or the page can do without it and it failed.
            TooLargeError: the rows do not fit into one page.
            BusyError: it is slow, and too many slow ones wait already.
            ReplacedError: the bundle's file was replaced or removed.
        """
        page = current_page.get()
        parameters = dict(params) if isinstance(params, Mapping) else list(params or ())
        limit = (custom_time_limit or self.ds.sql_time_limit_ms) / 1000
        if truncate:
            return await self._rows(page, sql, parameters, min(limit, self.ds.sql_time_limit_ms / 1000), page_size)
        if custom_time_limit or counts_rows(sql):
            return await self._optional(page, sql, parameters, limit)
        return await self._known(sql, parameters)

    async def _rows(self, page: Page | None, sql: str, parameters: Any, seconds: float, page_size: int | None) -> Any:
        """Return the rows that a page shows."""
        if page and page.first_rows:
            answer, page.first_rows = page.first_rows, None
            return await self._shown(page, results(answer))
        most_rows = self.ds.max_returned_rows
        if most_rows == (page_size or self.ds.page_size):
            most_rows += 1  # one row more than the page, by which Datasette knows that there is a next page
        if page and page.kind == "table" and page.table:
            keys = await self.deciding_columns(page.table)
            sql = in_order(sql, keys, has_odd_times=await self.has_odd_times())
            if page.is_whole and not keys:  # a view, which each of its pages would run again from its beginning
                whole = _for_page(page, without_limit(sql), parameters, seconds, self.ds.max_returned_rows)
                return await self._whole(page, replace(whole, rows_seconds=0))
        statement = _for_page(page, sql, parameters, seconds, most_rows)
        if page and page.extension == "cell":
            statement = replace(statement, skipped_rows=page.shown_row, most_rows=1)
        if page and page.kind == "query" and page.extension == "csv":
            return await self._whole(page, statement) if CSV_IS_OURS else await self._uncut(page, statement)
        is_data = page is not None and page.kind == "query" and page.extension == "json" and not page.has_own_sql
        answer = await (self._remembering if is_data else self._run)(page, statement)
        if answer.ended_early and page and page.kind != "query":
            page.first_rows = replace(answer, has_more=False, ended_early=False)
        if answer.ended_early and (not answer.rows or (page and page.first_rows)):
            raise TooLargeError(len(answer.rows))
        return await self._shown(page, self._results(answer, statement))

    async def _shown(self, page: Page | None, found: Any) -> Any:
        """Return the rows, once it is known how the page shows them."""
        if page and page.extension is None:
            page.cells = await page_cells(self, page, found)
        return found

    async def _whole(self, page: Page, statement: Statement) -> Any:
        """Return the first rows of a query or a view, however many it has; the page has the further ones."""
        if not page.has_own_sql and not self.pool.is_known_slow(statement.sql):
            answer = await self.pool.run_quick(statement)
            if answer.outcome == "rows" and not answer.has_more:
                return results(answer)
        await page.change_to(self._gates.slow)
        page.further_rows = self._blocks(
            replace(statement, most_rows=_BLOCK_ROWS, most_bytes=_BLOCK_BYTES, in_blocks=True)
        )
        return await anext(page.further_rows)

    async def _uncut(self, page: Page, statement: Statement) -> Any:
        """Return the rows of a query's result, if there are no more than a page may have.

        Raises:
            sqlite3.OperationalError: there are more, and the CSV would not say so.
        """
        answer = await self._run(page, statement)
        if answer.has_more:
            raise WRONG_SQL[0](f"the result has more than {statement.most_rows} rows; get it with: query --format csv")
        return self._results(answer, statement)

    async def _blocks(self, statement: Statement) -> AsyncGenerator[Any]:
        """Yield the rows of a result, some at a time."""
        async with aclosing(self.pool.slow.stream(statement)) as answers:
            async for answer in answers:
                self._check_answer(answer)
                yield self._results(answer, statement)

    async def _optional(self, page: Page | None, sql: str, parameters: Any, seconds: float) -> Any:
        """Return the rows of a count or a facet, in what is left of the time for them."""
        left = page.optional_seconds if page else QUICK_SECONDS
        statement = Statement(sql, parameters, min(seconds, left, QUICK_SECONDS), _MOST_ROWS, 1 << 20, _DATA_CELLS)
        if left <= 0 or self.pool.is_known_slow(sql):
            answer = Answer("interrupted")
        else:
            started = asyncio.get_running_loop().time()
            answer = await self._remembering(page, statement)
            if page:
                page.optional_seconds -= asyncio.get_running_loop().time() - started
        if answer.outcome == "rows" and not answer.ended_early:
            return results(answer)
        if counts_rows_of_facet(sql):
            return no_count()
        raise QueryInterrupted(answer.error, sql, parameters)

    async def _known(self, sql: str, parameters: Any) -> Any:
        """Return the rows of a statement about the schema, or about rows that are known."""
        statement = Statement(sql, parameters, _FIXED_SECONDS, _MOST_ROWS, _PAGE_BYTES, _DATA_CELLS)
        answer = await self._remembering(None, statement)
        if answer.outcome == "interrupted" and asks_for_columns(sql):
            return results(Answer("rows"))
        return self._results(answer, statement)

    async def rows_of_page(self, sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return all rows of a statement for a page of our own; a text of more than a mebibyte is cut, and says so.

        Raises:
            QueryInterrupted: it took too long.
            TooLargeError: the rows do not fit into one page.
            BusyError: it is slow, and too many slow ones wait already.
            ReplacedError: the bundle's file was replaced or removed.
        """
        statement = Statement(
            sql,
            dict(parameters),
            self.ds.sql_time_limit_ms / 1000,
            _MOST_ROWS,
            _OWN_BYTES,
            _OWN_CELLS,
            characters=_ROW_CHARACTERS,
            marks_cut_text=True,
        )
        answer = await self._run(current_page.get(), statement)
        if answer.has_more:
            raise TooLargeError(len(answer.rows))
        rows: list[tuple[Any, ...]] = self._results(answer, statement).rows
        return rows

    async def has_rows(self, sql: str, parameters: Any, seconds: float) -> bool:
        """Return whether a query has a row; also True if that is not known in time."""
        first = f"SELECT 1 FROM (\n{sql}\n) LIMIT 1"
        answer = await self._remembering(None, Statement(first, parameters, seconds, 1, _PAGE_BYTES, _DATA_CELLS))
        return answer.outcome != "rows" or bool(answer.rows)

    async def query(self, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a statement of our own about the schema."""
        rows: list[tuple[Any, ...]] = (await self._known(sql, list(parameters))).rows
        return rows

    async def _remembering(self, page: Page | None, statement: Statement) -> Answer:
        """Run a statement, unless its answer is known: a bundle does not change."""
        key = f"{statement.sql}\0{statement.parameters!r}"
        if key in self._remembered:
            self._check_file()
            self._remembered.move_to_end(key)
            return self._remembered[key]
        answer = await self._run(page, statement)
        if (
            answer.outcome == "rows"
            and not answer.has_more
            and len(key) + sum(len(repr(row)) for row in answer.rows) < _REMEMBERED_BYTES
        ):
            self._remembered[key] = answer
            if len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return answer

    async def _run(self, page: Page | None, statement: Statement) -> Answer:
        """Run a statement in the lane where it belongs."""
        self._check_file()
        is_main = statement.seconds > QUICK_SECONDS and page is not None
        if page and page.has_own_sql:
            answer = await self.pool.slow.run(statement)
        elif is_main and self.pool.is_known_slow(statement.sql):
            answer = await self._run_slow(page, statement)
        else:
            answer = await self.pool.run_quick(statement, QUICK_SECONDS if page else _FIXED_SECONDS)
            if answer.outcome == "interrupted" and is_main:
                answer = await self._run_slow(page, statement)
        self._check_answer(answer)
        return answer

    async def _run_slow(self, page: Page | None, statement: Statement) -> Answer:
        """Run a statement in the slow lane, where its page takes a place first."""
        if page:
            await page.change_to(self._gates.slow)
        return await self.pool.slow.run(statement)

    def _results(self, answer: Answer, statement: Statement) -> Any:
        """Return the rows, or raise what Datasette expects."""
        if answer.outcome == "interrupted":
            raise QueryInterrupted("interrupted", statement.sql, statement.parameters)
        if answer.outcome == "failed":
            raise WRONG_SQL[0](answer.error)
        return results(answer)

    def _check_answer(self, answer: Answer) -> None:
        if answer.outcome == "replaced":
            raise ReplacedError
        self._check_file()

    def _check_file(self) -> None:
        if not self.served.is_current():
            raise ReplacedError


def _for_page(page: Page | None, sql: str, parameters: Any, seconds: float, most_rows: int) -> Statement:
    """Return the statement of a page's rows, with the limits of its kind and format."""
    kind, extension = (page.kind, page.extension) if page else ("table", "json")
    is_html = extension is None
    characters = _ROW_CHARACTERS if kind == "row" else _HTML_CHARACTERS
    return Statement(
        sql,
        parameters,
        seconds,
        most_rows,
        _BLOB_BYTES if extension in {"blob", "cell"} else _PAGE_BYTES,
        _HTML_CELLS if is_html else _DATA_CELLS,
        rows_seconds=0 if kind == "query" else _ROWS_SECONDS,
        characters=characters if is_html else 0,
        marks_cut_text=kind == "row",
    )
