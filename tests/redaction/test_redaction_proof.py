"""What is left is found, and then there is no file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.artifact_samples import lines, log_record, write_files
from support.command_runner import run

from wink_debug_bundle import BundleError, DebugBundle, redact
from wink_debug_bundle.redaction.following.applied_changes import AppliedChanges
from wink_debug_bundle.redaction.proof import file_proof
from wink_debug_bundle.redaction.proof.file_proof import pieces_in_file, pieces_of
from wink_debug_bundle.secret_detection import literals
from wink_debug_bundle.secret_detection.candidate_search import literal_places

pytest.importorskip("re2", reason="the extra redact installs google-re2")

SECRET = "ghp_" + "x7Kq2Wm9Lb4Tz8Rn5Vc1Yd6Hf3Jg0PsAeUiO"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """Return a bundle with one token in a log."""
    folder = write_files(tmp_path / "debug", {"session.log": lines(log_record(message=f"using {SECRET} now"))})
    DebugBundle.from_directory(folder, output=tmp_path / "b.db").close()
    return tmp_path / "b.db"


def test_what_is_left_is_an_error(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If changes are lost, the proof names table, column, rule and count, never the value, and no file appears."""
    monkeypatch.setattr(AppliedChanges, "apply", lambda self, message: None)
    result = run("redact", bundle, "-o", tmp_path / "out.db")
    assert result.exit_code == 1
    assert "logs.message: github-pat, 1 times" in result.output
    assert SECRET not in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.db", "debug"]


def test_a_word_that_every_bundle_has_is_refused_with_what_to_do(bundle: Path, tmp_path: Path) -> None:
    """Names of tables, and other fixed words, stay."""
    with pytest.raises(BundleError, match=r"(?s)digests\.name: literal.*leave them out") as raised:
        redact(bundle, tmp_path / "out.db", words=["logs", "digests"])
    assert "\n" in str(raised.value)
    assert not (tmp_path / "out.db").exists()


def test_errors_show_no_values(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text of an unexpected error may be a value; its kind and its place are told."""

    def fail(self: AppliedChanges, message: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr(AppliedChanges, "apply", fail)
    with pytest.raises(BundleError, match=r"KeyError in test_redaction_proof\.py") as raised:
        redact(bundle, tmp_path / "out.db")
    assert SECRET not in str(raised.value)


def test_pieces_of_straddling_values_are_found(tmp_path: Path) -> None:
    """A value that is cut in two, as pages of SQLite cut it, leaves a whole piece in the file."""
    value = b"a-rather-long-secret-0123456789-of-49-characters!"
    for cut in range(1, len(value)):
        (tmp_path / "file").write_bytes(b"page " + value[:cut] + b"\0" * 8 + value[cut:])
        assert pieces_in_file(tmp_path / "file", pieces_of([value]))


def test_a_strangers_table_is_refused(bundle: Path, tmp_path: Path) -> None:
    """Nothing says what may be shown of a table that the schema does not have."""
    with closing(sqlite3.connect(bundle)) as connection, connection:
        connection.execute("CREATE TABLE notes (body)")
    with pytest.raises(BundleError, match="notes"):
        redact(bundle, tmp_path / "out.db")
    assert not (tmp_path / "out.db").exists()


def test_a_public_map_is_refused(bundle: Path, tmp_path: Path) -> None:
    """A map has the secrets, and one that others can read is not used."""
    (tmp_path / "map").write_text("{}")
    (tmp_path / "map").chmod(0o644)
    with pytest.raises(BundleError, match="others can read it"):
        redact(bundle, tmp_path / "out.db", token_map=tmp_path / "map")


def test_pieces_are_searched_in_groups_and_may_overlap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many pieces there are, a few at once are looked for, and each that is there is found."""
    monkeypatch.setattr(file_proof, "_MOST_AT_ONCE", 3)
    text = bytes(range(0x30, 0x60))
    pieces = {text[start : start + 12] for start in range(20)}
    (tmp_path / "file").write_bytes(text)
    assert pieces_in_file(tmp_path / "file", pieces | {b"not-in-there", b"neither-this"}) == pieces


def test_very_many_values_are_searched_without_hyperscan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its database of very many values needs more memory than all processes may have; the answers are the same."""
    monkeypatch.setattr(literal_places, "_MOST_FOR_HYPERSCAN", 2)
    values = [b"one-value-here", b"another-value", b"the-third-value"]
    search = literals.ExactSearch(values)
    assert search._places is not None
    assert isinstance(search._places._places, literal_places._AhoCorasickPlaces)
    assert search.found(b"has another-value and the-third-value") == set(values[1:])
