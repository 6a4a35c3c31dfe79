"""The zip of one real run, which tests change and damage."""

from __future__ import annotations

from support.artifact_samples import ROOT

[RUN_ZIP] = (ROOT / "fixtures" / "wink-0.27.0" / "runs").glob("01ee9d2a*.zip")
RUN_ZIP_NAME = RUN_ZIP.name
PREFIX = "debug_bundle/"
"""Folder within the zip that holds all members."""

Members = dict[str, bytes]
"""Contents of members, by their names."""
