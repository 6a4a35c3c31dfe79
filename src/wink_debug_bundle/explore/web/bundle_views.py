"""Datasette's views of rows, with pages that end where their bytes do, and exports that are whole."""

from __future__ import annotations

from typing import Any

from .bundle_database import TooLargeError
from .cells.row_references import references
from .cells.shown_columns import all_columns_address, shown_columns
from .csv_export import CsvExport
from .datasette_release import (
    DatabaseView,
    DatasetteError,
    Response,
    RowView,
    TableView,
    can_be_replaced,
    tilde_decode,
    unmarked_cut,
    with_flags,
)

_CUT = (
    "The query has more rows than a page, and this form of JSON cannot say so. Add a LIMIT to the query, leave out "
    "_shape, or get all rows as CSV, with .csv in place of .json, or with: wink-debug-bundle query --format json"
)


class _WholeCsv:
    """Replaces Datasette's CSV."""

    has_pages = False

    async def as_csv(self, request: Any, database: str) -> Any:
        """Return the rows as CSV."""
        return await CsvExport(self, request, database).response()


class BundleTableView(_WholeCsv, TableView):  # type: ignore[misc]  # Datasette has no types
    """A table, a view or a saved query; a page has fewer rows where they are long."""

    has_pages = True

    async def data(
        self,
        request: Any,
        default_labels: bool = False,  # noqa: ARG002, FBT001, FBT002 - Datasette's signature; links have our labels
        _next: Any = None,
        _size: Any = None,
    ) -> Any:
        """Return what a page shows; Datasette's links to the next page follow from the number of rows.

        Raises:
            TooLargeError: a single row is too large for a page.
        """
        if request.url_vars.get("format") == "cell":
            request = with_flags(request, "_nofacet", "_nocount")
        try:
            answer = await super().data(request, _next=_next, _size=_size)
        except TooLargeError as error:
            if error.rows < 2:
                raise
            answer = await super().data(request, _next=_next, _size=error.rows - 1)
        return _said_whole(await self._with_shown_columns(answer, request), request)

    async def columns_to_select(self, table_columns: list[str], pks: list[str], request: Any) -> list[str]:
        """Return the columns of the page."""
        columns = await super().columns_to_select(table_columns, pks, request)
        return shown_columns(tilde_decode(request.url_vars["table"]), columns, request)

    async def _with_shown_columns(self, answer: Any, request: Any) -> Any:
        """Return what the page shows, with how many columns it leaves out, and descriptions of the others alone."""
        if isinstance(answer, Response) or request.url_vars.get("format") or "table" not in answer[0]:
            return answer
        data, template, *rest = answer
        shown = set(data["columns"])

        async def with_shown_columns() -> Any:
            context = await template()
            about = context["metadata"]
            texts = {name: text for name, text in (about.get("columns") or {}).items() if name in shown}
            return {**context, "metadata": {**about, "columns": texts}, "all_columns_url": all_columns_address(request)}

        data["columns_left_out"] = len(set(await self._columns(request)) - shown)
        return data, with_shown_columns, *rest

    async def _columns(self, request: Any) -> list[str]:
        """Return the columns of the table in the path; none if there is no such table."""
        name = tilde_decode(request.url_vars["table"])
        columns: list[str] = await next(iter(self.ds.databases.values())).table_columns(name)
        return columns


class BundleDatabaseView(_WholeCsv, DatabaseView):  # type: ignore[misc]
    """The list of tables, or the rows of a visitor's own query."""

    async def data(self, request: Any, **options: Any) -> Any:
        """Return what the page shows."""
        return _said_whole(await super().data(request, **options), request)


class BundleRowView(_WholeCsv, RowView):  # type: ignore[misc]
    """One row."""

    async def foreign_key_tables(
        self,
        database: str,
        table: str,
        pk_values: list[str],
        **_options: Any,
    ) -> list[dict[str, str]]:
        """Return what refers to the row, as far as an index finds it."""
        found = await references(self.ds.databases[database], table, pk_values[0]) if len(pk_values) == 1 else []
        return [reference._asdict() for reference in found]


_OURS: dict[Any, Any] = {
    DatabaseView: BundleDatabaseView,
    RowView: BundleRowView,
    TableView: BundleTableView,
}

REPLACEMENTS = {theirs: ours for theirs, ours in _OURS.items() if can_be_replaced(theirs)}
"""Datasette's views, and ours in their place."""


def _said_whole(answer: Any, request: Any) -> Any:
    """Return what a view answers.

    Raises:
        DatasetteError: rows are left out, and nothing would say so.
    """
    if unmarked_cut(answer, request):
        raise DatasetteError(_CUT, title="Rows would be left out", status=400)
    return answer
