"""Two evaluations in a real browser: the choice, the verdict, both runs of a pair, and narrow windows."""

from __future__ import annotations

import shutil

import pytest
from support.changed_bundle import LOSES_THE_CAPITAL, OTHER_SURROUNDINGS, changed_bundle
from support.served_bundle import serve_bundle

pytestmark = pytest.mark.browser

HOSTILE = "</pre></details><script>document.title=''owned''</script><img src=x onerror=document.title=''owned''>"

LINES_OF_TEXT = """
const text = document.createRange();
text.selectNodeContents(arguments[0]);
return new Set([...text.getClientRects()].map((line) => line.top)).size;
"""


@pytest.fixture(scope="module")
def site(release_bundle, tmp_path_factory):
    """Serve an evaluation, some of whose names are hostile, with its baseline."""
    folder = tmp_path_factory.mktemp("compared")
    base = shutil.copyfile(release_bundle("wink-0.27.0/evaluation"), folder / "base.db")
    hostile = f"UPDATE runs SET score_reason = '{HOSTILE}'; UPDATE failures SET message = '{HOSTILE}';"
    new = changed_bundle(base, folder / "new.db", LOSES_THE_CAPITAL + OTHER_SURROUNDINGS + hostile)
    with serve_bundle(new, baseline=str(base)) as running:
        yield running


def test_from_the_choice_to_both_runs(browser, site, wait, screenshots):
    """Choosing all experiments compares them; a pair leads to both stories, and to the call in the run's own page."""
    browser.get_log("browser")
    browser.get(site.url)
    browser.find_element("css selector", "input[value=Compare]").click()
    wait(lambda: browser.find_elements("css selector", ".pair"))
    assert "Verdict" in browser.find_element("tag name", "h1").text
    browser.save_screenshot(str(screenshots / "comparison.png"))
    pair = browser.find_element("css selector", ".pair[open]")  # a single one is open
    browser.save_screenshot(str(screenshots / "comparison-pair.png"))
    sides = pair.find_elements("css selector", "section")
    assert [side.get_attribute("aria-label") for side in sides] == ["Base", "New"]
    assert sides[0].location["y"] == sides[1].location["y"]
    at_call = sides[1].find_element("css selector", "h4 a").get_attribute("href")
    pair.find_element("link text", "Both stories, side by side").click()
    wait(lambda: len(browser.find_elements("css selector", ".story")) == 2)
    browser.save_screenshot(str(screenshots / "comparison-runs.png"))
    browser.get(at_call)
    assert browser.execute_script("return document.querySelector(location.hash).getBoundingClientRect().top") < 500
    assert "owned" not in browser.title
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_narrow_windows(browser, site):
    """On a telephone, the page is not wider than the window, and the sides are below each other."""
    size = {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    try:
        browser.get(f"{site.url}?base=0&new=0")
        assert browser.execute_script("return document.documentElement.scrollWidth") <= 400
        first, second = browser.find_elements("css selector", ".pair section")[:2]
        assert first.location["y"] < second.location["y"]
        label = browser.find_element("xpath", "//table//td[normalize-space() = 'passed']")
        assert browser.execute_script(LINES_OF_TEXT, label) == 1
        header = browser.find_element("tag name", "header").rect
        path = browser.find_element("css selector", "header .crumbs").rect
        assert path["y"] + path["height"] <= header["y"] + header["height"]
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
