"""Answer each of Datasette's routes within the server's limits, and turn every error into a page."""

from __future__ import annotations

import functools
import logging
from typing import Any

from ..saved_charts import saved_charts
from ..saved_queries import saved_queries
from .access.request_guard import REPLACED, BrokenOffError
from .admission import BusyError, Gates, Page, admitted
from .bundle_database import ReplacedError, TooLargeError
from .bundle_views import REPLACEMENTS
from .compressed_files import decompressed_by_browser
from .datasette_release import (
    SHOWN_ERRORS,
    Response,
    RowView,
    View,
    is_interruption,
    tilde_decode,
    view_class,
)

_BUSY = "Too many requests wait already. Try again in some seconds."
_TOO_LARGE = (
    "A record is too large for a page. Leave out columns that are long (?_nocol=NAME), "
    "or read it with: wink-debug-bundle query"
)
_TOO_SLOW = "The statement took too long and was stopped."

_logger = logging.getLogger(__name__)


def guarded(datasette: Any, view: View, gates: Gates) -> View:
    """Return the view of a route, within the server's limits; static files have no limits."""
    kind = view_class(view)
    if kind is None:
        return decompressed_by_browser(view)
    inner: View = REPLACEMENTS[kind].as_view(datasette) if kind in REPLACEMENTS else view

    @functools.wraps(view, updated=())
    async def answer(request: Any, send: Any) -> None:
        """Answer one request."""
        started = False

        async def noting_start(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            async with admitted(_page(kind, request), gates):
                response = await inner(request, noting_start)
                if response:
                    await response.asgi_send(noting_start)
        except Exception as error:
            if started:
                raise BrokenOffError from error
            if isinstance(error, SHOWN_ERRORS) and not is_interruption(error) and not _has_editor(request):
                raise
            await (await _error_page(datasette, request, error)).asgi_send(send)

    return answer


def _page(view: type[Any], request: Any) -> Page:
    """Return what a request asks for."""
    names = request.url_vars
    table = tilde_decode(names["table"]) if "table" in names else None
    if (table is None and request.args.get("sql")) or table in _query_names():
        kind = "query"
    else:
        kind = "row" if view is RowView else "table"
    own_sql = bool(request.args.get("sql")) or "_where" in request.args
    return Page(names.get("format") or None, kind, own_sql, table, request, _number(request.args.get("_row")))


def _has_editor(request: Any) -> bool:
    """Return whether somebody typed SQL for a page, which a page about an error shows again."""
    return bool(request.args.get("sql")) and not request.url_vars.get("format")


def _number(text: str | None) -> int:
    """Return a number of an address; 0 for other text, and for a number that no page has."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


@functools.cache
def _query_names() -> frozenset[str]:
    """Return the names in addresses of the saved queries and of those of the charts."""
    return frozenset(query.name for query in (*saved_queries(), *(chart.query for chart in saved_charts())))


async def _error_page(datasette: Any, request: Any, error: Exception) -> Response:
    """Return the page about an error."""
    headers = {}
    if isinstance(error, BusyError):
        status, title, text = 503, "Busy", _BUSY
        headers["Retry-After"] = "5"
    elif isinstance(error, ReplacedError):
        status, title, text = 503, "Restart the server", REPLACED
    elif isinstance(error, TooLargeError):
        status, title, text = 400, "Too large for a page", _TOO_LARGE
    elif is_interruption(error):
        status, title, text = 400, "SQL interrupted: the time limit was reached", _TOO_SLOW
    elif isinstance(error, SHOWN_ERRORS):
        status, title, text = error.status, getattr(error, "title", None) or "", str(getattr(error, "message", error))
    else:
        _logger.debug("a page failed", exc_info=error)
        status, title, text = 500, "This page could not be made", f"{type(error).__name__}: {error}"
    if request.path.endswith(".json"):
        body = {"ok": False, "error": text, "status": status, "title": title}
        return Response.json(body, status=status, headers=headers)
    typed = request.args.get("sql") if _has_editor(request) else None
    context = {"title": title, "error": text, "status": status, "typed_sql": typed}
    page = await datasette.render_template("error.html", context, request)
    return Response.html(page, status=status, headers={**headers, "Cache-Control": "no-store"})
