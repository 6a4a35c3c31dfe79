"""Cases of parametrised tests: a few that the ordinary tests run, and the others, which `tox -e slow` runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def mostly_slow(cases: Iterable[Any], ordinary: Iterable[Any]) -> list[Any]:
    """Return all cases for `parametrize`; those that are not among the ordinary ones are marked as slow."""
    chosen = list(ordinary)
    return [case if case in chosen else pytest.param(case, marks=pytest.mark.slow) for case in cases]
