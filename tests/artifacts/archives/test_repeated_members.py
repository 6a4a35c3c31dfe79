"""Large members with the bytes of an earlier one are not compressed again, and damage is still found."""

from __future__ import annotations

import zipfile

import pytest
from support.artifact_samples import column, rows
from support.large_artifacts import random_bytes

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.accounting.blobs import BlobWriter

LARGE = random_bytes(3 << 20, 7)


@pytest.fixture
def compressed(monkeypatch):
    """Return the numbers of bytes that blobs compress from now on."""
    sizes = []
    original = BlobWriter._write_chunk

    def noting(self, data):
        if len(data) > 1 << 16:  # not the directory of a zip
            sizes.append(len(data))
        original(self, data)

    monkeypatch.setattr(BlobWriter, "_write_chunk", noting)
    return sizes


def build(folder, **zips):
    """Build a bundle of zips, each given by its members; members are stored as they are."""
    for name, members in zips.items():
        with zipfile.ZipFile(folder / f"{name}.zip", "w") as opened:
            for member, content in members.items():
                opened.writestr(member, content)
    return folder / "bundle.db"


def files_of(bundle):
    """Return path, size, kind and hash of every file."""
    return rows(bundle, "SELECT path, size_bytes, is_binary, sha256 FROM files ORDER BY archive_id, member")


def test_equal_bytes(tmp_path, compressed):
    """Bytes that two zips have in common are compressed once, and both files refer to the same blob."""
    bundle = build(tmp_path, a={"one.bin": LARGE}, b={"other.bin": LARGE, "more": "x"})
    DebugBundle.from_directory(tmp_path, output=bundle, jobs=1).close()
    assert sum(compressed) == len(LARGE)
    (first, size, binary, key), (second, *same), _ = files_of(bundle)
    assert (first, second, size, binary) == ("one.bin", "other.bin", len(LARGE), 1)
    assert same == [size, binary, key]
    assert column(bundle, "SELECT size_bytes FROM blobs WHERE sha256 = ?", (key,)) == [len(LARGE)]


def test_large_text(tmp_path, compressed):
    """A repeated large text is known as text."""
    text = b"plain words\n" * (1 << 17)
    bundle = build(tmp_path, a={"t": text}, b={"t": text, "more": "x"})
    DebugBundle.from_directory(tmp_path, output=bundle, jobs=1).close()
    assert sum(compressed) == len(text)
    assert [binary for _, size, binary, _ in files_of(bundle) if size == len(text)] == [0, 0]


def test_damaged_repetition(tmp_path):
    """A damaged member that claims the size and the checksum of an earlier one is a problem, and not taken for it."""
    bundle = build(tmp_path, a={"one.bin": LARGE}, b={"one.bin": LARGE, "more": "x"})
    path = tmp_path / "b.zip"
    data = bytearray(path.read_bytes())
    data[len(LARGE) // 2] ^= 1
    path.write_bytes(data)
    DebugBundle.from_directory(tmp_path, output=bundle, jobs=1).close()
    assert rows(bundle, "SELECT kind, member FROM problems") == [("unreadable", "one.bin")]
    hashes = [key for path, _, _, key in files_of(bundle) if path == "one.bin"]
    assert hashes[0] is not None
    assert hashes[1:] == [None]
