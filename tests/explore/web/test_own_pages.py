"""Pages of our own beside Datasette's."""

from __future__ import annotations

import asyncio
import html
import re
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")


@pytest.fixture
def server(run_bundle: Path, datasette_in_process: None):
    """Return a server of the bundle whose page /own/TEXT shows the text, and counts the log records."""
    from datasette.utils.asgi import Response

    from wink_debug_bundle.explore.web import datasette_app
    from wink_debug_bundle.explore.web.bundle_database import TooLargeError
    from wink_debug_bundle.packing.bundle_file import BundleFile

    opened = datasette_app.BundleServer(BundleFile.open(run_bundle))

    async def page(request):
        if request.url_vars["text"] == "large":
            raise TooLargeError(1)
        ((count,),) = await opened._bundles[0].database.rows_of_page(
            "SELECT count(*) FROM logs WHERE level != :it", {"it": "x"}
        )
        return Response.text(f"{request.url_vars['text']} {count}")

    opened._datasette.add_page(r"/own/(?P<text>\w+)", page)
    opened.application = opened._datasette.app()
    return opened


def _get(server, path):
    """Return the status and the text that the server answers."""

    async def fetch():
        transport = httpx.ASGITransport(app=server.application)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            response = await client.get(path)
        server.close()
        return response.status_code, response.text

    return asyncio.run(fetch())


def test_a_page_of_our_own_answers(server):
    """A page that was added answers for its paths, from rows of the bundle."""
    assert _get(server, "/own/hello") == (200, "hello 274")


def test_its_errors_become_pages(server):
    """An error of such a page is answered like one of Datasette's pages."""
    status, text = _get(server, "/own/large")
    assert (status, "Too large for a page" in text) == (400, True)


@pytest.mark.parametrize(
    ("sql", "title"),
    [
        ("delete from runs where 'a<b'", "Invalid SQL"),
        ("pragma table_list", "Invalid SQL"),
        ("with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n", "SQL interrupted"),
    ],
)
def test_a_refused_statement_stays_in_the_editor(server, sql, title):
    """The page about a statement that was refused, or stopped, has it in a form, to be changed and run again."""
    status, text = _get(server, f"/run?_timelimit=20&sql={quote(sql)}")
    assert status == 400
    assert f"<h1>{title}" in text
    (typed,) = re.findall(r'<textarea id="sql-editor" name="sql">(.*?)</textarea>', text)
    assert html.unescape(typed) == sql


def test_empty_statements_after_one(server):
    """Semicolons after a statement are no second one, on pages as elsewhere."""
    status, text = _get(server, f"/run?sql={quote('select 4711 as number;; -- done')}")
    assert (status, "<h2>1 row</h2>" in text, ">4711<" in text) == (200, True, True)
