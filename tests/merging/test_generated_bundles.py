"""Bundles of generated directories, valid and damaged, are merged into one that is as consistent as a build."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.artifact_samples import write_files
from support.divided_sources import built
from support.generated_directories import directories

from wink_debug_bundle import DebugBundle

QUICK, MANY = 4, 300
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def merge(first: dict[str, bytes], second: dict[str, bytes], *, is_reversed: bool) -> None:
    """Merge the bundles of two folders of one directory, and compare the whole with the bundle of the directory."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part, files in (("a", first), ("b", second)):
            for root in ("whole", part):
                write_files(folder / root / part, files)
        parts = [built(folder / part, folder / f"{part}.db", jobs=1) for part in ("a", "b")]
        with (
            DebugBundle.open(built(folder / "whole", folder / "whole.db", jobs=1)) as whole,
            DebugBundle.merge(parts[:: -1 if is_reversed else 1], folder / "m.db") as merged,
        ):
            assert merged.verify().findings == ()
            for sql in ("SELECT path FROM artifacts ORDER BY 1", "SELECT session_id FROM sessions ORDER BY 1"):
                assert merged.query(sql).fetchall() == whole.query(sql).fetchall()


@given(first=directories(), second=directories(), is_reversed=st.booleans())
@settings(max_examples=QUICK, suppress_health_check=CHECKS)
def test_generated_bundles(first: dict[str, bytes], second: dict[str, bytes], is_reversed: bool) -> None:
    """Every check of a build holds, and the artifacts and sessions are those of one build."""
    merge(first, second, is_reversed=is_reversed)


@pytest.mark.slow
@given(first=directories(), second=directories(), is_reversed=st.booleans())
@settings(max_examples=int(os.environ.get("WINK_DIRECTORIES", MANY)), suppress_health_check=CHECKS)
def test_many_generated_bundles(first: dict[str, bytes], second: dict[str, bytes], is_reversed: bool) -> None:
    """300 more pairs of bundles."""
    merge(first, second, is_reversed=is_reversed)
