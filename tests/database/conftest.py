"""Bundles of everything that releases of the library wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

CASES = ("run", "evaluation", "repeated", "odd-values", "shared-dispatcher")
RELEASES = ("0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0", "query-0.27.0")


@pytest.fixture(params=[*CASES, *RELEASES])
def any_bundle(
    request: pytest.FixtureRequest,
    fixture_bundle: Callable[[str], Path],
    release_bundle: Callable[[str], Path],
) -> Path:
    """Give the bundle of each fixture case and each release in turn."""
    name: str = request.param
    return release_bundle(name) if name in RELEASES else fixture_bundle(name)
