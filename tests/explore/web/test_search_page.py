"""The search box of every page leads to a page with what was found, escaped, marked and linked."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.artifact_samples import lines, log_record, write_files
from support.served_bundle import serve_bundle

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.pipeline.bundle_indexing import index_bundle

HOSTILE = "needle <script>document.title = 'owned'</script> \u202eneedle"


@pytest.fixture(scope="module")
def site(release_bundle, tmp_path_factory):
    """Serve a bundle of runs with an index of the usual texts."""
    path = Path(shutil.copy(release_bundle("0.27.0"), tmp_path_factory.mktemp("site") / "runs.db"))
    index_bundle(path, "usual")
    with serve_bundle(path) as running:
        yield running


@pytest.fixture(scope="module")
def plain_site(tmp_path_factory):
    """Serve a bundle without an index, with a hostile message."""
    folder = tmp_path_factory.mktemp("plain")
    write_files(folder / "debug", {"session.log": lines(log_record(message=HOSTILE))})
    DebugBundle.from_directory(folder / "debug", output=folder / "plain.db").close()
    with serve_bundle(folder / "plain.db") as running:
        yield running


@pytest.mark.parametrize("path", ["", "runs", "runs/logs", "runs/logs/1", "runs/tool-success", "runs/nothing"])
def test_every_page_has_the_box(site, path):
    """Each page has a box that leads to the search."""
    assert '<form class="search-box" action="/runs/search"' in site.get(path).text


def test_what_is_found(site):
    """The page has counts by kind, the words marked, and links to the row and to the place in its run."""
    page = site.get("runs/search?q=gone.md").text
    assert "<title>Search: gone.md</title>" in page
    assert re.search(r'<a href="/runs/search\?q=gone.md&amp;kind=failure">failure \d', page)
    assert "No such note: <mark>gone.md</mark>" in page
    assert re.search(r'<a href="/runs/run/\d+\?at=failure-\d+#failure-\d+">run \d+</a>', page)
    assert "Not searched: context, file; choose the kind to search it." in page


def test_links_to_rows_lead_to_rows(site):
    """The link of each text leads to a page."""
    words = {"prompt": "a*", "call": "read_note", "run": "error", "log": "error", "failure": "note", "path": "md"}
    for kind, word in words.items():
        page = site.get(f"runs/search?q={word}&kind={kind}").text
        address = re.search(r'<p class="search-place"><a href="/([^"]+)">', page)
        assert address, kind
        assert site.get(address[1]).status == 200, address[1]


def test_links_to_runs_lead_to_the_text(site):
    """The link to the run of a call, a result or a message leads to its place there."""
    for kind in ("call", "result", "message"):
        page = site.get(f"runs/search?q=a*&kind={kind}").text
        address = re.search(r' in <a href="/([^"#]+)#([^"]+)">run', page)
        assert address, kind
        assert f'id="{address[2]}"' in site.get(address[1].replace("&amp;", "&")).text, address[0]


def test_filters_stay_in_the_links(site):
    """The links to kinds and to more texts keep the other filters."""
    page = site.get("runs/search?q=claude*&level=DEBUG&kind=log").text
    assert "/runs/search?q=claude%2A&amp;kind=log&amp;level=DEBUG&amp;offset=25" in page
    more = site.get("runs/search?q=claude*&level=DEBUG&kind=log&offset=25").text
    assert '<ol class="search-texts" start="26">' in more
    assert 'rel="prev"' in more


@pytest.mark.parametrize("path", ["runs/search?q=a&run=nobody", "runs/search?q=a&kind=nothing"])
def test_a_wrong_filter(site, path):
    """A run or kind that does not exist is an error on the page of the search."""
    page = site.get(path)
    assert page.status == 400
    assert 'role="alert"' in page.text


@pytest.mark.parametrize("typed", ["", "*", "%22", "AND", "%00", "%ff", "a" * 5000, "text:a", "--%20-"])
def test_anything_typed(site, plain_site, typed):
    """Whatever is typed, there is a page."""
    assert site.get(f"runs/search?q={typed}&offset=x").status == 200
    assert plain_site.get(f"plain/search?q={typed}").status == 200


def test_hostile_text(plain_site):
    """Markup in a text is shown as text, and so are characters that reorder it; a word in it is marked."""
    page = plain_site.get("plain/search?q=needle").text
    assert "<script>document" not in page
    assert "<mark>needle</mark> &lt;script&gt;document.title" in page
    assert r"\u202e<mark>needle</mark>" in page
    assert "This bundle has no index" in page


def test_a_damaged_index(release_bundle, tmp_path):
    """A damaged index is an error on the page, and the server goes on."""
    path = Path(shutil.copy(release_bundle("0.27.0"), tmp_path / "b.db"))
    index_bundle(path, "usual")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM search_index_data WHERE id > 10")
    with serve_bundle(path) as running:
        page = running.get("b/search?q=error")
        assert page.status == 400
        assert "wink-debug-bundle index makes it again" in page.text
        assert running.get("b/logs/1").status == 200
