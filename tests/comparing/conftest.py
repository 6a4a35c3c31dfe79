"""Two evaluations that the tests of comparisons read."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.changed_bundle import LOSES_THE_CAPITAL, OTHER_SURROUNDINGS, changed_bundle
from support.multiplied_samples import multiply_samples


@pytest.fixture(scope="session")
def base(release_bundle, tmp_path_factory) -> Path:
    """Return an evaluation of 36 samples, six of which passed: the six of the fixture, six times."""
    folder = tmp_path_factory.mktemp("base")
    return multiply_samples(release_bundle("wink-0.27.0/evaluation"), folder / "base.db", 6)


@pytest.fixture(scope="session")
def new(base, tmp_path_factory) -> Path:
    """Return that evaluation with a package, prompts and tokens of its own, in which these six fail."""
    folder = tmp_path_factory.mktemp("new")
    return changed_bundle(base, folder / "new.db", LOSES_THE_CAPITAL + OTHER_SURROUNDINGS)
