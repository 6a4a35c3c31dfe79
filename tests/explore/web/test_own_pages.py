"""Pages of our own beside Datasette's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")


@pytest.fixture
def server(run_bundle: Path, datasette_in_process: None):
    """Return a server of the bundle whose page /own/TEXT shows the text, and counts the log records."""
    from datasette.utils.asgi import Response

    from wink_debug_bundle.explore.web import datasette_app
    from wink_debug_bundle.explore.web.bundle_database import TooLargeError

    opened = datasette_app.BundleServer(run_bundle)

    async def page(request):
        if request.url_vars["text"] == "large":
            raise TooLargeError(1)
        ((count,),) = await opened._database.rows_of_page("SELECT count(*) FROM logs WHERE level != :it", {"it": "x"})
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
