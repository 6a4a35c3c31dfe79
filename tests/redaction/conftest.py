"""A bundle with planted secrets, built once."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.independent_scan.bundle_scan import Sighting, sightings
from support.planted_secrets.planted_bundle import PlantedBundle, build_planted

from wink_debug_bundle import RedactionSummary, redact

FEW = 260
"""Number of secrets of the ordinary tests: five of each kind, and some in each place."""


@pytest.fixture(scope="session")
def planted(tmp_path_factory: pytest.TempPathFactory) -> PlantedBundle:
    """Return artifacts with a few hundred secrets and the bundle of them, with a search index of all texts."""
    return build_planted(tmp_path_factory.mktemp("planted"), FEW, search="all")


@pytest.fixture(scope="session")
def shared_summary(planted: PlantedBundle, tmp_path_factory: pytest.TempPathFactory) -> RedactionSummary:
    """Redact that bundle with the profile share; return what was done."""
    output = tmp_path_factory.mktemp("shared") / "shared.db"
    return redact(planted.bundle, output, words=planted.artifacts.words, jobs=1)


@pytest.fixture(scope="session")
def planted_shared(shared_summary: RedactionSummary) -> Path:
    """Return the redacted bundle."""
    assert shared_summary.path is not None
    return shared_summary.path


@pytest.fixture(scope="session")
def seen(planted: PlantedBundle) -> list[Sighting]:
    """Return all that the independent scan sees in the cells and blobs of that bundle."""
    return list(sightings(planted.bundle, planted.artifacts.secrets))
