"""A report in a real browser, opened from the disk as from the artifacts of a CI job."""

from __future__ import annotations

import pytest

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.saved_charts import saved_charts

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def report(release_bundle, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    with DebugBundle.open(release_bundle("0.27.0")) as bundle:
        return bundle.report(path)


@pytest.mark.parametrize("width", [1280, 400])
def test_a_report_opens_from_the_disk(report, width, browser, wait, requested, screenshots):
    """The page draws all charts, asks for no other file or host, has no error, and fits into the window."""
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get_log("browser")
    browser.get(report.as_uri())
    wait(lambda: browser.find_elements("css selector", "html[data-charts=done]"))
    browser.save_screenshot(str(screenshots / f"report-{width}.png"))
    states = browser.execute_script("return [...document.querySelectorAll('figure.chart')].map((f) => f.dataset.state)")
    widths = browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert states == ["drawn"] * len(saved_charts())
    assert browser.get_log("browser") == []
    assert set(requested()) <= {report.as_uri()}
    assert widths[0] <= widths[1]


def test_a_reason_leads_to_a_story(report, browser, wait):
    """A click on the example of a reason unfolds the story of that run."""
    browser.get(report.as_uri())
    browser.find_element("partial link text", "Example: run").click()
    wait(lambda: browser.find_elements("css selector", "details.story[open]"))
    assert "connection reset by" in browser.find_element("css selector", "details.story[open]").text
