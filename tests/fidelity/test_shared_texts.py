"""`verify` finds damage in the texts that several files share, and `extract` writes them for each file."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.artifact_samples import archive, lines, log_record, write_files
from support.directory_comparison import assert_same_directory

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts import source

MIB = 1 << 20
SAME, OTHER = "the same text\n" * 50, "another text\n"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a bundle whose archives have a text in common, and the folder that it was built from."""
    folder = tmp_path_factory.mktemp("shared")
    zips = {
        f"{name}.zip": archive({"same.txt": SAME, f"{name}.txt": OTHER + name, "b": b"\xff" * 20}) for name in "abc"
    }
    debug = write_files(folder / "debug", {"a.log": lines(log_record()), **zips})
    with DebugBundle.from_directory(debug, output=folder / "b.db", share_text=True) as bundle:
        return bundle.path, debug


@pytest.fixture
def bundle(whole: tuple[Path, Path], tmp_path: Path) -> Path:
    """Return a copy of the bundle, to be damaged."""
    return Path(shutil.copy(whole[0], tmp_path / "b.db"))


def _findings(path: Path) -> list[str]:
    with DebugBundle.open(path) as opened:
        return [finding.text for finding in opened.verify().findings]


def _change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount >= 1
        connection.commit()


def test_sound(whole: tuple[Path, Path], tmp_path: Path) -> None:
    """The bundle agrees with its sources, and gives them back."""
    path, debug = whole
    with DebugBundle.open(path) as opened:
        assert opened.verify(against=debug).findings == ()
        assert opened.extract(tmp_path / "out").findings == ()
    assert_same_directory(debug, tmp_path / "out")


_ID = "(SELECT sha256 FROM files WHERE path = 'same.txt')"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (f"UPDATE texts SET content = replace(content, 's', 'r') WHERE sha256 = {_ID}", "does not match its SHA-256"),
        (f"UPDATE texts SET content = x'00' WHERE sha256 = {_ID}", "does not match its SHA-256"),
        (f"DELETE FROM texts WHERE sha256 = {_ID}", "the content of the file same.txt is lost"),
        (f"UPDATE texts SET sha256 = upper(sha256) WHERE sha256 = {_ID}", "is not used"),
        ("DELETE FROM file_entries WHERE path = 'a.txt'", "is not used"),
        (f"UPDATE file_entries SET sha256 = {_ID} WHERE path = 'a.txt'", "rows of the table file_entries were changed"),
    ],
)
def test_damage(bundle: Path, statement: str, expected: str) -> None:
    """A changed, missing or misnamed text is found without the sources, and named."""
    _change(bundle, statement)
    assert any(expected in text for text in _findings(bundle))


def test_exchanged_texts(bundle: Path) -> None:
    """Two texts that have each other's hash are found, although each hash is that of a text."""
    first, second = "path = 'a.txt'", "path = 'b.txt'"
    _change(
        bundle,
        f"UPDATE texts SET sha256 = 'x' WHERE sha256 = (SELECT sha256 FROM files WHERE {first})",
        f"UPDATE texts SET sha256 = (SELECT sha256 FROM files WHERE {first})"
        f" WHERE sha256 = (SELECT sha256 FROM files WHERE {second})",
        f"UPDATE texts SET sha256 = (SELECT sha256 FROM files WHERE {second}) WHERE sha256 = 'x'",
    )
    assert sum("does not match its SHA-256" in text for text in _findings(bundle)) == 2


def test_flipped_bit(bundle: Path) -> None:
    """A bit of a text that is flipped in the file is found."""
    data = bytearray(bundle.read_bytes())
    data[data.index(SAME.encode()) + 100] ^= 1
    bundle.write_bytes(data)
    assert any("does not match its SHA-256" in text for text in _findings(bundle))


def test_another_view(bundle: Path) -> None:
    """A view that shows other rows is found."""
    with closing(sqlite3.connect(bundle)) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        connection.execute("UPDATE sqlite_schema SET sql = sql || ' WHERE file_entries.id > 1' WHERE name = 'files'")
        connection.commit()
    assert "the view files differs from the schema" in _findings(bundle)


def test_many_files_of_one_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small bundle whose many files share a large text gives out no more than is allowed."""
    monkeypatch.setattr(source, "LEAST_LIMIT", 4 * MIB)
    zips = {f"{number}.zip": archive({"large.txt": "x" * (MIB - 1)}) for number in range(10)}
    debug = write_files(tmp_path / "debug", {"a.log": lines(log_record()), **zips})
    with DebugBundle.from_directory(debug, output=tmp_path / "b.db", share_text=True) as opened:
        extraction = opened.extract(tmp_path / "out", max_expansion=1)
        assert any("--max-expansion" in finding.text for finding in extraction.findings)
        assert opened.extract(tmp_path / "all").findings == ()
