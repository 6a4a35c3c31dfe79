"""A served bundle in a real browser: what a person sees, and what hostile text cannot do."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.artifact_samples import archive
from support.served_bundle import serve_bundle

from wink_debug_bundle.pipeline.bundle_indexing import index_bundle

pytestmark = pytest.mark.browser

HOSTILE = (
    "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"
    "</script><svg onload=\"document.title='owned'\">"
)


@pytest.fixture(scope="module")
def site(run_bundle):
    with serve_bundle(run_bundle) as running:
        yield running


@pytest.fixture
def shown(browser, wait):
    """Return a function that waits until the page shows an element, and returns it."""

    def visible(selector):
        return next((found for found in browser.find_elements("css selector", selector) if found.is_displayed()), None)

    return lambda selector: wait(lambda: visible(selector))


@pytest.fixture
def look(browser, screenshots):
    """Return a function that opens a page, saves a screenshot, and returns the visible text."""

    def open_page(url, picture):
        browser.get_log("browser")
        browser.get(url)
        browser.save_screenshot(str(screenshots / f"{picture}.png"))
        return browser.find_element("tag name", "body").text

    return open_page


def test_index(look, browser, site, shown):
    """The first page shows title, queries and the tables that people ask for, and its own scripts run."""
    text = look(site.url, "index")
    assert text.count("Debug Bundle:") == 1
    assert "What tools were called and how often did they succeed?" in text
    assert "transcript_entries" in text
    assert "tool_invocations" not in text
    browser.find_element("css selector", "#tables ~ details:last-of-type > summary").click()
    assert "tool_invocations" in shown("#tables ~ details:last-of-type dl").text
    assert browser.get_log("browser") == []


def test_following_a_question(look, browser, site, wait, shown):
    """A click on a saved query leads to its answer."""
    look(site.url, "before-the-click")
    # What the page fills in late moves the question.
    wait(lambda: browser.execute_script("return document.documentElement.dataset.questions") == "done")
    browser.find_element("link text", "Which tool calls failed, and what did they say?").click()
    wait(lambda: browser.title == "Which tool calls failed, and what did they say?")
    assert "charge_card" in shown("table.rows-and-columns").text
    wait(lambda: browser.execute_script("return document.readyState") == "complete")
    assert browser.get_log("browser") == []


def test_table(look, browser, site, shown):
    """A table's page shows descriptions, facets and rows; Datasette's column menus work under the policy."""
    text = look(f"{site.url}run/tool_invocations", "table")
    assert "One row for each ToolInvoked event" in text
    assert "find_trains" in text
    shown("th .dropdown-menu-icon").click()
    assert shown(".dropdown-menu")  # it fades in
    assert browser.get_log("browser") == []


def test_own_sql(look, browser, site, shown):
    """The editor for SQL is shown."""
    look(f"{site.url}run?sql=select+tool_name+from+tool_invocations", "own-sql")
    assert shown(".CodeMirror")
    assert browser.get_log("browser") == []


@pytest.fixture
def hostile_site(build):
    record = {
        "timestamp": "2026-01-01T00:00:00+00:00",
        "level": "ERROR",
        "logger": HOSTILE,
        "event": HOSTILE,
        "message": HOSTILE,
        "context": {"error": HOSTILE},
    }
    with serve_bundle(build({"session.log": json.dumps(record) + "\n"}, description=HOSTILE)) as running:
        yield running


@pytest.mark.parametrize("page", ["", "debug", "debug/logs", "debug/logs/1", "debug/errors", "debug/log-events"])
def test_hostile_text_is_text(look, browser, hostile_site, page):
    """A script in a log message or description is shown as text and does not run."""
    text = look(hostile_site.url + page, f"hostile-{page.replace('/', '-') or 'index'}")
    if page != "debug":
        assert "<script>document.title" in text
    assert browser.title != "owned"
    assert browser.get_log("browser") == []


def test_policy_stops_what_slips_through(look, browser, site, wait, shown):
    """Even if a text became markup, the policy would stop its scripts and handlers."""
    look(site.url, "injected")
    browser.execute_script(
        "document.body.insertAdjacentHTML('beforeend', arguments[0]);"
        "const script = document.createElement('div'); document.body.append(script);"
        "script.innerHTML = '<a id=injected href=\"javascript:document.title=`owned`\">x</a>';",
        HOSTILE,
    )
    shown("#injected").click()
    messages = []

    def are_refused():
        messages.extend(entry["message"] for entry in browser.get_log("browser"))  # which gives each message once
        refused = [text for text in messages if "violates the following Content Security Policy" in text]
        return all(any(what in text for text in refused) for what in ("inline event handler", "JavaScript URL"))

    wait(are_refused)
    assert browser.title != "owned"


@pytest.fixture(scope="module")
def runs_site(release_bundle):
    with serve_bundle(release_bundle("0.27.0")) as running:
        yield running


def test_from_a_call_to_its_log_record(look, browser, runs_site, wait):
    """Ids lead from a table to a row, and from this row to the next one."""
    look(f"{runs_site.url}0-27-0/calls", "calls")
    browser.find_element("css selector", "td.col-started_log_id a").click()
    wait(lambda: browser.title.startswith("logs "))
    browser.find_element("partial link text", "of a call of").click()
    wait(lambda: browser.title.startswith("calls "))
    assert browser.find_elements("css selector", "dl.row-values dt")
    assert browser.get_log("browser") == []


def test_file_of_a_run(look, browser, runs_site, wait):
    """A run's tree of files leads to the text of a file, with line numbers."""
    look(f"{runs_site.url}0-27-0/files", "files")
    browser.find_element("css selector", "td.col-path a").click()
    wait(lambda: browser.find_elements("css selector", "ol.file-lines li"))
    browser.find_element("partial link text", "the files of").click()
    wait(lambda: browser.find_elements("css selector", "ul.file-tree a"))
    assert browser.get_log("browser") == []


def test_long_text_is_wide_and_whole(look, browser, build, wait):
    """A long message has a wide column, and its link leads to all of it."""
    record = {"timestamp": "2026-01-01T00:00:00+00:00", "level": "ERROR", "logger": "a", "message": "some words " * 330}
    with serve_bundle(build({"session.log": json.dumps(record) + "\n"})) as running:
        look(f"{running.url}debug/errors", "long-text")
        assert browser.find_element("css selector", "div.long-text").size["width"] > 600
        browser.find_element("css selector", "a.whole-value").click()
        wait(lambda: browser.find_elements("css selector", "pre.whole-text"))
        assert browser.find_element("css selector", "pre.whole-text").text.count("some words") == 330
    assert browser.get_log("browser") == []


def test_script_in_a_picture(look, browser, build, wait):
    """A picture that holds a script is text; one that only says it is a picture is not run either."""
    svg = "<svg xmlns='http://www.w3.org/2000/svg' onload=\"document.title='owned'\"><script>document.title='owned'</script></svg>"
    with serve_bundle(build({"a.zip": archive({"a.svg": svg, "b.png": svg})})) as running:
        for number in (1, 2):
            text = look(f"{running.url}debug/file/{number}", f"svg-{number}")
            assert "document.title='owned'" in text
            assert browser.title != "owned"
    assert browser.get_log("browser") == []


@pytest.fixture(scope="module")
def searchable_site(release_bundle, tmp_path_factory):
    path = Path(shutil.copy(release_bundle("0.27.0"), tmp_path_factory.mktemp("searchable") / "runs.db"))
    index_bundle(path, "usual")
    with serve_bundle(path) as running:
        yield running


def test_search_finds(look, browser, searchable_site, wait, shown, screenshots):
    """Words typed into the box of the first page lead to the texts that have them, and from there to the run."""
    look(searchable_site.url, "before-the-search")
    box = shown("form.search-box input")
    box.send_keys("gone.md")
    box.submit()
    wait(lambda: browser.title == "Search: gone.md")
    browser.save_screenshot(str(screenshots / "search.png"))
    assert shown(".search-snippet mark").text == "gone.md"
    assert "failure 1" in shown(".search-counts").text
    browser.find_element("css selector", ".search-place a[href*='/run/']").click()
    wait(lambda: "/run/" in browser.current_url)
    assert browser.get_log("browser") == []
