"""Every page of a small and of a larger bundle, wide and narrow, light and dark."""

from __future__ import annotations

import contextlib
import urllib.parse
from typing import NamedTuple

import pytest
from support.many_runs import write_many_runs
from support.served_bundle import serve_bundle
from visited_pages import PAGES

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.saved_charts import saved_charts

pytestmark = pytest.mark.browser

LOOKS = {"wide-light": (1280, "light"), "narrow-dark": (400, "dark")}
CROSSED_LOOKS = {"wide-dark": (1280, "dark"), "narrow-light": (400, "light")}
"""The other two, in which the first page and one of each kind are visited."""

COPIES = 40
DATASETTE = "https://datasette.io/"
"""The footer's link, the only one that leads elsewhere."""

MARKS = ".chart-picture .mark-rect path, .chart-picture .mark-symbol path, .chart-picture .mark-rule line"


class Site(NamedTuple):
    """A served bundle."""

    name: str
    server: object
    run: int | None

    def address(self, page):
        return self.server.url + page.path.format(name=self.name, run=self.run)


@pytest.fixture(scope="module", params=["small", "large"])
def site(request, tmp_path_factory, run_bundle):
    """Serve the bundle of one debug directory, or of an evaluation of 240 runs."""
    path = run_bundle
    if request.param == "large":
        folder = tmp_path_factory.mktemp("many")
        path = folder / "evaluation.db"
        DebugBundle.from_directory(write_many_runs(folder / "runs", COPIES), output=path, recursive=True).close()
    with DebugBundle.open(path) as bundle:
        (run,) = bundle.query("SELECT min(id) FROM runs WHERE status = 'error'").fetchone()
    with serve_bundle(path) as running:
        yield Site(path.stem, running, run)


def show(browser, width, scheme):
    """Give the window a width, and the pages a colour scheme."""
    scheme = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", scheme)
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


@pytest.fixture(params=[*LOOKS, *CROSSED_LOOKS])
def look(request, browser):
    """Show pages in one width and colour scheme."""
    show(browser, *{**LOOKS, **CROSSED_LOOKS}[request.param])
    yield request.param
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.fixture
def visit(browser, wait, screenshots):
    """Return a function that opens a page, waits until it is complete, and keeps a picture of it."""

    def open_page(site, page, look=""):
        browser.get_log("browser")
        browser.get(site.address(page))
        if page.complete:
            wait(lambda: browser.find_elements("css selector", page.complete))
        wait(lambda: browser.execute_script("return document.readyState") == "complete")
        if look:
            browser.save_screenshot(str(screenshots / f"{site.name}-{page.name}-{look}.png"))

    return open_page


def pages_of(site):
    return [page for page in PAGES if site.run or not page.needs_runs]


def test_pages_are_quiet_and_fit(site, look, visit, browser, requested):
    """No page has an error or a refused script, asks another host, or is wider than the window."""
    faults = []
    pages = pages_of(site) if look in LOOKS else pages_of(site)[:14]
    for page in pages:
        visit(site, page, look)
        messages = [entry["message"] for entry in browser.get_log("browser")]
        if page.is_error:
            messages = [message for message in messages if "status of 40" not in message]
        faults += [f"{page.name}: {message}" for message in messages]
        elsewhere = {url for url in requested() if not url.startswith((site.server.url, "data:"))}
        faults += [f"{page.name}: asks {url}" for url in elsewhere]
        width = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
        if width[0] > width[1]:
            faults.append(f"{page.name}: is {width[0]} pixels wide in a window of {width[1]}")
    assert faults == []


def test_links_lead_somewhere(site, visit, browser):
    """Each link of each page leads to a page of this server, or to a place on its own page."""
    seen, faults = {DATASETTE}, []
    for page in pages_of(site):
        visit(site, page)
        links = browser.execute_script("return [...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))")
        ids = browser.execute_script("return [...document.querySelectorAll('[id]')].map((found) => found.id)")
        missing = {link for link in links if link and link.startswith("#") and link[1:] not in {"", *ids}}
        faults += [f"{page.name}: {link} is nowhere on the page" for link in missing]
        if page.is_error:
            continue
        for link in links:
            target = urllib.parse.urljoin(site.address(page), link).partition("#")[0]
            if (kind := _kind(target, site)) in seen:
                continue
            seen.add(kind)
            if not target.startswith(site.server.url):
                faults.append(f"{page.name}: leads to {target}")
            elif (status := site.server.get(target).status) not in {200, 302}:
                faults.append(f"{page.name}: {target} answers {status}")
    assert faults == []


def _kind(target, site):
    """Return what links have in common that need not all be tried: the pages of one table, and the same parameters."""
    if not target.startswith(site.server.url):
        return target
    path, _, query = target.removeprefix(site.server.url).partition("?")
    parts = path.split("/")
    return "/".join(parts[:2]), len(parts), *sorted({name.partition("=")[0] for name in query.split("&")})


def test_charts_have_marks_titles_and_units(site, visit, browser):
    """Each chart of the first page has a title, marks, and an axis with a unit; or it says why it has no rows."""
    visit(site, PAGES[0])
    for chart in saved_charts():
        figure = browser.find_element("id", f"chart-{chart.name}")
        assert figure.find_element("tag name", "h3").text == chart.query.title
        note = figure.find_element("class name", "chart-note").text
        state = figure.get_attribute("data-state")
        if state == "empty":
            assert note == chart.empty
            continue
        assert state == "drawn"
        assert figure.find_elements("css selector", MARKS)
        titles = figure.find_elements("css selector", ".role-axis-title text")
        assert [title.text for title in titles if title.text]
        picture = figure.find_element("class name", "chart-picture")
        assert picture.get_attribute("aria-label").startswith(chart.query.title)


def test_a_large_bundle_fills_every_chart(site, visit, browser):
    """An evaluation has rows for each chart."""
    if not site.run:
        pytest.skip("the small bundle has no runs")
    visit(site, PAGES[0])
    states = browser.execute_script("return [...document.querySelectorAll('figure.chart')].map((f) => f.dataset.state)")
    assert states == ["drawn"] * len(saved_charts())


def test_charts_follow_the_colour_scheme(site, visit, browser, wait):
    """A chart is drawn again when the reader's system becomes dark, so that its text can be read."""

    def ink():
        colour = "return getComputedStyle(document.querySelector('.role-axis-label text')).fill"
        return browser.execute_script(colour)

    show(browser, 1280, "light")
    visit(site, PAGES[0])
    light = ink()
    show(browser, 1280, "dark")
    with contextlib.suppress(Exception):
        wait(lambda: ink() != light)
    assert ink() != light
    show(browser, 1280, "light")


def test_the_keyboard_gets_past_the_navigation(site, visit, browser):
    """The first press of the tabulator shows a link that leads to the content."""
    visit(site, PAGES[0])
    keys = pytest.importorskip("selenium.webdriver.common.keys").Keys
    browser.find_element("tag name", "body").send_keys(keys.TAB)
    focused = browser.switch_to.active_element
    assert focused.text == "Skip to the content"
    target = focused.get_attribute("href").partition("#")[2]
    assert browser.find_elements("id", target)
