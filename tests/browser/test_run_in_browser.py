"""The page of a run in a real browser: folding, the picture of its time, links, and narrow windows."""

from __future__ import annotations

import sqlite3

import pytest
from support.served_bundle import serve_bundle

pytestmark = pytest.mark.browser

HOSTILE = "</pre></details><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


@pytest.fixture(scope="module")
def site(release_bundle, tmp_path_factory):
    """Serve the runs of one release; to run 8 a warning was added, long and hostile."""
    copy = tmp_path_factory.mktemp("served") / "runs.db"
    copy.write_bytes(release_bundle("wink-0.27.0/runs").read_bytes())
    with sqlite3.connect(copy) as connection:
        connection.execute(
            "INSERT INTO logs (session_id, timestamp, level, logger, event, message, artifact_id, line)"
            " SELECT session_id, timestamp, 'WARNING', :text, :text, :text || replace(hex(zeroblob(2000)), '00', 'long '),"
            " artifact_id, line FROM logs WHERE session_id = (SELECT session_id FROM runs WHERE id = 8) LIMIT 1",
            {"text": HOSTILE},
        )
    connection.close()
    with serve_bundle(copy) as running:
        yield running


@pytest.fixture
def look(browser, screenshots):
    """Yield a function that opens a page in a window of a width and a colour scheme, and keeps a picture of it."""

    def open_page(address, width=1280, scheme="light"):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get_log("browser")
        browser.get(address)
        browser.save_screenshot(str(screenshots / f"run-{width}-{scheme}.png"))

    yield open_page
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_looks(look, browser, site, width, scheme):
    """The page fits the window, logs nothing on the console, and its text stands out from its ground."""
    look(f"{site.url}runs/run/8", width, scheme)
    assert browser.execute_script("return document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.get_log("browser") == []
    assert browser.title == "Run 8: no error, not scored"
    ink, paper = browser.execute_script(
        "return [getComputedStyle(document.querySelector('.story')).color,"
        " getComputedStyle(document.body).backgroundColor]"
    )
    light, dark = (ink, paper) if scheme == "dark" else (paper, ink)
    assert sum(map(int, light[4:-1].split(","))) > 600
    assert sum(map(int, dark[4:-1].split(","))) < 200


def test_folding(look, browser, site):
    """A long text is folded; a click shows it whole, and a click elsewhere leaves it open."""
    look(f"{site.url}runs/run/8")
    fold = browser.find_element("css selector", ".steps details")
    text = fold.find_element("css selector", "pre")
    assert not text.is_displayed()
    fold.find_element("css selector", "summary").click()
    assert text.is_displayed()
    assert text.text.endswith("long long ")
    browser.find_element("css selector", "h1").click()
    assert text.is_displayed()
    browser.find_element("css selector", "[data-open='']").click()
    assert not text.is_displayed()


def test_hostile_text(look, browser, site):
    """Text that looks like markup is shown as text."""
    look(f"{site.url}runs/run/8")
    assert HOSTILE in browser.find_element("css selector", ".steps").text
    assert browser.find_elements("css selector", "img[src=x]") == []
    assert browser.title != "owned"


def test_the_picture_leads_to_the_steps(look, browser, site):
    """Each mark has a name, and a click on it leads to its step."""
    look(f"{site.url}runs/run/8")
    marks = browser.find_elements("css selector", ".picture a")
    steps = browser.find_elements("css selector", ".step")
    assert len(marks) == len(steps) > 30
    mark = next(mark for mark in marks if "charge_card raised" in mark.get_attribute("textContent"))
    mark.find_element("css selector", "rect").click()
    target = browser.find_element("css selector", ".step:target")
    assert "charge_card" in target.text
    assert 0 <= browser.execute_script("return arguments[0].getBoundingClientRect().top", target) < 1000


def test_from_run_to_run(look, browser, site):
    """The links to the failed runs beside a run lead there, and each step has a permanent link."""
    look(f"{site.url}runs/run/8")
    browser.find_element("css selector", "a[rel=next]").click()
    assert browser.title == "Run 18: error"
    browser.back()
    browser.find_element("css selector", "#call-10 .number").click()
    assert browser.current_url.endswith("/runs/run/8?at=call-10#call-10")
    assert browser.find_element("css selector", ".step:target").get_attribute("id") == "call-10"
