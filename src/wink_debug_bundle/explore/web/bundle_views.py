"""Datasette's views of rows, with pages that end where their bytes do, and exports that are sent as they are read."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from datasette.utils import InvalidSql, path_from_row_pks, path_with_format, tilde_decode
from datasette.utils.asgi import AsgiStream, BadRequest, Request, Response
from datasette.utils.sqlite import sqlite3 as datasette_sqlite3
from datasette.views.base import DatasetteError
from datasette.views.database import DatabaseView
from datasette.views.row import RowView
from datasette.views.table import TableView

from .bundle_database import TooLargeError

_MOST_SUGGESTING = 60
"""Number of columns up to which Datasette may look which of them are worth a facet: three statements for each."""

_CHUNK_CHARACTERS = 64 << 10


class _StreamedCsv:
    """Replaces Datasette's CSV, which keeps a page of any size in memory, and writes errors between the rows."""

    ds: Any
    data: Callable[..., Any]

    async def as_csv(self, request: Any, database: str) -> Any:
        """Return the rows as CSV; with `_stream`, those of all pages."""
        request = _with_flags(request, "_nofacet", "_nocount")  # CSV does not show them
        is_streamed = bool(request.args.get("_stream"))
        if is_streamed and request.args.get("_next"):
            raise BadRequest("_next not allowed for CSV streaming")
        data = await self._page(request, **({"_size": "max"} if is_streamed and isinstance(self, TableView) else {}))
        if isinstance(data, Response):
            return data
        headings = list(_headings(data)) if request.args.get("_header") != "off" else None

        async def pages() -> AsyncIterator[Any]:
            page = data
            yield page
            while is_streamed and page.get("next"):
                page = await self._page(request, _next=page["next"], _size="max")
                yield page

        async def write(response: Any) -> None:
            buffer = io.StringIO()
            writer = csv.writer(buffer)
            if headings:
                writer.writerow(headings)
            async for page in pages():
                for row in page["rows"]:
                    writer.writerow(self._cells(request, database, page, row))
                    if buffer.tell() > _CHUNK_CHARACTERS:
                        await response.write(buffer.getvalue())
                        buffer.seek(0)
                        buffer.truncate()
                        await asyncio.sleep(0)  # lets the loop notice that the reader has gone
            await response.write(buffer.getvalue())

        headers = {}
        if request.args.get("_dl"):
            name = request.url_vars.get("table", database)
            headers["content-disposition"] = f'attachment; filename="{name}.csv"'
        kind = "text/csv" if request.args.get("_dl") else "text/plain"
        return AsgiStream(write, headers=headers, content_type=f"{kind}; charset=utf-8")

    async def _page(self, request: Any, **options: Any) -> Any:
        """Return the data of one page; or a redirect.

        Raises:
            DatasetteError: the SQL is wrong.
        """
        try:
            answer = await self.data(request, **options)
        except (datasette_sqlite3.OperationalError, InvalidSql) as error:
            raise DatasetteError(str(error), title="Invalid SQL", status=400) from None
        if isinstance(answer, Response):
            return answer
        data = answer[0]
        if data.get("error"):
            raise DatasetteError(data["error"], title="Invalid SQL", status=400)
        return data

    def _cells(self, request: Any, database: str, data: Any, row: Any) -> list[Any]:
        """Return a row as CSV has it: with a column for each label, and with links to binary values."""
        cells: list[Any] = []
        expanded = set(data.get("expanded_columns") or ())
        for column, value in zip(data["columns"], row, strict=True):
            if isinstance(value, bytes):
                cells.append(self._blob_link(request, {**data, "database": database}, row, (column, value)))
            elif column not in expanded:
                cells.append(value)
            elif isinstance(value, dict):
                cells.extend((value["value"], value["label"]))
            else:
                cells.extend(("" if value is None else value, ""))
        return cells

    def _blob_link(self, request: Any, data: Any, row: Any, cell: tuple[str, bytes]) -> str:
        """Return the address of a binary value."""
        column, value = cell
        if data.get("table"):
            keys = data.get("primary_keys") or []
            path = self.ds.urls.row_blob(
                data["database"], data["table"], path_from_row_pks(row, keys, not keys), column
            )
        else:
            which = {"_blob_column": column, "_blob_hash": hashlib.sha256(value).hexdigest()}
            path = path_with_format(request=request, format="blob", extra_qs=which, replace_format="csv")
        return str(self.ds.absolute_url(request, path)).replace("&_nocount=1", "").replace("&_nofacet=1", "")


class BundleTableView(_StreamedCsv, TableView):  # type: ignore[misc]  # Datasette has no types
    """A table, a view or a saved query; a page has fewer rows where they are long."""

    async def data(
        self,
        request: Any,
        default_labels: bool = False,  # noqa: FBT001, FBT002 - Datasette's signature
        _next: Any = None,
        _size: Any = None,
    ) -> Any:
        """Return what a page shows; Datasette's links to the next page follow from the number of rows.

        Raises:
            TooLargeError: a single row is too large for a page.
        """
        if len(await self._columns(request)) > _MOST_SUGGESTING:
            request = _with_flags(request, "_nosuggest")
        try:
            return await super().data(request, default_labels, _next, _size)
        except TooLargeError as error:
            if error.rows < 2:
                raise
            return await super().data(request, default_labels, _next, error.rows - 1)

    async def _columns(self, request: Any) -> list[str]:
        """Return the columns of the table in the path; none if there is no such table."""
        name = tilde_decode(request.url_vars["table"])
        columns: list[str] = await next(iter(self.ds.databases.values())).table_columns(name)
        return columns


class BundleDatabaseView(_StreamedCsv, DatabaseView):  # type: ignore[misc]
    """The list of tables, or the rows of a visitor's own query."""


class BundleRowView(_StreamedCsv, RowView):  # type: ignore[misc]
    """One row."""


REPLACEMENTS: dict[Any, Any] = {TableView: BundleTableView, DatabaseView: BundleDatabaseView, RowView: BundleRowView}
"""Datasette's views, and ours in their place."""


def _headings(data: Any) -> Iterable[str]:
    expanded = set(data.get("expanded_columns") or ())
    for column in data["columns"]:
        yield column
        if column in expanded:
            yield f"{column}_label"


def _with_flags(request: Any, *names: str) -> Any:
    """Return the request with these parameters, where it does not have them."""
    extras = [f"{name}=1" for name in names if not request.args.get(name)]
    query = "&".join([*([request.query_string] if request.query_string else []), *extras])
    return Request({**request.scope, "query_string": query.encode("latin-1")}, request.receive)
