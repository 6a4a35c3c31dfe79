"""Every command and every block of Python of the README works, in the order in which a reader meets them."""

from __future__ import annotations

import pytest
from support.artifact_samples import ROOT
from support.readme_commands import Reader, Step, steps

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_works(tmp_path):
    """A reader who runs everything in one folder, from the first line to the last, meets no error."""
    reader = Reader(tmp_path)
    faults = [f"{step.code}\n    {fault}" for step in steps(README) if (fault := reader.fault(step)) is not None]
    assert not faults, "\n".join(["these fail:", *faults])


def test_every_step_is_found():
    """No command of this package in a block of the README is missed."""
    commands = [step.code for step in steps(README) if step.language == "console"]
    named = [
        line
        for line in README.splitlines()
        if line.startswith(("wink debug-bundle ", "wink-debug-bundle ", ".venv/bin/wink"))
    ]
    assert len(commands) >= len(named) > 10
    assert any(step.language == "python" for step in steps(README))


@pytest.mark.parametrize(
    "step",
    [
        Step("console", "wink debug-bundle info missing.db"),
        Step("console", "wink debug-bundle create ./debug/abc123/ --no-such-option"),
        Step("console", "wink debug-bundle serve missing.db"),
        Step("console", "rm -r fixtures"),
        Step("console", "wink debug-bundle export missing.db logs -o x.parquet", "dataset"),
        Step("python", "from wink_debug_bundle import DebugBundle\nDebugBundle.open('missing.db')"),
    ],
    ids=lambda step: step.code.split()[-1],
)
def test_faults_are_seen(tmp_path, step):
    """A command that fails, and one that the test does not know, is a fault."""
    assert Reader(tmp_path).fault(step) is not None


def test_the_form_of_a_page():
    """Prompts, comments and line ends within a command are no part of it; each part of `a && b` is a step."""
    page = "```console\n$ wink a  # what for\nwink b \\\n  -c '#' && wink d\n```\n```text\nwink e\n```\n```python\nf\n```\n"
    page += "```console\nwink g  # needs the extra: wink-debug-bundle[redact]\n```\n"
    assert list(steps(page)) == [
        Step("console", "wink a"),
        Step("console", "wink b    -c '#'"),
        Step("console", "wink d"),
        Step("python", "f\n"),
        Step("console", "wink g", "redact"),
    ]
