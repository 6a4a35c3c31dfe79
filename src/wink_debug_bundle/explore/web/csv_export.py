"""Rows as CSV that is sent as it is read: all rows, or those of one page where the address asks for a page.

Datasette's own keeps a page of any size in memory, ends without a word after as many rows as a page has, and writes
errors between the rows.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Iterable
from typing import Any

from ..row_output.csv_lines import csv_writer
from .admission import current_page
from .datasette_release import (
    AsgiStream,
    BadRequest,
    RowsPage,
    path_from_row_pks,
    path_with_format,
    rows_page,
    with_flags,
)

_CHUNK_CHARACTERS = 64 << 10


class CsvExport:
    """A view's answer to a request for CSV."""

    def __init__(self, view: Any, request: Any, database: str) -> None:
        self._view = view
        self._request = with_flags(request, "_nofacet", "_nocount")  # CSV does not show them
        self._database = database
        arguments = request.args
        wanted = arguments.get("_size")
        self._is_whole = bool(arguments.get("_stream")) or not (arguments.get("_next") or (wanted and wanted != "max"))
        if arguments.get("_stream") and arguments.get("_next"):
            raise BadRequest("_next not allowed for CSV streaming")

    async def response(self) -> Any:
        """Return the response, once its first rows are there.

        Raises:
            DatasetteError: the SQL is wrong.
        """
        if current := current_page.get():
            current.is_whole = self._is_whole
        page = await rows_page(self._view, self._request, **self._page_size())
        if not isinstance(page, RowsPage):
            return page

        async def write(response: Any) -> None:
            await self._write(page, response)

        arguments = self._request.args
        headers = {}
        if arguments.get("_dl"):
            name = self._request.url_vars.get("table", self._database)
            headers["content-disposition"] = f'attachment; filename="{name}.csv"'
        if page.next_url and not self._is_whole:
            headers["link"] = f'<{page.next_url}>; rel="next"'
        kind = "text/csv" if arguments.get("_dl") else "text/plain"
        return AsgiStream(write, headers=headers, content_type=f"{kind}; charset=utf-8")

    def _page_size(self) -> dict[str, str]:
        return {"_size": "max"} if self._is_whole and self._view.has_pages else {}

    async def _write(self, first: RowsPage, response: Any) -> None:
        """Write all rows, some at a time."""
        buffer = io.StringIO()
        writer = csv_writer(buffer)
        if self._request.args.get("_header") != "off":
            writer.writerow(_headings(first))
        async for page, rows in self._pages(first):
            for row in rows:
                writer.writerow(self._cells(page, row))
                if buffer.tell() > _CHUNK_CHARACTERS:
                    await response.write(buffer.getvalue())
                    buffer.seek(0)
                    buffer.truncate()
                    await asyncio.sleep(0)  # lets the loop notice that the reader has gone
        await response.write(buffer.getvalue())

    async def _pages(self, page: RowsPage) -> AsyncIterator[tuple[RowsPage, Iterable[Any]]]:
        """Yield the rows of the first page and of all that follow it."""
        yield page, page.rows
        current = current_page.get()
        if current and current.further_rows:
            async for results in current.further_rows:
                yield page, results.rows
        while self._is_whole and page.next:
            page = await rows_page(self._view, self._request, _next=page.next, **self._page_size())
            yield page, page.rows

    def _cells(self, page: RowsPage, row: Any) -> list[Any]:
        """Return a row as CSV has it: with a column for each label, and with links to binary values."""
        cells: list[Any] = []
        for column, value in zip(page.columns, row, strict=True):
            if isinstance(value, bytes):
                cells.append(self._blob_link(page, row, column, value))
            elif column not in page.labelled:
                cells.append(value)
            elif isinstance(value, dict):
                cells.extend((value["value"], value["label"]))
            else:
                cells.extend(("" if value is None else value, ""))
        return cells

    def _blob_link(self, page: RowsPage, row: Any, column: str, value: bytes) -> str:
        """Return the address of a binary value."""
        datasette = self._view.ds
        if page.table:
            row_path = path_from_row_pks(row, page.keys, not page.keys)
            path = datasette.urls.row_blob(self._database, page.table, row_path, column)
        else:
            which = {"_blob_column": column, "_blob_hash": hashlib.sha256(value).hexdigest()}
            path = path_with_format(request=self._request, format="blob", extra_qs=which, replace_format="csv")
        address = str(datasette.absolute_url(self._request, path))
        return address.replace("&_nocount=1", "").replace("&_nofacet=1", "")


def _headings(page: RowsPage) -> Iterable[str]:
    for column in page.columns:
        yield column
        if column in page.labelled:
            yield f"{column}_label"
