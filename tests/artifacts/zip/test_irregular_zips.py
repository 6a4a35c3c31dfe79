"""Irregular zips: whatever is unusual about one member, the other members and all other artifacts are read in full."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib

import pytest
import zstandard
from support.artifact_samples import archive, column, lines, log_record, rows
from support.zip_bytes import (
    BZIP2,
    COMPRESSORS,
    DEFLATE,
    LZMA,
    STORED,
    UTF8_NAME,
    ZSTD,
    RawMember,
    deflated,
    raw_zip,
    zip64_extra,
)

PROBLEMS = "SELECT member, kind, error FROM problems ORDER BY id"
FINE = RawMember(b"fine.txt", b"fine")


def blob(path, sha256):
    """Return the bytes of a blob."""
    decompress = zstandard.ZstdDecompressor().decompress
    return b"".join(
        decompress(chunk)
        for chunk in column(path, "SELECT data FROM blob_chunks WHERE sha256 = ? ORDER BY seq", (sha256,))
    )


@pytest.fixture
def build_zip(build):
    """Return a function that builds a bundle of a zip, a log and another zip, and checks the latter two."""

    def build_it(data, **options):
        beside = {"a.log": lines(log_record()), "z.zip": archive({"other.txt": "other"})}
        path = build({"f.zip": data, **beside}, **options)
        assert column(path, "SELECT count(*) FROM logs") == [1]
        assert column(path, "SELECT content FROM files WHERE archive_id = 'z' AND sha256 NOT NULL") == ["other"]
        assert column(path, "SELECT status FROM artifacts WHERE path <> 'f.zip'") == ["imported", "imported"]
        return path

    return build_it


def files(path):
    """Return path and content of the zip's files."""
    return rows(path, "SELECT path, content FROM files WHERE archive_id = 'f' AND sha256 NOT NULL ORDER BY member")


class TestNames:
    """Names of members."""

    @pytest.mark.parametrize(
        ("name", "flags", "extra", "shown"),
        [
            (b"caf\x82.txt", 0, b"", "café.txt"),
            ("café.txt".encode(), 0, b"", "café.txt"),
            ("日本.txt".encode(), UTF8_NAME, b"", "日本.txt"),
            (b"a\0b.txt", 0, b"", "a\0b.txt"),
            (b"\x1b[31mred\r\n", 0, b"", "\x1b[31mred\r\n"),
            (b"", 0, b"", ""),
            (b"x" * 0xFFFF, 0, b"", "x" * 0xFFFF),
            (b"..\\..\\x", 0, b"", "..\\..\\x"),
            (b"C:/x", 0, b"", "C:/x"),
            (b"\xed\xa0\x80", 0, b"", "φáÇ"),
            (b"cut extra", 0, b"\x75\x70\xff", "cut extra"),
        ],
        ids=[
            "code page 437",
            "unsaid UTF-8",
            "said UTF-8",
            "NUL",
            "control characters",
            "none",
            "64 KiB",
            "backslashes",
            "drive",
            "surrogate",
            "cut extra field",
        ],
    )
    def test_shown(self, build_zip, name, flags, extra, shown):
        """A name is stored whole, whatever its characters are."""
        path = build_zip(raw_zip(RawMember(name, b"x", flags=flags, extra=extra), FINE))
        assert files(path) == [(shown, "x"), ("fine.txt", "fine")]
        assert rows(path, PROBLEMS) == []

    @pytest.mark.parametrize(("crc", "shown"), [(None, "größe ☂.txt"), (7, "größe.txt")], ids=["right", "stale"])
    def test_unicode_path(self, build_zip, crc, shown):
        """A Unicode path in the extra field is used as the name if its checksum fits the name in the header."""
        name = "größe.txt".encode("cp437")
        value = b"\x01" + (zlib.crc32(name) if crc is None else crc).to_bytes(4, "little") + "größe ☂.txt".encode()
        path = build_zip(raw_zip(RawMember(name, b"x", extra=struct.pack("<HH", 0x7075, len(value)) + value), FINE))
        assert files(path)[0] == (shown, "x")

    def test_false_utf8_flag(self, build_zip):
        """A name that is wrongly flagged as UTF-8 gets escapes and a problem with its bytes; the file is read."""
        path = build_zip(raw_zip(RawMember(b"caf\xe9.txt", b"x", flags=UTF8_NAME), FINE))
        assert files(path) == [("caf\\xe9.txt", "x"), ("fine.txt", "fine")]
        assert rows(path, "SELECT member, kind, raw FROM problems") == [("caf\\xe9.txt", "malformed", b"caf\xe9.txt")]

    def test_differ_in_case(self, build_zip):
        """Names that differ only in case are two files."""
        assert files(build_zip(raw_zip(RawMember(b"A", b"1"), RawMember(b"a", b"2")))) == [("A", "1"), ("a", "2")]

    def test_another_name_in_the_local_header(self, build_zip):
        """A member with another name in its local header is stored unread, and a problem says so."""
        path = build_zip(raw_zip(RawMember(b"a", b"x", local_name=b"evil"), FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert rows(path, PROBLEMS) == [("a", "unreadable", "its local header names it 'evil'")]


class TestKinds:
    """Members that are not regular files."""

    def test_symbolic_link(self, build_zip):
        """A link is stored as the archive has it, with its target as content and its mode."""
        path = build_zip(raw_zip(RawMember(b"link", b"../../etc/passwd", mode=0o120777), FINE))
        assert rows(path, "SELECT content, mode FROM files WHERE path = 'link'") == [("../../etc/passwd", 0o120777)]

    def test_directory_with_bytes(self, build_zip):
        """A member with the name of a directory and with content is a file."""
        path = build_zip(raw_zip(RawMember(b"d/", b"hidden"), RawMember(b"e/", method=STORED), FINE))
        assert files(path) == [("d/", "hidden"), ("fine.txt", "fine")]
        assert rows(path, "SELECT first, reason FROM ledger WHERE status = 'skipped'") == [(2, "a directory")]

    def test_unset_time_and_mode(self, build_zip):
        """An unset time and an unset mode are NULL."""
        path = build_zip(raw_zip(RawMember(b"a", b"x", stamp=0xFFFFFFFF)))
        assert rows(path, "SELECT modified_at, mode FROM files WHERE path = 'a'") == [(None, None)]


class TestMethods:
    """Compression methods."""

    @pytest.mark.parametrize("method", COMPRESSORS)
    @pytest.mark.parametrize("size", [0, 5000, 3 << 20])
    def test_known(self, build_zip, method, size):
        """Members stored or compressed with deflate, bzip2, LZMA or zstd are read, whatever their size."""
        data = (b"\xff0123456789" * (size // 11 + 1))[:size]
        path = build_zip(raw_zip(RawMember(b"a", data, method=method), FINE))
        assert rows(path, PROBLEMS) == []
        assert rows(path, "SELECT size_bytes, sha256 FROM files WHERE path = 'a'") == [
            (size, hashlib.sha256(data).hexdigest())
        ]

    def test_zstd_in_frames(self, build_zip):
        """Several frames of zstd are one member."""
        compressed = zstandard.compress(b"one ") + zstandard.compress(b"two")
        assert files(build_zip(raw_zip(RawMember(b"a", b"one two", method=ZSTD, compressed=compressed)))) == [
            ("a", "one two")
        ]

    @pytest.mark.parametrize(("method", "name"), [(9, "9 (deflate64)"), (98, "98 (PPMd)"), (1234, "1234")])
    def test_unknown(self, build_zip, method, name):
        """A member with an unknown method is stored compressed, and the problem names the method."""
        member = RawMember(b"a", b"", method=method, compressed=b"whatever this is", size=99)
        path = build_zip(raw_zip(member, FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert rows(path, PROBLEMS) == [("a", "unreadable", f"its compression method {name} is not supported")]
        assert blob(path, column(path, "SELECT blob_sha256 FROM problems")[0]) == member.local()

    def test_encrypted(self, build_zip):
        """An encrypted member is stored as it is in the archive."""
        member = RawMember(b"a", b"", flags=1, compressed=b"secret bytes", size=30)
        path = build_zip(raw_zip(member, FINE))
        assert rows(path, PROBLEMS) == [("a", "unreadable", "it is encrypted")]
        assert blob(path, column(path, "SELECT blob_sha256 FROM problems")[0]) == member.local()

    @pytest.mark.parametrize(
        "compressed", [b"", b"\x09\x04\x05\x00", b"\x09\x04\x05\x00\xff\0\0\0\0", b"\x09\x04\x07\x00" + b"\0" * 20]
    )
    def test_lzma_properties(self, build_zip, compressed):
        """LZMA data with properties that are cut off or invalid is a problem."""
        path = build_zip(raw_zip(RawMember(b"a", b"x", method=LZMA, compressed=compressed), FINE))
        assert files(path) == [("fine.txt", "fine")]

    def test_lzma_window(self, build_zip):
        """A few bytes that claim an LZMA window of 4 GiB do not take that memory."""
        compressed = bytearray(COMPRESSORS[LZMA](b"x" * 100))
        compressed[5:9] = b"\xff\xff\xff\xff"
        assert files(build_zip(raw_zip(RawMember(b"a", b"x" * 100, method=LZMA, compressed=bytes(compressed))))) == [
            ("a", "x" * 100)
        ]


class TestFalseHeaders:
    """Headers with wrong values."""

    @pytest.mark.parametrize("method", COMPRESSORS)
    @pytest.mark.parametrize("size", [3, 2000])
    def test_size(self, build_zip, method, size):
        """A member that decompresses to another size than claimed is not a file; its bytes are stored compressed."""
        member = RawMember(b"a", b"x" * 1000, method=method, size=size)
        path = build_zip(raw_zip(member, FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert column(path, "SELECT member FROM problems") == ["a"]
        assert blob(path, column(path, "SELECT blob_sha256 FROM problems")[0]) == member.local()

    @pytest.mark.parametrize("method", COMPRESSORS)
    @pytest.mark.parametrize("size", [1000, 2 << 20])
    def test_checksum(self, build_zip, method, size):
        """A member with another checksum than claimed is treated in the same way."""
        path = build_zip(raw_zip(RawMember(b"a", b"x" * size, method=method, crc=1), FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert [error[:8] for _, _, error in rows(path, PROBLEMS)] == ["its CRC-"]

    @pytest.mark.parametrize("method", [DEFLATE, BZIP2, LZMA, ZSTD])
    @pytest.mark.parametrize("size", [1000, 2 << 20])
    def test_damaged_stream(self, build_zip, method, size):
        """A member whose compressed bytes are damaged or cut off is treated in the same way."""
        compressed = COMPRESSORS[method](bytes(range(251)) * (size // 251))
        broken = compressed[:20] + b"\xff" * 9 + compressed[29:]
        path = build_zip(
            raw_zip(
                RawMember(b"a", b"", method=method, compressed=broken, size=size),
                RawMember(b"b", b"", method=method, compressed=compressed[: len(compressed) // 2], size=size),
                FINE,
            )
        )
        assert files(path) == [("fine.txt", "fine")]
        assert column(path, "SELECT member FROM problems") == ["a", "b"]

    @pytest.mark.parametrize("offset", [1, 3000, 0xFFFFFFF0])
    def test_place(self, build_zip, offset):
        """A member that is not at the offset in the directory is a problem; the others are read."""
        path = build_zip(raw_zip(RawMember(b"a", b"x", offset=offset), FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert "a" in column(path, "SELECT member FROM problems")

    @pytest.mark.parametrize("value", [1 << 50, (1 << 64) - 1])
    def test_impossible_sizes(self, build_zip, value):
        """Impossibly large sizes cost nothing and do not break sums over the ledger."""
        odd = [
            RawMember(
                b"%d" % number, b"x", size=0xFFFFFFFF, compressed_size=0xFFFFFFFF, extra=zip64_extra(value, value)
            )
            for number in range(9)
        ]
        path = build_zip(raw_zip(*odd, FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert column(path, "SELECT sum(length) > 0 FROM ledger") == [1]

    def test_part_of_a_split_archive(self, build_zip):
        """A member in another part of a split archive is a problem that says so."""
        path = build_zip(raw_zip(RawMember(b"a", b"x", part=1), FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert ("a", "unreadable", "it is in part 2 of a split archive") in rows(path, PROBLEMS)


class TestStructure:
    """Bytes outside the members."""

    def parts(self, path):
        """Return offset and bytes of the zip's parts that are not members."""
        found = rows(
            path,
            "SELECT z.offset, z.blob_sha256 FROM zip_parts z JOIN artifacts a ON a.id = z.artifact_id WHERE a.path = 'f.zip'",
        )
        return {offset: blob(path, key) for offset, key in found}

    @pytest.mark.parametrize("includes_prefix", [False, True])
    def test_something_in_front(self, build_zip, includes_prefix):
        """A self-extracting zip is read, and the program in front of it is stored."""
        program = b"#!/bin/sh\nexec unzip $0\n"
        path = build_zip(raw_zip(FINE, prefix=program, offsets_include_prefix=includes_prefix))
        assert files(path) == [("fine.txt", "fine")]
        assert self.parts(path)[0] == program
        assert rows(path, PROBLEMS) == []

    def test_something_behind(self, build_zip):
        """Bytes after the end of the zip are stored."""
        path = build_zip(raw_zip(FINE) + b"trailing")
        assert files(path) == [("fine.txt", "fine")]
        [rest] = self.parts(path).values()
        assert rest.endswith(b"trailing")

    def test_two_zips_in_a_file(self, build_zip):
        """Of two zips in one file the last is read, and the first is stored."""
        first = raw_zip(RawMember(b"hidden", b"x"))
        path = build_zip(first + raw_zip(FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert self.parts(path)[0] == first

    def test_something_between(self, build_zip):
        """Bytes between two members are stored."""
        member = RawMember(b"a", b"x", trailing=b"between")
        path = build_zip(raw_zip(member, FINE))
        assert files(path) == [("a", "x"), ("fine.txt", "fine")]
        assert self.parts(path)[len(member.local()) - 7] == b"between"

    def test_ordinary_extras(self, build_zip):
        """An extra field before the data and a descriptor after it belong to the member."""
        path = build_zip(raw_zip(RawMember(b"a", b"x", local_extra=b"\0" * 40), RawMember(b"b", b"y", flags=8), FINE))
        assert files(path) == [("a", "x"), ("b", "y"), ("fine.txt", "fine")]
        assert len(self.parts(path)) == 1

    @pytest.mark.parametrize(
        "comment",
        [
            b"PK\x05\x06" * 1000,
            b"PK\x05\x06" + b"\0" * 18,
            b"." + b"PK\x05\x06" + b"\0" * 40,
            raw_zip(RawMember(b"other", b"zip"))[-22:],
            b"x" * 0xFFFF,
        ],
        ids=["signatures", "an empty zip's end", "such an end and more", "another zip's end", "64 KiB"],
    )
    def test_comment(self, build_zip, comment):
        """A comment that contains the signature of a zip's end is still a comment."""
        assert files(build_zip(raw_zip(FINE, RawMember(b"b", b"y"), comment=comment))) == [
            ("fine.txt", "fine"),
            ("b", "y"),
        ]

    def test_zip64(self, build_zip):
        """Zip64 fields are read, even if the values would fit without them."""
        wide = RawMember(
            b"a",
            b"x" * 50,
            size=0xFFFFFFFF,
            compressed_size=0xFFFFFFFF,
            extra=zip64_extra(50, len(deflated(b"x" * 50))),
        )
        assert files(build_zip(raw_zip(wide, FINE, zip64=True))) == [("a", "x" * 50), ("fine.txt", "fine")]

    def test_zip64_of_the_standard_library(self, build_zip, tmp_path):
        """Zip64 files written by Python are read."""
        with zipfile.ZipFile(tmp_path / "w.zip", "w") as opened, opened.open("a", "w", force_zip64=True) as member:
            member.write(b"wide")
        path = build_zip((tmp_path / "w.zip").read_bytes())
        assert files(path) == [("a", "wide")]
        assert rows(path, PROBLEMS) == []

    @pytest.mark.parametrize(
        "data", [raw_zip(), b"", b"PK\x03\x04", b"PK\x05\x06", b"PK" * 400, b"PK\x03\x04" + b"\0" * 99, b"none"]
    )
    def test_zip_without_members(self, build_zip, data):
        """A zip without members, or a file that is not a zip, is in the ledger and harms nothing."""
        path = build_zip(data)
        assert files(path) == []
        assert column(path, "SELECT count(*) FROM artifacts WHERE path = 'f.zip'") == [1]
