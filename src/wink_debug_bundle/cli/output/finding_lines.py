"""Turn the findings of `verify` and `extract` into lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ...terminal_text import visible

if TYPE_CHECKING:
    from ...fidelity.findings import Finding

_MOST_NAMED = 5
"""Paths that are named in a line; the others are counted."""


def finding_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield a line for each finding, its place first."""
    for finding in findings:
        place = visible(finding.place)
        yield f"{place}: {visible(finding.text)}" if place else visible(finding.text)


def unproven_lines(paths: Sequence[str]) -> Iterator[str]:
    """Yield a line that names the first artifacts that are not proven byte for byte, if there are any."""
    if paths:
        yield f"Not proven byte for byte: {_first(paths)}"


def absent_lines(paths: Sequence[str]) -> Iterator[str]:
    """Yield a line that names the first entries that are listed and not in the directory, if there are any."""
    if paths:
        yield f"Listed without their bytes, and not in the directory: {_first(paths)}"


def _first(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_NAMED:,} more" if len(paths) > _MOST_NAMED else ""
    return f"{', '.join(map(visible, paths[:_MOST_NAMED]))}{more}"
