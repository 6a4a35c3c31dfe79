"""Datasette in the test's own process."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture
def datasette_in_process() -> Iterator[None]:
    """Let a test import and run Datasette, which leaves connections to in-memory databases open.

    Python warns of them when it collects garbage, in whatever test that happens; so it is collected here.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
