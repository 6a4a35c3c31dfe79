"""Turn the findings of `verify` and `extract` into lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ...terminal_text import visible

if TYPE_CHECKING:
    from ...fidelity.findings import Finding

_MOST_NAMED = 5
"""Unproven artifacts that are named; the others are counted."""


def finding_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """Yield a line for each finding, its place first."""
    for finding in findings:
        place = visible(finding.place)
        yield f"{place}: {visible(finding.text)}" if place else visible(finding.text)


def unproven_lines(paths: Sequence[str]) -> Iterator[str]:
    """Yield a line that names the first artifacts that are not proven byte for byte, if there are any."""
    if paths:
        more = f" and {len(paths) - _MOST_NAMED:,} more" if len(paths) > _MOST_NAMED else ""
        yield f"Not proven byte for byte: {', '.join(map(visible, paths[:_MOST_NAMED]))}{more}"
