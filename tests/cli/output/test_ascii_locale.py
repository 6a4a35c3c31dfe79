"""Commands where the terminal can only show ASCII: other characters are shown as escapes, and no command fails."""

from __future__ import annotations

import pytest
from support.command_runner import run_process

ASCII = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

SAMPLE = "首都は-東京"


@pytest.mark.parametrize(
    "arguments",
    [
        ["info", "BUNDLE"],
        ["query", "BUNDLE", "SELECT * FROM runs"],
        ["query", "BUNDLE", "SELECT * FROM runs", "--width", "80"],
        ["query", "BUNDLE", "--name", "failure-reasons"],
        ["query", "BUNDLE", "--name", "conversation", "-p", f"run={SAMPLE}"],
        ["query", "BUNDLE", f"SELECT '{SAMPLE}' AS \"{SAMPLE}\""],
        ["query", "--list"],
        ["schema", "BUNDLE"],
        ["verify", "BUNDLE"],
        ["cat", "BUNDLE", "notes.md", "--sample", SAMPLE],
        ["cell", "BUNDLE", "logs.1.message"],
        ["export", "BUNDLE", "runs", "--format", "csv"],
        ["--help"],
        ["query", "--help"],
    ],
    ids=" ".join,
)
def test_success(release_bundle, arguments):
    """A command that prints or is given other characters ends as in any locale."""
    bundle = release_bundle("0.27.0")
    done = run_process(*(bundle if word == "BUNDLE" else word for word in arguments), environment=ASCII)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["query", "BUNDLE", "--name", "conversation", "-p", "run=東京"], 1),
        (["query", "BUNDLE", "SELECT 東 FROM 京"], 1),
        (["query", "BUNDLE", "--name", "東"], 2),
        (["export", "BUNDLE", "東"], 1),
        (["cat", "BUNDLE", "東"], 1),
        (["cell", "BUNDLE", "東"], 1),
        (["schema", "BUNDLE", "東"], 1),
        (["info", "東.db"], 1),
    ],
)
def test_errors(release_bundle, arguments, code):
    """An error that names other characters is a message with escapes, and not another error."""
    bundle = release_bundle("0.27.0")
    done = run_process(*(bundle if word == "BUNDLE" else word for word in arguments), environment=ASCII)
    assert done.returncode == code
    assert done.stderr.isascii()
    assert b"codec" not in done.stderr
    assert b"bug in wink-debug-bundle" not in done.stderr


def test_escapes(release_bundle):
    """A table shows the characters as escapes, and the other formats are UTF-8."""
    bundle, sql = release_bundle("0.27.0"), f"SELECT sample_id FROM runs WHERE sample_id = '{SAMPLE}'"
    table = run_process("query", bundle, sql, environment=ASCII)
    assert SAMPLE.encode("ascii", "backslashreplace") in table.stdout
    assert run_process("info", bundle, environment=ASCII).stdout.isascii()
    exported = run_process("query", bundle, sql, "--format", "csv", environment=ASCII)
    assert exported.stdout.decode() == f"sample_id\n{SAMPLE}\n"
