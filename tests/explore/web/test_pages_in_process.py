"""Pages of our own from a server in the test's process: the search, stored files, whole values and CSV."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing

import httpx
import pytest

from wink_debug_bundle.packing.bundle_file import BundleFile
from wink_debug_bundle.pipeline.bundle_indexing import index_bundle

pytestmark = [
    pytest.mark.usefixtures("datasette_in_process"),
    pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning"),
]


@pytest.fixture(scope="module")
def searchable(release_bundle, tmp_path_factory):
    """Return the path of a bundle of runs with an index."""
    path = shutil.copy(release_bundle("0.27.0"), tmp_path_factory.mktemp("searchable") / "runs.db")
    index_bundle(path, "usual")
    return path


@pytest.fixture
def fetch(searchable):
    """Return a function that fetches pages from one server, and returns their responses."""

    async def fetched(addresses):
        from wink_debug_bundle.explore.web.datasette_app import BundleServer

        server = BundleServer(BundleFile.open(searchable))
        transport = httpx.ASGITransport(app=server.application)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client:
            answers = [await client.get(address) for address in addresses]
        server.close()
        return answers

    return lambda *addresses: asyncio.run(fetched(addresses))


def test_searches(fetch):
    """A search shows what it found, by kind and run; a wrong filter is an error that names what there is."""
    found, of_kind, of_run, wrong, empty = fetch(
        "/runs/search?q=declined",
        "/runs/search?q=declined&kind=failure",
        "/runs/search?q=declined&run=wrong-answer",
        "/runs/search?q=declined&run=wrong-anwser",
        "/runs/search",
    )
    assert "<mark>declined</mark>" in found.text
    assert "<mark>declined</mark>" in of_kind.text
    assert "<mark>declined</mark>" in of_run.text
    assert "nearest: wrong-answer" in wrong.text
    assert "<mark>" not in empty.text


def test_stored_files(fetch, searchable):
    """A stored file has a page, and its bytes are what the bundle holds."""
    with closing(sqlite3.connect(searchable)) as connection:
        sql = "SELECT id, content, sha256 FROM files WHERE content != '' ORDER BY id LIMIT 1"
        number, content, sha256 = connection.execute(sql).fetchone()
    page, data, blob = fetch(f"/runs/file/{number}", f"/runs/file/{number}/bytes", f"/runs/blob/{sha256}")
    assert (page.status_code, data.content) == (200, content.encode())
    assert "attachment" in data.headers["content-disposition"]
    assert blob.status_code in {200, 404}


def test_whole_values_and_csv(fetch):
    """A value can be read whole, a query as CSV with every row, and rows in the order of their times."""
    whole, table, rows = fetch(
        "/runs/errors.cell?_row=0&_column=message",
        "/runs/logs?_sort=timestamp&_size=5",
        "/runs.csv?sql=select+id+from+logs&_stream=1",
    )
    assert "bridge.handler_error" in whole.text
    assert table.status_code == 200
    assert len(rows.text.splitlines()) > 1000
