"""Build bundles in a form of one's own, whether or not `pytest --share-text` makes all others share their text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

SWITCH = "WINK_TESTS_SHARE_TEXT"
"""The environment variable that `tests/sharing/sitecustomize.py` looks for."""


@contextmanager
def form_as_asked() -> Iterator[None]:
    """Let the builds of the block share text only if they are asked to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(SWITCH, raising=False)
        yield
