"""Artifacts are restored from their bundle, and `verify` confirms it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from support.directory_comparison import assert_round_trip
from support.generated_directories import directories

from wink_debug_bundle import DebugBundle

QUICK, MANY = 20, 500
CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def round_trip(files: dict[str, bytes]) -> None:
    """Build a bundle of the files, check it in itself and against them, extract it, and compare."""
    with tempfile.TemporaryDirectory() as name:
        folder, restored = Path(name, "debug"), Path(name, "restored")
        for path, data in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        output = Path(name, "bundle.db")
        with DebugBundle.from_directory(folder, output=output, recursive=True, keep_unrecognised=True) as bundle:
            assert_round_trip(bundle, folder, restored)


@given(files=directories())
@settings(max_examples=QUICK, suppress_health_check=CHECKS)
def test_generated_directories(files):
    """Generated directories are restored: records with equal values, everything else byte for byte."""
    round_trip(files)


@pytest.mark.slow
@given(files=directories())
@settings(max_examples=int(os.environ.get("WINK_DIRECTORIES", MANY)), suppress_health_check=CHECKS)
def test_many_generated_directories(files):
    """2,000 more generated directories are restored."""
    round_trip(files)
