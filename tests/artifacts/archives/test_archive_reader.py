"""Archives are read member by member, even when some members are damaged."""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zipfile
from datetime import datetime

import pytest
import zstandard
from support.artifact_samples import archive, column, lines, log_record, rows

FILES = "SELECT path, size_bytes, content, is_binary FROM files WHERE sha256 NOT NULL ORDER BY member"


def blob(path, sha256):
    """Return the bytes of a blob."""
    decompress = zstandard.ZstdDecompressor().decompress
    chunks = column(path, "SELECT data FROM blob_chunks WHERE sha256 = ? ORDER BY seq", (sha256,))
    return b"".join(decompress(chunk) for chunk in chunks)


def damaged(data, *, name):
    """Return the archive with one byte of a member's stored content changed."""
    at = data.index(b"stored content of " + name)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def stored(*names):
    """Return an archive of members that are not compressed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as opened:
        for name in names:
            opened.writestr(name, f"stored content of {name}")
    return buffer.getvalue()


def flagged(data, bit):
    """Return the archive with a flag set on its members, in both headers."""
    changed = bytearray(data)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        begin = changed.find(magic)
        while begin >= 0:
            (flags,) = struct.unpack_from("<H", changed, begin + at)
            struct.pack_into("<H", changed, begin + at, flags | bit)
            begin = changed.find(magic, begin + 4)
    return bytes(changed)


class TestMembers:
    """Undamaged members."""

    @pytest.mark.parametrize(
        ("content", "text", "binary"),
        [
            (b"", "", 0),
            (b"plain", "plain", 0),
            ("größe 🧳".encode(), "größe 🧳", 0),
            (b"with\0NUL", "with\0NUL", 0),
            (b"\xef\xbb\xbfmark", "\ufeffmark", 0),
            (b"\xff\xfe", None, 1),
            (b"a" * ((1 << 20) - 1), "a" * ((1 << 20) - 1), 0),
            (b"a" * (1 << 20), None, 0),
            (b"\xff" * (1 << 20), None, 1),
            (("é" * (1 << 20)).encode()[:-1], None, 1),
        ],
        ids=[
            "empty",
            "ascii",
            "utf-8",
            "nul",
            "mark",
            "binary",
            "under 1 MiB",
            "1 MiB text",
            "1 MiB binary",
            "cut character",
        ],
    )
    def test_content(self, build, content, text, binary):
        """Text under 1 MiB is stored in a column, anything else as a blob; text is not marked as binary."""
        path = build({"f.zip": archive({"member": content})})
        assert rows(path, FILES) == [("member", len(content), text, binary)]
        [sha256] = column(path, "SELECT sha256 FROM files")
        assert sha256 == hashlib.sha256(content).hexdigest()
        if text is None:
            assert blob(path, sha256) == content

    def test_same_bytes_once(self, build):
        """The same bytes in several members and archives are stored as one blob."""
        data = archive({"a": b"\xff" * 100, "b": b"\xff" * 100})
        path = build({"f.zip": data, "g.zip": data.replace(b"a", b"z"), "h.zip": archive({"c": b"\xff" * 100})})
        assert column(path, "SELECT count(*) FROM blobs WHERE sha256 NOT IN (SELECT blob_sha256 FROM zip_parts)") == [1]
        assert column(path, "SELECT count(*) FROM files") == [5]

    def test_same_large_bytes_once(self, build):
        """Large members with the same bytes are stored as one blob too."""
        large = bytes(range(256)) * 8192
        path = build({"f.zip": archive({"a": large, "b": large}), "g.zip": archive({"a": large, "x": "other"})})
        assert rows(path, "SELECT size_bytes, chunk_count FROM blobs WHERE size_bytes > 1000") == [(len(large), 2)]
        assert blob(path, hashlib.sha256(large).hexdigest()) == large

    def test_same_name_twice(self, build):
        """Two members of one name are two files, in their order."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            data = archive([("a", "first"), ("a", "second")])
        assert column(build({"f.zip": data}), "SELECT content FROM files ORDER BY member") == ["first", "second"]

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "/etc/passwd", "a\\b", "C:\\x", "größe 🧳", "a\nb", " ", "." * 300]
    )
    def test_names(self, build, name):
        """A name is only stored, whatever characters it has; nothing is written to a path of that name."""
        path = build({"f.zip": archive({name: "x"})})
        assert column(path, "SELECT path FROM files") == [name]

    def test_empty_name(self, build):
        """A member without a name is a file like others."""
        data = archive([(zipfile.ZipInfo(""), "content")])
        path = build({"f.zip": data})
        assert rows(path, "SELECT path, content FROM files") == [("", "content")]

    def test_time_and_mode(self, build):
        """The member's own time and mode are kept."""
        info = zipfile.ZipInfo("a", (2024, 2, 29, 12, 30, 58))
        info.external_attr = 0o100755 << 16
        path = build({"f.zip": archive([(info, "x")])})
        assert rows(path, "SELECT modified_at, mode FROM files") == [
            (datetime(2024, 2, 29, 12, 30, 58).isoformat(), 0o100755)  # noqa: DTZ001 as the archive records it
        ]

    def test_invalid_time(self, build):
        """A time that is not a valid date is NULL."""
        data = bytearray(archive({"a": "x"}))
        central = data.index(b"PK\x01\x02")
        data[central + 12 : central + 16] = b"\0\0\0\0"
        assert column(build({"f.zip": bytes(data)}), "SELECT modified_at FROM files") == [None]

    @pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_methods(self, build, method):
        """Every compression method that Python supports is read."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", method) as opened:
            opened.writestr("a", "text" * 100)
        assert column(build({"f.zip": buffer.getvalue()}), "SELECT content FROM files") == ["text" * 100]

    def test_archive_id(self, build):
        """An archive's id is the name of its file without the ending."""
        path = build({"sub/0f-1.zip": archive({"a": "x"}), "b.c.zip": archive({"a": "x"})}, recursive=True)
        assert column(path, "SELECT archive_id FROM files ORDER BY archive_id") == ["0f-1", "b.c"]


class TestDamage:
    """Members that cannot be read."""

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda data: damaged(data, name=b"b"), "CRC-32"),
            (lambda data: flagged(data, 1), "encrypted"),
        ],
        ids=["checksum", "encrypted"],
    )
    def test_problem(self, build, change, words):
        """A member that cannot be read becomes a problem with its name and the reason, and the build goes on."""
        path = build({"f.zip": change(stored("a", "b", "c")), "g.zip": archive({"d": "x"})})
        problems = rows(path, "SELECT member, kind, error FROM problems")
        assert "d" in column(path, "SELECT path FROM files")
        assert ("b", "unreadable") in [problem[:2] for problem in problems]
        assert all(words in error for _, _, error in problems)
        assert len(problems) + column(path, "SELECT count(sha256) FROM files")[0] == 4

    def test_the_others(self, build):
        """Members beside a damaged one are imported, and the ledger lists all three."""
        path = build({"f.zip": damaged(stored("a", "b", "c"), name=b"b")})
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL ORDER BY member") == ["a", "c"]
        assert rows(path, "SELECT first, last, status FROM ledger WHERE first > 0") == [
            (1, 1, "imported"),
            (2, 2, "unreadable"),
            (3, 3, "imported"),
        ]
        assert column(path, "SELECT status FROM artifacts") == ["partial"]

    def test_bytes_are_kept(self, build):
        """The compressed bytes of a damaged member are stored with their offset in the archive."""
        data = damaged(stored("a", "b", "c"), name=b"b")
        path = build({"f.zip": data})
        [(offset, key)] = rows(path, "SELECT offset, blob_sha256 FROM problems")
        kept = blob(path, key)
        assert data[offset : offset + len(kept)] == kept
        assert kept.startswith(b"PK\x03\x04")
        assert kept.endswith(b"tored content of b")

    @pytest.mark.parametrize("size", [1 << 31, (1 << 32) - 2])
    def test_a_false_size(self, build, size):
        """A member that claims to be larger than its archive is a problem, and no memory is reserved for it."""
        data = bytearray(stored("a", "b"))
        central = data.index(b"PK\x01\x02")
        struct.pack_into("<II", data, central + 20, size, size)
        path = build({"f.zip": bytes(data), "g.log": lines(log_record())})
        assert column(path, "SELECT member FROM problems") == ["a"]
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL") == ["b"]
        assert column(path, "SELECT max(size_bytes) < 1000 FROM blobs") == [1]

    def test_large_member(self, build):
        """A damaged member that is read in chunks does not leave an incomplete blob."""
        large = b"stored content of x" + b"x" * (3 << 20)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as opened:
            opened.writestr("x", large)
            opened.writestr("y", "fine")
        path = build({"f.zip": damaged(buffer.getvalue(), name=b"x")})
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL") == ["y"]
        assert column(path, "SELECT member FROM problems") == ["x"]

    def test_unknown_method(self, build):
        """A member compressed with a method that Python lacks is a problem."""
        data = bytearray(stored("a", "b"))
        for magic, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
            struct.pack_into("<H", data, data.index(magic) + at, 97)
        path = build({"f.zip": bytes(data)})
        assert column(path, "SELECT member FROM problems") == ["a"]
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL") == ["b"]

    @pytest.mark.parametrize("kept", [30, 60, 100])
    def test_cut_off(self, build, kept):
        """An archive without its directory is a problem, and all its bytes are stored."""
        data = stored("a", "b", "c")[:kept]
        path = build({"f.zip": data, "g.zip": archive({"x": "y"})})
        [(status, key)] = rows(path, "SELECT status, blob_sha256 FROM artifacts WHERE path = 'f.zip'")
        assert status == "partial"
        assert blob(path, key) == data
