"""What checks found, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ..explore.visible import visible

if TYPE_CHECKING:
    from ..fidelity.findings import Finding


def finding_lines(findings: Iterable[Finding]) -> Iterator[str]:
    """One line for each finding, its place first."""
    for finding in findings:
        place = visible(finding.place)
        yield f"{place}: {visible(finding.text)}" if place else visible(finding.text)
