"""A regex that is written for hyperscan means what Go's does, in texts that are joined."""

from __future__ import annotations

import pytest

from wink_debug_bundle.secret_detection.candidate_search.hyperscan_syntax import hyperscan_syntax


@pytest.mark.parametrize(
    ("regex", "written"),
    [
        (r"a\s[\s'\"]b", r"a[\t\n\f\r ][\t\n\f\r '\"]b"),
        (r"[^$]x$", r"[^$]x(?:$|\n)"),
        (r"^[]^a]\]\$", r"(?:^|\n)[]^a]\]\$"),
        (r"[[:alnum:]$]+\z", r"[[:alnum:]$]+(?:\z|\n)"),
        (r"\x60\w\b", r"\x60[0-9A-Za-z_]\b"),
        (r"\p{Greek}", None),
        (r"\Qa\E", None),
    ],
)
def test_classes_and_ends_are_written_as_the_bytes_they_stand_for(regex, written):
    assert hyperscan_syntax(regex) == written
