"""Files of words and of rules, and what the command says: one line for what is wrong, lines of 80 columns for what was done."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.artifact_samples import lines, log_record, write_files
from support.command_runner import run

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.redaction.redacting import read_words

pytest.importorskip("re2", reason="the extra redact installs google-re2")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle with an address in many columns."""
    address = "somebody@travel-desk.dev"
    record = log_record(message=address, event=address, logger=address, level=address, context={"a": address})
    folder = write_files(tmp_path_factory.mktemp("debug"), {"session.log": lines(record | {"extra": address})})
    output = tmp_path_factory.mktemp("bundle") / "b.db"
    DebugBundle.from_directory(folder, output=output, description=address, search="all").close()
    return output


@pytest.mark.parametrize("content", [b"", b"\n \n\t\n"])
def test_a_file_without_words_is_refused(tmp_path: Path, content: bytes) -> None:
    """Who names one wants something to be looked for."""
    (tmp_path / "words").write_bytes(content)
    with pytest.raises(BundleError, match="has no words"):
        read_words(tmp_path / "words")


def test_words_of_other_programs_are_read(tmp_path: Path) -> None:
    """With a mark of UTF-8 and with carriage returns."""
    (tmp_path / "words").write_bytes(b"\xef\xbb\xbfone\r\n two \r\n\r\nx")
    assert read_words(tmp_path / "words") == ["one", "two", "x"]


@pytest.mark.parametrize(
    ("option", "content"),
    [
        ("--rules", b"[[rules]"),
        ("--rules", b""),
        ("--rules", b'[[rules]]\nid = "x"\nregex = "(["'),
        ("--rules", b'[[rules]]\nregex = "x"'),
        ("--rules", b"\xff"),
        ("--word", b""),
        ("--word", b"\xff"),
        ("--map", b"{}"),
    ],
)
def test_a_wrong_file_is_told_in_one_line(bundle: Path, tmp_path: Path, option: str, content: bytes) -> None:
    """No bundle is written."""
    (tmp_path / "file").write_bytes(content)
    result = run("redact", bundle, "-o", tmp_path / "new.db", option, tmp_path / "file")
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_word_of_one_letter_is_replaced_as_a_word(bundle: Path, tmp_path: Path) -> None:
    """Within other words it stays."""
    (tmp_path / "words").write_text("a\n")
    assert run("redact", bundle, "-o", tmp_path / "new.db", "--word", tmp_path / "words").exit_code == 0
    with DebugBundle.open(tmp_path / "new.db") as redacted:
        [context, count] = redacted.query("SELECT context, count(*) OVER () FROM logs").fetchone()
    assert context.startswith('{"[WORD:')
    assert count == 1


def test_lines_fit_on_a_screen(bundle: Path) -> None:
    """However many columns a rule was the reason in."""
    result = run("redact", bundle, "--dry-run")
    [line] = [each for each in result.output.splitlines() if "email: " in each]
    assert len(line) <= 80
    assert line.endswith(" more")
    assert list(bundle.parent.iterdir()) == [bundle]
