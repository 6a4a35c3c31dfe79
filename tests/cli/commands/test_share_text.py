"""`create --share-text`, and what the other commands say of such a bundle."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.artifact_samples import archive, lines, log_record, write_files
from support.command_runner import run
from support.text_forms import form_as_asked

_MIB = 1 << 20


@pytest.fixture
def debug(tmp_path: Path) -> Path:
    """Return a directory whose archives have the same large text."""
    zips = {f"{number}.zip": archive({"same.txt": "x" * (_MIB - 1), f"{number}.txt": "own"}) for number in range(12)}
    return write_files(tmp_path / "debug", {"a.log": lines(log_record()), **zips})


def _create(debug: Path, *options: str) -> tuple[Path, str]:
    output = debug.parent / "b.db"
    with form_as_asked():
        result = run("create", debug, "--output", output, *options)
    assert result.exit_code == 0
    assert max(map(len, result.output.splitlines())) <= max(80, len(str(output)) + 60)
    return output, result.output


def test_hint(debug: Path) -> None:
    """The summary says what the option would save where most of the bundle is repeated text."""
    output, printed = _create(debug)
    assert (
        "Text: 11.5 MB of it is text of files that other files have, too;\n  create --share-text (share_text="
        in printed
    )
    whole = output.stat().st_size
    _, printed = _create(debug, "--share-text", "--force")
    assert "Text: 11.5 MB of files that other files have, too, is stored once\n" in printed
    assert "create --share-text" not in printed
    assert whole - output.stat().st_size > 11 * _MIB


def test_no_hint(debug: Path) -> None:
    """A bundle with little repeated text is built without a word about it."""
    for path in sorted(debug.glob("*.zip"))[4:]:
        path.unlink()
    assert "share-text" not in _create(debug)[1]


def test_info(debug: Path) -> None:
    """`info` says that the bundle shares text, and only then."""
    for options, shares in (((), False), (("--share-text", "--force"), True)):
        output, _ = _create(debug, *options)
        assert json.loads(run("info", output, "--format", "json").output)["shares_text"] is shares
        assert ("equal texts of files are stored once" in run("info", output).output) is shares


@pytest.mark.parametrize("options", [(), ("--share-text",)])
def test_cell(debug: Path, options: tuple[str, ...]) -> None:
    """A handle of a file's text is the same in both forms, and leads to the whole text."""
    output, _ = _create(debug, *options)
    shown = run("query", output, "SELECT id, content FROM files WHERE id = 3", "--budget", "2000").output
    [handle] = {word.strip("[]()|,.") for word in shown.split() if "files.3.content-" in word}
    assert len(run("cell", output, handle).output) >= _MIB - 1
