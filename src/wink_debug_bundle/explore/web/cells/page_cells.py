"""Show the values of one page's rows: ids as links, long texts cut with a link to the whole, everything else as it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from ...story.json_layout import laid_out
from ..admission import Page
from ..bundle_catalog import BundleCatalog
from ..datasette_release import QueryInterrupted, SqlError, path_with_format, tilde_encode
from .cell_links import CellLink, ColumnLinks
from .page_links import PageLinks, page_links

MOST_CHARACTERS = 400
"""Characters that a cell shows of a long text; the page of a row shows all of it."""

_LABEL_CHARACTERS, _LINE_CHARACTERS = 48, 72
_MOST_LAID_OUT = 128 << 10
"""Characters of JSON up to which each of its values gets a line, which can make forty times as many."""

_WORD_CHARACTERS = 16
"""Characters above which a text of several words is given the width that it needs."""

_LONG_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{64}")
_LONGEST_QUERY = 4000
"""Characters of a query up to which each cut cell may repeat it in its link."""

_LINK, _SHORT_LINK = Markup('<a href="{}">{}</a>'), Markup('<a href="{}" title="{}">{}</a>')
_LABEL = Markup(' <em class="cell-label">{}</em>')
_WHOLE = Markup('<div class="long-text">{}… <a class="whole-value" href="{}">whole text</a></div>')
_CUT = Markup('<div class="long-text">{}…</div>')
_LONG = Markup('<div class="long-text">{}</div>')
_TEXT = Markup('<pre class="whole-text">{}</pre>')


class PageCells:
    """How a page shows the values of its rows, which it asks for from the first to the last."""

    def __init__(self, page: Page, bundle: str, keys: Sequence[str], links: PageLinks) -> None:
        self._page = page
        self._bundle = bundle
        self._keys = keys
        self._links = links
        self._row: object = None
        self._number = -1

    def html(self, column: str, value: object, row: Any) -> Markup | None:
        """Return the markup of a value; None for what is shown as it is."""
        if row is not self._row:
            self._row, self._number = row, self._number + 1
        plain = _plain(value)
        if (link := self._links.columns.get(column)) and (linked := self._linked(link, column, plain, row)):
            return linked
        if not isinstance(plain, str):
            return None
        if self._page.kind == "row":
            return _whole(plain)
        if len(plain) > MOST_CHARACTERS:
            return self._cut(column, plain, row)
        return _LONG.format(plain) if len(plain) > _WORD_CHARACTERS and any(map(str.isspace, plain)) else None

    def _linked(self, link: CellLink, column: str, value: object, row: Any) -> Markup | None:
        """Return the value as a link with a label; None if it leads nowhere."""
        key = _plain(row[link.key_column])
        target = link.target_in(_plain(row[link.table_column or link.key_column]))
        label = self._links.label(target, key) if target and value is not None else None
        if target is None or label is None:
            return None
        html = self._link(target.address(self._bundle, key), str(value))
        says_more = column == link.key_column and label and label != str(value)
        return html + _LABEL.format(_short_label(label)) if says_more else html

    def _link(self, address: str, text: str) -> Markup:
        """Return a link; in a table, a long id is short, and whole where the mouse points at it."""
        if self._page.kind != "row" and _LONG_ID.fullmatch(text):
            return _SHORT_LINK.format(address, text, f"{text[:8]}…")
        return _LINK.format(address, _short(text, 200))

    def _cut(self, column: str, text: str, row: Any) -> Markup:
        """Return the beginning of a text, and a link to the whole."""
        address = self._row_address(row) or self._value_address(column)
        if not address:
            return _CUT.format(text[:MOST_CHARACTERS])
        anchor = f"#column-{tilde_encode(column)}" if "_column=" not in address else ""
        return _WHOLE.format(text[:MOST_CHARACTERS], address + anchor)

    def _row_address(self, row: Any) -> str | None:
        """Return the address of the row's page; None if the row has none, or not all of its key is shown."""
        try:
            key = [str(_plain(row[name])) for name in self._keys]
        except (KeyError, IndexError):
            return None
        path = ",".join(map(tilde_encode, key))
        return f"/{tilde_encode(self._bundle)}/{tilde_encode(self._page.table or '')}/{path}" if key else None

    def _value_address(self, column: str) -> str | None:
        """Return the address of the page of this value alone; None if it would be too long to repeat."""
        request = self._page.request
        if request is None or len(request.query_string) > _LONGEST_QUERY:
            return None
        extra = {"_row": self._number, "_column": column}
        return str(path_with_format(request=request, format="cell", extra_qs=extra))


async def page_cells(database: BundleCatalog, page: Page, results: Any) -> PageCells:
    """Return how a page shows its rows."""
    table = None if page.kind == "query" else page.table
    columns = [name for name, *_ in results.description]
    links = ColumnLinks(await database.get_all_foreign_keys())
    try:
        found = await page_links(links, table, columns, results.rows, database.query)
    except (QueryInterrupted, SqlError):
        found = PageLinks({}, {})
    return PageCells(page, database.name, await database.primary_keys(table) if table else [], found)


def _plain(value: object) -> object:
    """Return the value itself, where Datasette has put a label beside it."""
    return value["value"] if isinstance(value, Mapping) else value


def _whole(text: str) -> Markup | None:
    """Return a text as the page of its row shows it; None for a short one."""
    if len(text) <= _LINE_CHARACTERS and "\n" not in text:
        return None
    return _TEXT.format(laid_out(text) if len(text) <= _MOST_LAID_OUT else text)


def _short_label(text: str) -> str:
    return f"{text[:8]}…" if _LONG_ID.fullmatch(text) else _short(text, _LABEL_CHARACTERS)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
