"""Archives as they occur: whatever is odd about one member, the others and all other artifacts are read in full."""

from __future__ import annotations

import hashlib
import struct
import zipfile
import zlib

import pytest
import zstandard
from support.artifact_samples import archive, column, lines, log_record, rows
from support.zip_bytes import BZIP2, DEFLATE, LZMA, PACK, STORED, UTF8, ZSTD, Odd, deflated, odd_zip, wide_extra

PROBLEMS = "SELECT member, kind, error FROM problems ORDER BY id"
FINE = Odd(b"fine.txt", b"fine")


def blob(path, sha256):
    """The bytes of a blob."""
    decompress = zstandard.ZstdDecompressor().decompress
    return b"".join(
        decompress(chunk)
        for chunk in column(path, "SELECT data FROM blob_chunks WHERE sha256 = ? ORDER BY seq", (sha256,))
    )


@pytest.fixture
def build_zip(build):
    """Builds a bundle of a zip beside a log and another zip, and asserts that those two are there in full."""

    def build_it(data, **options):
        beside = {"a.log": lines(log_record()), "z.zip": archive({"other.txt": "other"})}
        path = build({"f.zip": data, **beside}, **options)
        assert column(path, "SELECT count(*) FROM logs") == [1]
        assert column(path, "SELECT content FROM files WHERE archive_id = 'z'") == ["other"]
        assert column(path, "SELECT status FROM artifacts WHERE path <> 'f.zip'") == ["imported", "imported"]
        return path

    return build_it


def files(path):
    """Path and content of the zip's files."""
    return rows(path, "SELECT path, content FROM files WHERE archive_id = 'f' ORDER BY member")


class TestNames:
    """Names are data."""

    @pytest.mark.parametrize(
        ("name", "flags", "extra", "shown"),
        [
            (b"caf\x82.txt", 0, b"", "café.txt"),
            ("café.txt".encode(), 0, b"", "café.txt"),
            ("日本.txt".encode(), UTF8, b"", "日本.txt"),
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
        """A name is stored whole, whatever it is."""
        path = build_zip(odd_zip(Odd(name, b"x", flags=flags, extra=extra), FINE))
        assert files(path) == [(shown, "x"), ("fine.txt", "fine")]
        assert rows(path, PROBLEMS) == []

    @pytest.mark.parametrize(("crc", "shown"), [(None, "größe ☂.txt"), (7, "größe.txt")], ids=["right", "stale"])
    def test_unicode_path(self, build_zip, crc, shown):
        """A Unicode path in the extra field is the name, if it was made for the name in the header."""
        name = "größe.txt".encode("cp437")
        value = b"\x01" + (zlib.crc32(name) if crc is None else crc).to_bytes(4, "little") + "größe ☂.txt".encode()
        path = build_zip(odd_zip(Odd(name, b"x", extra=struct.pack("<HH", 0x7075, len(value)) + value), FINE))
        assert files(path)[0] == (shown, "x")

    def test_not_the_utf8_it_is_said_to_be(self, build_zip):
        """Bytes that are not UTF-8 become escapes; the name's bytes are kept with a problem, and the file is read."""
        path = build_zip(odd_zip(Odd(b"caf\xe9.txt", b"x", flags=UTF8), FINE))
        assert files(path) == [("caf\\xe9.txt", "x"), ("fine.txt", "fine")]
        assert rows(path, "SELECT member, kind, raw FROM problems") == [("caf\\xe9.txt", "malformed", b"caf\xe9.txt")]

    def test_differ_in_case(self, build_zip):
        """Names that differ in case alone are two files."""
        assert files(build_zip(odd_zip(Odd(b"A", b"1"), Odd(b"a", b"2")))) == [("A", "1"), ("a", "2")]

    def test_another_name_in_front(self, build_zip):
        """A member that its own header calls otherwise is kept as it is, and said to be so."""
        path = build_zip(odd_zip(Odd(b"a", b"x", local_name=b"evil"), FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert rows(path, PROBLEMS) == [("a", "unreadable", "its local header names it 'evil'")]


class TestKinds:
    """Members that are no plain files."""

    def test_symbolic_link(self, build_zip):
        """A link is kept as the archive has it: its target is its content, its mode says that it is one."""
        path = build_zip(odd_zip(Odd(b"link", b"../../etc/passwd", mode=0o120777), FINE))
        assert rows(path, "SELECT content, mode FROM files WHERE path = 'link'") == [("../../etc/passwd", 0o120777)]

    def test_directory_with_bytes(self, build_zip):
        """A member that is called like a directory, and has bytes, is a file."""
        path = build_zip(odd_zip(Odd(b"d/", b"hidden"), Odd(b"e/", method=STORED), FINE))
        assert files(path) == [("d/", "hidden"), ("fine.txt", "fine")]
        assert rows(path, "SELECT first, reason FROM ledger WHERE status = 'skipped'") == [(2, "a directory")]

    def test_no_time_and_no_mode(self, build_zip):
        """Fields that say nothing are NULL."""
        path = build_zip(odd_zip(Odd(b"a", b"x", stamp=0xFFFFFFFF)))
        assert rows(path, "SELECT modified_at, mode FROM files WHERE path = 'a'") == [(None, None)]


class TestMethods:
    """Ways of packing."""

    @pytest.mark.parametrize("method", PACK)
    @pytest.mark.parametrize("size", [0, 5000, 3 << 20])
    def test_known(self, build_zip, method, size):
        """Stored, deflate, bzip2, LZMA and zstd are unpacked, whatever the size."""
        data = (b"\xff0123456789" * (size // 11 + 1))[:size]
        path = build_zip(odd_zip(Odd(b"a", data, method=method), FINE))
        assert rows(path, PROBLEMS) == []
        assert rows(path, "SELECT size_bytes, sha256 FROM files WHERE path = 'a'") == [
            (size, hashlib.sha256(data).hexdigest())
        ]

    def test_zstd_in_frames(self, build_zip):
        """Several frames of zstd are one member."""
        compressed = zstandard.compress(b"one ") + zstandard.compress(b"two")
        assert files(build_zip(odd_zip(Odd(b"a", b"one two", method=ZSTD, compressed=compressed)))) == [
            ("a", "one two")
        ]

    @pytest.mark.parametrize(("method", "name"), [(9, "9 (deflate64)"), (98, "98 (PPMd)"), (1234, "1234")])
    def test_unknown(self, build_zip, method, name):
        """A member packed otherwise is kept as it is packed, and the problem names the method."""
        member = Odd(b"a", b"", method=method, compressed=b"whatever this is", size=99)
        path = build_zip(odd_zip(member, FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert rows(path, PROBLEMS) == [("a", "unreadable", f"its compression method {name} is not supported")]
        assert blob(path, column(path, "SELECT blob_sha256 FROM problems")[0]) == member.local()

    def test_encrypted(self, build_zip):
        """An encrypted member is kept as it lies in the archive."""
        member = Odd(b"a", b"", flags=1, compressed=b"secret bytes", size=30)
        path = build_zip(odd_zip(member, FINE))
        assert rows(path, PROBLEMS) == [("a", "unreadable", "it is encrypted")]
        assert blob(path, column(path, "SELECT blob_sha256 FROM problems")[0]) == member.local()

    @pytest.mark.parametrize(
        "compressed", [b"", b"\x09\x04\x05\x00", b"\x09\x04\x05\x00\xff\0\0\0\0", b"\x09\x04\x07\x00" + b"\0" * 20]
    )
    def test_lzma_properties(self, build_zip, compressed):
        """LZMA whose properties are cut off or make no sense is a problem."""
        path = build_zip(odd_zip(Odd(b"a", b"x", method=LZMA, compressed=compressed), FINE))
        assert files(path) == [("fine.txt", "fine")]

    def test_lzma_window(self, build_zip):
        """A window of 4 GiB, for a few bytes, takes no memory."""
        compressed = bytearray(PACK[LZMA](b"x" * 100))
        compressed[5:9] = b"\xff\xff\xff\xff"
        assert files(build_zip(odd_zip(Odd(b"a", b"x" * 100, method=LZMA, compressed=bytes(compressed))))) == [
            ("a", "x" * 100)
        ]


class TestLies:
    """Headers that do not say the truth."""

    @pytest.mark.parametrize("method", PACK)
    @pytest.mark.parametrize("size", [3, 2000])
    def test_size(self, build_zip, method, size):
        """A member that unpacks to more or less than is said is no file, and is kept as it is packed."""
        member = Odd(b"a", b"x" * 1000, method=method, size=size)
        path = build_zip(odd_zip(member, FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert column(path, "SELECT member FROM problems") == ["a"]
        assert blob(path, column(path, "SELECT blob_sha256 FROM problems")[0]) == member.local()

    @pytest.mark.parametrize("method", PACK)
    @pytest.mark.parametrize("size", [1000, 2 << 20])
    def test_checksum(self, build_zip, method, size):
        """So is one whose checksum is another."""
        path = build_zip(odd_zip(Odd(b"a", b"x" * size, method=method, crc=1), FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert [error[:8] for _, _, error in rows(path, PROBLEMS)] == ["its CRC-"]

    @pytest.mark.parametrize("method", [DEFLATE, BZIP2, LZMA, ZSTD])
    @pytest.mark.parametrize("size", [1000, 2 << 20])
    def test_damaged_stream(self, build_zip, method, size):
        """So is one whose packed bytes are damaged, or cut."""
        compressed = PACK[method](bytes(range(251)) * (size // 251))
        broken = compressed[:20] + b"\xff" * 9 + compressed[29:]
        path = build_zip(
            odd_zip(
                Odd(b"a", b"", method=method, compressed=broken, size=size),
                Odd(b"b", b"", method=method, compressed=compressed[: len(compressed) // 2], size=size),
                FINE,
            )
        )
        assert files(path) == [("fine.txt", "fine")]
        assert column(path, "SELECT member FROM problems") == ["a", "b"]

    @pytest.mark.parametrize("offset", [1, 3000, 0xFFFFFFF0])
    def test_place(self, build_zip, offset):
        """A member that is not where the directory says is a problem; the others are read."""
        path = build_zip(odd_zip(Odd(b"a", b"x", offset=offset), FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert "a" in column(path, "SELECT member FROM problems")

    @pytest.mark.parametrize("value", [1 << 50, (1 << 64) - 1])
    def test_sizes_that_no_file_has(self, build_zip, value):
        """Sizes beyond all files neither cost anything nor break a sum over the ledger."""
        odd = [
            Odd(b"%d" % number, b"x", size=0xFFFFFFFF, compressed_size=0xFFFFFFFF, extra=wide_extra(value, value))
            for number in range(9)
        ]
        path = build_zip(odd_zip(*odd, FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert column(path, "SELECT sum(length) > 0 FROM ledger") == [1]

    def test_part_of_a_split_archive(self, build_zip):
        """A member that lies in another part is a problem that says so."""
        path = build_zip(odd_zip(Odd(b"a", b"x", part=1), FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert ("a", "unreadable", "it is in part 2 of a split archive") in rows(path, PROBLEMS)


class TestStructure:
    """What lies around the members."""

    def parts(self, path):
        """Offset and bytes of what of the zip is no member."""
        found = rows(
            path,
            "SELECT z.offset, z.blob_sha256 FROM zip_parts z JOIN artifacts a ON a.id = z.artifact_id WHERE a.path = 'f.zip'",
        )
        return {offset: blob(path, key) for offset, key in found}

    @pytest.mark.parametrize("told", [False, True])
    def test_something_in_front(self, build_zip, told):
        """A zip that unpacks itself is read; the program in front is kept."""
        program = b"#!/bin/sh\nexec unzip $0\n"
        path = build_zip(odd_zip(FINE, prefix=program, told_prefix=told))
        assert files(path) == [("fine.txt", "fine")]
        assert self.parts(path)[0] == program
        assert rows(path, PROBLEMS) == []

    def test_something_behind(self, build_zip):
        """So are bytes behind the end."""
        path = build_zip(odd_zip(FINE) + b"trailing")
        assert files(path) == [("fine.txt", "fine")]
        [rest] = self.parts(path).values()
        assert rest.endswith(b"trailing")

    def test_two_zips_in_a_file(self, build_zip):
        """Of two zips in one file the last is read, and the first is kept."""
        first = odd_zip(Odd(b"hidden", b"x"))
        path = build_zip(first + odd_zip(FINE))
        assert files(path) == [("fine.txt", "fine")]
        assert self.parts(path)[0] == first

    def test_something_between(self, build_zip):
        """So are bytes between two members."""
        member = Odd(b"a", b"x", behind=b"between")
        path = build_zip(odd_zip(member, FINE))
        assert files(path) == [("a", "x"), ("fine.txt", "fine")]
        assert self.parts(path)[len(member.local()) - 7] == b"between"

    def test_ordinary_extras(self, build_zip):
        """An extra field in front of the bytes, and sizes behind them, belong to the member."""
        path = build_zip(odd_zip(Odd(b"a", b"x", local_extra=b"\0" * 40), Odd(b"b", b"y", flags=8), FINE))
        assert files(path) == [("a", "x"), ("b", "y"), ("fine.txt", "fine")]
        assert len(self.parts(path)) == 1

    @pytest.mark.parametrize(
        "comment",
        [
            b"PK\x05\x06" * 1000,
            b"PK\x05\x06" + b"\0" * 18,
            b"." + b"PK\x05\x06" + b"\0" * 40,
            odd_zip(Odd(b"other", b"zip"))[-22:],
            b"x" * 0xFFFF,
        ],
        ids=["signatures", "an empty zip's end", "such an end and more", "another zip's end", "64 KiB"],
    )
    def test_comment(self, build_zip, comment):
        """A comment that looks like the end of a zip is a comment."""
        assert files(build_zip(odd_zip(FINE, Odd(b"b", b"y"), comment=comment))) == [("fine.txt", "fine"), ("b", "y")]

    def test_zip64(self, build_zip):
        """The wide fields of zip64 are read, also where nothing needs them."""
        wide = Odd(
            b"a", b"x" * 50, size=0xFFFFFFFF, compressed_size=0xFFFFFFFF, extra=wide_extra(50, len(deflated(b"x" * 50)))
        )
        assert files(build_zip(odd_zip(wide, FINE, zip64=True))) == [("a", "x" * 50), ("fine.txt", "fine")]

    def test_zip64_of_the_standard_library(self, build_zip, tmp_path):
        """So are those that Python writes."""
        with zipfile.ZipFile(tmp_path / "w.zip", "w") as opened, opened.open("a", "w", force_zip64=True) as member:
            member.write(b"wide")
        path = build_zip((tmp_path / "w.zip").read_bytes())
        assert files(path) == [("a", "wide")]
        assert rows(path, PROBLEMS) == []

    @pytest.mark.parametrize(
        "data", [odd_zip(), b"", b"PK\x03\x04", b"PK\x05\x06", b"PK" * 400, b"PK\x03\x04" + b"\0" * 99, b"none"]
    )
    def test_no_member(self, build_zip, data):
        """A zip without members, or a file that is none, is accounted for and harms nothing."""
        path = build_zip(data)
        assert files(path) == []
        assert column(path, "SELECT count(*) FROM artifacts WHERE path = 'f.zip'") == [1]
