"""What checks found, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from ...terminal_text import visible

if TYPE_CHECKING:
    from ...fidelity.findings import Finding

_NAMED = 5
"""Artifacts that are named."""


def finding_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """One line for each finding, its place first."""
    for finding in findings:
        place = visible(finding.place)
        yield f"{place}: {visible(finding.text)}" if place else visible(finding.text)


def unproven_lines(paths: Sequence[str]) -> Iterator[str]:
    """A line that names the first of the artifacts that are not proven to the byte, if there are any."""
    if paths:
        more = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
        yield f"Not proven to the byte: {', '.join(map(visible, paths[:_NAMED]))}{more}"
