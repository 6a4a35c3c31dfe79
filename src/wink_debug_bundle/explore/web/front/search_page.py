"""Show the page of a search: counts by kind, filters, and the texts, each with the words marked and its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from ....column_values import SearchKind
from ....errors import BundleError
from ....terminal_text import visible
from ...naming.known_names import search_kinds
from ...text_search.bundle_search import Search, search_steps
from ...text_search.found_texts import FoundText, SearchResult
from ..bundle_database import BundleDatabase
from ..datasette_release import WRONG_SQL, PlainDatasette, QueryInterrupted, tilde_encode

_TEXTS = 25
"""Texts on one page."""

_LAST_OFFSET = 50_000
_LONGEST_ARGUMENT = 1000
_FILTERS = ("run", "tool", "level")
_VIEWS = ("tool_calls", "transcript_entries")
"""Relations whose rows have no page of their own, but a page of the view with one row."""

_ANCHORS = {
    SearchKind.FAILURE: "failure",
    SearchKind.MESSAGE: "entry",
    SearchKind.CALL: "call",
    SearchKind.RESULT: "call",
    SearchKind.LOG: "log",
    SearchKind.CONTEXT: "log",
}
"""What the place of a text on the page of its run is called."""

_LEVELS_IN_STORIES = {"WARNING", "ERROR", "CRITICAL"}
"""Levels of the log records that have a place there."""

_TOO_SLOW = "The search took too long and was stopped."
_ADVICE = "An index makes it fast: wink-debug-bundle index makes one; then start the server again."
_FAILED = "The search failed: {}. If the index is damaged, wink-debug-bundle index makes it again."


class SearchPage:
    """The page at /BUNDLE/search, to which the search box of every page leads."""

    def __init__(self, datasette: PlainDatasette, database: BundleDatabase) -> None:
        self._datasette = datasette
        self._database = database
        self._home = f"/{tilde_encode(database.name)}"

    def add(self) -> None:
        """Let the server answer for it, and let every page know its address."""
        address = f"{self._home}/search"
        self._datasette.add_page(re.escape(address), self._page)
        self._datasette.templates.globals["search_addresses"][self._database.name] = address

    async def _page(self, request: Any) -> Any:
        """Return the page."""
        arguments = {name: (request.args.get(name) or "")[:_LONGEST_ARGUMENT] for name in ("q", "kind", *_FILTERS)}
        offset = _offset(request.args.get("offset") or "")
        context: dict[str, Any] = {
            **arguments,
            "database": self._database.name,
            "kinds": [*SearchKind],
            "offset": offset,
        }
        status = 200
        if arguments["q"]:
            try:
                result = await self._search(arguments, offset)
            except (BundleError, QueryInterrupted, *WRONG_SQL) as error:
                context["error"], status = _message(error), 400
            else:
                context.update(self._found(result, arguments, offset))
        return await self._datasette.show("search.html", context, request, status)

    async def _search(self, arguments: dict[str, str], offset: int) -> SearchResult:
        """Run the search in the workers.

        Raises:
            BundleError: there is no such run, tool, level or kind.
            QueryInterrupted: it took too long.
        """
        kinds = search_kinds([arguments["kind"]] if arguments["kind"] else [])
        filters = {name: arguments[name] for name in _FILTERS}
        steps = search_steps(Search(arguments["q"], kinds, limit=_TEXTS, offset=offset, **filters))
        try:
            statement = next(steps)
            while True:
                statement = steps.send(await self._database.rows_of_page(*statement))
        except StopIteration as end:
            result: SearchResult = end.value
            return result

    def _found(self, result: SearchResult, arguments: dict[str, str], offset: int) -> dict[str, Any]:
        """Return what the template shows of a result."""
        address = f"{self._home}/search?"
        chosen = {name: value for name, value in arguments.items() if value}
        counts = [(kind, count, address + urlencode({**chosen, "kind": kind})) for kind, count in result.counts.items()]
        after, before = offset + len(result.texts), max(offset - _TEXTS, 0)
        return {
            "result": result,
            "counts": counts,
            "all_kinds": address + urlencode({**chosen, "kind": ""}),
            "texts": [(_shown(text), self._row(text), self._in_run(text)) for text in result.texts],
            "next": address + urlencode({**chosen, "offset": after}) if after < result.total else None,
            "previous": address + urlencode({**chosen, "offset": before}) if offset else None,
        }

    def _row(self, text: FoundText) -> str:
        """Return the address of the row that a text is from."""
        if text.kind in {SearchKind.PATH, SearchKind.FILE}:
            return f"{self._home}/file/{text.row_id}"
        if text.table in _VIEWS:
            return f"{self._home}/{text.table}?id={quote(str(text.row_id))}"
        return f"{self._home}/{text.table}/{tilde_encode(str(text.row_id))}"

    def _in_run(self, text: FoundText) -> str | None:
        """Return the address of the text's place on the page of its run; None outside of runs."""
        if text.run_id is None:
            return None
        page = f"{self._home}/run/{text.run_id}"
        if text.kind not in _ANCHORS or (text.level or "ERROR") not in _LEVELS_IN_STORIES:
            return page
        anchor = quote(f"{_ANCHORS[text.kind]}-{text.row_id}")
        return f"{page}?at={anchor}#{anchor}"


def _shown(text: FoundText) -> FoundText:
    """Return the text with characters that reorder or hide others as escapes."""
    parts: Sequence[Any] = [replace(part, text=visible(part.text)) for part in text.snippet]
    name = None if text.name is None else visible(text.name)
    return replace(text, snippet=tuple(parts), name=name)


def _offset(text: str) -> int:
    """Return a number of an address; 0 for other text."""
    return min(int(text), _LAST_OFFSET) if re.fullmatch("[0-9]{1,6}", text) else 0


def _message(error: Exception) -> str:
    if isinstance(error, BundleError):
        return str(error)
    return f"{_TOO_SLOW} {_ADVICE}" if isinstance(error, QueryInterrupted) else _FAILED.format(error)
