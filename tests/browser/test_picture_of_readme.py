"""The picture of the README is one of the first page: `README_PICTURE=1 pytest -m browser -k picture` makes it again."""

from __future__ import annotations

import base64
import os
import struct

import pytest
from support.artifact_samples import ROOT
from support.served_bundle import serve_bundle

from wink_debug_bundle import DebugBundle

pytestmark = pytest.mark.browser

PICTURE = ROOT / "docs" / "images" / "first-page.png"
DESCRIPTION = "An evaluation of two experiments, as release 0.27.0 of the library recorded it."
"""Without one, the page would name the folder that the bundle was built from."""

WIDTH, HEIGHT, MOST_BYTES = 1280, 1060, 200_000


def _size(data):
    """Return the width and height of a PNG."""
    return struct.unpack(">II", data[16:24])


def test_the_picture_of_the_readme(browser, wait, tmp_path):
    """The first page of the evaluation of release 0.27 has the size of the committed picture, which is small."""
    bundle = tmp_path / "evaluation.db"
    source = ROOT / "fixtures" / "wink-0.27.0" / "evaluation"
    DebugBundle.from_directory(source, output=bundle, recursive=True, description=DESCRIPTION).close()
    with serve_bundle(bundle) as site:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        browser.get(site.url)
        complete = "html[data-charts=done][data-questions=done]"
        wait(lambda: browser.find_elements("css selector", complete))
        taken = base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})["data"])
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    if os.environ.get("README_PICTURE"):
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_bytes(taken)
    assert _size(PICTURE.read_bytes()) == _size(taken) == (WIDTH, HEIGHT)
    assert PICTURE.stat().st_size < MOST_BYTES
