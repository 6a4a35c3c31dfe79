"""All that this package knows about Datasette 0.65 and 1.0a: their names, public and private, and what methods take.

Another release means changes here and nowhere else: `tools/check_rooms.py` lets no other module import Datasette.
"""

from __future__ import annotations

import re
import sqlite3
import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import Database, QueryInterrupted, Results
from datasette.plugins import pm
from datasette.utils import (
    Column,
    InvalidSql,
    escape_sqlite,
    path_from_row_pks,
    path_with_format,
    path_with_replaced_args,
    tilde_decode,
    tilde_encode,
)
from datasette.utils.asgi import AsgiStream, BadRequest, Base400, Forbidden, NotFound, Request, Response
from datasette.utils.sqlite import sqlite3 as datasette_sqlite3
from datasette.views import table as table_views
from datasette.views.base import DatasetteError
from datasette.views.database import DatabaseView
from datasette.views.row import RowView
from jinja2.ext import Extension

from .configured_metadata import ConfiguredMetadata

__all__ = [
    "AsgiStream",
    "BadRequest",
    "Column",
    "DatabaseView",
    "DatasetteError",
    "Extension",
    "NotFound",
    "OwnPage",
    "QueryInterrupted",
    "Response",
    "Results",
    "RowView",
    "TableView",
    "escape_sqlite",
    "path_from_row_pks",
    "path_with_format",
    "path_with_replaced_args",
    "tilde_decode",
    "tilde_encode",
]

IS_PRE_RELEASE = not hasattr(table_views, "TableView")
"""Whether this is a pre-release of 1.0, where pages of tables come from a function."""

CSV_IS_OURS = not IS_PRE_RELEASE
"""Whether our views, which send all rows as CSV, take the place of Datasette's."""

TableView: Any = getattr(table_views, "TableView", type("TableView", (), {}))

View = Callable[[Any, Any], Awaitable[Any]]

RenderCell = Callable[[str, Any, Any], Any]
"""Returns the markup of a value by its column, itself and its row; None for what is shown as it is."""

OwnPage = Callable[[Any], Awaitable[Any]]
"""A page of our own: it takes a request, whose `url_vars` are the named groups of its pattern, and returns a response."""

SqlError = datasette_sqlite3.DatabaseError

WRONG_SQL = (datasette_sqlite3.OperationalError, InvalidSql)
"""What Datasette raises, and expects, for SQL that is wrong."""

SHOWN_ERRORS = (NotFound, Forbidden, Base400, DatasetteError)
"""Errors for which Datasette has a page."""

_INTERRUPTED = "SQL Interrupted"
"""How Datasette calls its page about a statement that took too long, which has a script and a setting of its own."""

_COUNT, _NO_ROWS = "select count(*) from ", " limit 0"
_TABLE_ORDER = re.compile(
    r'order by (?P<column>\[[^\]]*\]|"(?:[^"]|"")*"|\w+)(?P<direction>(?: desc)?)(?P<ties>(?:, .+)?)(?P<end> +limit \d+'
    r"(?: offset \d+)?)",
    re.DOTALL,
)


class PlainDatasette(*((ConfiguredMetadata, Datasette) if IS_PRE_RELEASE else (Datasette,))):  # type: ignore[misc]  # Datasette has no types
    """Datasette without what a single bundle that never changes does not need."""

    def __init__(
        self, wrapped: Callable[[Any, View], View], render_cell: RenderCell, formats: Mapping[str, Any], **options: Any
    ) -> None:
        self._wrapped = wrapped
        self._pages: list[tuple[re.Pattern[str], View]] = []
        self.render_cell = render_cell
        self.formats = dict(formats)
        _print_no_tracebacks()
        super().__init__(**options)
        for other in {"_memory", "_internal"} & set(self.databases):
            self.remove_database(other)

    async def refresh_schemas(self, **options: Any) -> None:
        """Do nothing: the schema does not change; only a pre-release of 1.0 keeps a catalog, by which it gives access."""
        if IS_PRE_RELEASE:
            await super().refresh_schemas(**options)

    async def permission_allowed(self, actor: Any, action: str, resource: Any = None, default: Any = False) -> Any:  # noqa: ARG002, FBT002
        """Return the default: all who may use the server may see the whole bundle."""
        return default

    def add_page(self, pattern: str, page: OwnPage) -> None:
        """Answer requests for paths that match the pattern with a page of our own, before Datasette's are tried.

        It is for use before `app()`, which collects the routes.

        Args:
            pattern: A regular expression for the whole path as it was sent, in Datasette's tilde encoding.
            page: What answers.
        """
        self._pages.append((re.compile(f"{pattern}$"), _OwnView(page)))

    async def show(self, template: str, context: dict[str, Any], request: Any, status: int = 200) -> Any:
        """Return a response with a template of ours, filled in."""
        return Response.html(await self.render_template(template, context, request), status=status)

    @property
    def templates(self) -> Any:
        """Return Jinja's environment."""
        return self._jinja_env if IS_PRE_RELEASE else self.jinja_env

    def _routes(self) -> list[Any]:
        """Return our routes and Datasette's, with another view in place of each."""
        return [(pattern, self._wrapped(self, view)) for pattern, view in [*self._pages, *super()._routes()]]

    def close(self) -> None:
        """End the threads, without waiting for what they do."""
        self.executor.shutdown(wait=False, cancel_futures=True)
        if IS_PRE_RELEASE:
            super().close()


class _OwnView:
    """A page of our own as a view, which has a class as Datasette's views have."""

    def __init__(self, page: OwnPage) -> None:
        self._page = page
        self.view_class = _OwnView

    async def __call__(self, request: Any, send: Any) -> Any:  # noqa: ARG002 - Datasette's signature
        """Return the response to a request."""
        return await self._page(request)


class _Cells:
    """A plugin that shows the values of rows; Datasette knows its plugins by the process, not by the server."""

    @staticmethod
    @hookimpl  # type: ignore[untyped-decorator]
    def render_cell(row: Any, value: Any, column: str, datasette: Any) -> Any:
        """Return the markup of a value; None for what is shown as it is."""
        return datasette.render_cell(column, value, row) if isinstance(datasette, PlainDatasette) else None

    @staticmethod
    @hookimpl  # type: ignore[untyped-decorator]
    def register_output_renderer(datasette: Any) -> list[dict[str, Any]]:
        """Return the formats in which rows can be had, besides those that Datasette has."""
        formats = datasette.formats if isinstance(datasette, PlainDatasette) else {}
        return [{"extension": name, "render": render, "can_render": lambda: False} for name, render in formats.items()]


pm.register(_Cells, name="wink-debug-bundle-cells")


class PlainDatabase(Database):  # type: ignore[misc]
    """A database that does not change, and whose size and hash are known."""

    def __init__(self, datasette: Datasette, shown_path: str, size: int, content_hash: str) -> None:
        super().__init__(datasette, shown_path, is_mutable=False)
        self.cached_size = size
        self.cached_hash = content_hash

    def close_later(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Note a connection that is to be closed with the database, and return it."""
        getattr(self, "_all_file_connections", getattr(self, "_all_connections", [])).append(connection)
        return connection

    def table_metadata(self, table: str | None = None) -> dict[str, Any]:
        """Return what the metadata says about a table, or about all tables by their names."""
        if table is not None:
            about: dict[str, Any] = self.ds.table_metadata(self.name, table)
            return about
        tables: dict[str, Any] = self.ds.metadata(database=self.name).get("tables", {})
        return tables


@dataclass(frozen=True)
class RowsPage:
    """A page of rows, as a view of Datasette's gives it.

    Attributes:
        columns: Names of the columns.
        rows: The rows; a value that has a label is a dictionary with both.
        next: Where the next page begins; None for the last one.
        next_url: Address of the next page.
        table: The table or view; None for a query.
        keys: Columns of the table's primary key.
        labelled: Names of the columns whose values have labels.
    """

    columns: list[str]
    rows: list[Any]
    next: str | None
    next_url: str | None
    table: str | None
    keys: list[str]
    labelled: set[str]


async def rows_page(view: Any, request: Any, **options: Any) -> RowsPage | Any:
    """Return a page of a view's rows; or a response, such as a redirect.

    Raises:
        DatasetteError: the SQL is wrong.
    """
    try:
        answer = await view.data(request, **options)
    except WRONG_SQL as error:
        raise DatasetteError(str(error), title="Invalid SQL", status=400) from None
    if isinstance(answer, Response):
        return answer
    data = answer[0]
    if data.get("error"):
        raise DatasetteError(data["error"], title="Invalid SQL", status=400)
    return RowsPage(
        list(data.get("columns") or ()),
        data.get("rows") or [],
        data.get("next"),
        data.get("next_url"),
        data.get("table"),
        data.get("primary_keys") or [],
        set(data.get("expanded_columns") or ()),
    )


def unmarked_cut(answer: Any, request: Any) -> bool:
    """Return whether a query's rows are cut, and the form that the request wants has no place to say so."""
    if isinstance(answer, Response) or request.url_vars.get("format") != "json":
        return False
    data = answer[0]
    return bool(data.get("truncated")) and "table" not in data and request.args.get("_shape") in {"array", "arrayfirst"}


def view_class(view: View) -> type[Any] | None:
    """Return the class of a route's view; None for a static file."""
    is_function = IS_PRE_RELEASE and not getattr(view, "_datasette_static", False)
    found: type[Any] | None = getattr(view, "view_class", TableView if is_function else None)
    return found


def can_be_replaced(view: type[Any]) -> bool:
    """Return whether a class of ours can take the place of a view's; not where Datasette has functions, or new classes."""
    return hasattr(view, "as_view")


def order_of_page(sql: str) -> re.Match[str] | None:
    """Return the order at the end of the statement of a table's page: column, direction, ties, and the end; or None."""
    return _TABLE_ORDER.fullmatch(sql, max(sql.rfind("order by "), 0))


def is_interruption(error: Exception) -> bool:
    """Return whether a statement took too long, also where Datasette has made a page of that already."""
    return isinstance(error, QueryInterrupted) or getattr(error, "title", None) == _INTERRUPTED


def counts_rows(sql: str) -> bool:
    """Return whether Datasette made the statement to count rows."""
    return sql.startswith(_COUNT)


def counts_rows_of_facet(sql: str) -> bool:
    """Return whether it counts the rows of a facet; Datasette makes an error of the whole page if that is interrupted."""
    return sql.startswith(f"{_COUNT}(")


def asks_for_columns(sql: str) -> bool:
    """Return whether the statement is for the names of its columns, which could become facets."""
    return sql.endswith(_NO_ROWS)


def no_count() -> Any:
    """Return the result of a count that is not known."""
    return Results([(0,)], False, [("count(*)",)])  # noqa: FBT003


def with_flags(request: Any, *names: str) -> Any:
    """Return the request with these parameters, where it does not have them."""
    extras = [f"{name}=1" for name in names if not request.args.get(name)]
    query = "&".join([*([request.query_string] if request.query_string else []), *extras])
    return Request({**request.scope, "query_string": query.encode("latin-1")}, request.receive)


def _print_no_tracebacks() -> None:
    """Keep Datasette from printing a traceback with all variables for each missing page, as it does if it finds `rich`."""
    from datasette import handle_exception  # imported before `datasette.app`, it would not become a plugin

    handle_exception.rich = None
    # Datasette prepares the facets of a page before it runs them one by one; an error in one leaves the others.
    warnings.filterwarnings("ignore", r"coroutine '\w+Facet\.\w+' was never awaited", RuntimeWarning)
