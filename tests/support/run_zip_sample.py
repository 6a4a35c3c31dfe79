"""The zip of one real run, to be changed."""

from __future__ import annotations

from support.artifact_samples import ROOT

[RUN_ZIP] = (ROOT / "fixtures" / "wink-0.27.0" / "runs").glob("01ee9d2a*.zip")
RUN_ZIP_NAME = RUN_ZIP.name
PREFIX = "debug_bundle/"

Members = dict[str, bytes]
