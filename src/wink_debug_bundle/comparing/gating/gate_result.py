"""What a gate found, as a value that writes itself in every format."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ..comparison_data import Comparison
from .gate_data import Judgement


@dataclass(frozen=True, slots=True)
class GateResult(Judgement):
    """Whether a change may pass, and why.

    Attributes:
        comparison: The whole comparison with the baseline; None without one.
    """

    comparison: Comparison | None = None

    def to_text(self, width: int = 79) -> str:
        """Return the checks and new failures for a terminal, in lines of up to `width` columns."""
        from .gate_text import text_of_gate

        return text_of_gate(self, width)

    def to_markdown(self) -> str:
        """Return the checks and new failures as Markdown, for a comment or the summary of a CI job."""
        from .gate_markdown import markdown_of_gate

        return markdown_of_gate(self)

    def to_json(self) -> str:
        """Return all of it but the comparison as a JSON object."""
        from .gate_json import json_of_gate

        return json_of_gate(self)

    def to_junit(self) -> str:
        """Return a JUnit report in XML: a test case for each check, with a failure, or an error if it was not judged."""
        from .gate_junit import junit_of_gate

        return junit_of_gate(self)

    def write_junit(self, path: str | os.PathLike[str]) -> None:
        """Write the JUnit report to a file, which appears when it is complete; only such a report is replaced.

        Raises:
            BundleExistsError: another file is there.
            BundleError: the file cannot be written.
        """
        from .gate_files import write_junit

        write_junit(self.to_junit(), Path(path))
