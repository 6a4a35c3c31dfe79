"""Files of archives are read from a bundle byte for byte."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import zipfile
from contextlib import closing

import pytest
from support.artifact_samples import FIXTURES, archive, column, lines, log_record, rows, write_files
from support.large_artifacts import random_bytes

from wink_debug_bundle import BundleError, DebugBundle, InvalidBundleError

MIB = 1 << 20
TEXT = ("line é\n" * (MIB // 8 + 1)).encode()


def member_bytes(folder):
    """Yield archive, path and bytes of every member of every zip below the folder."""
    for path in sorted(folder.rglob("*.zip")):
        with zipfile.ZipFile(path) as opened:
            for info in opened.infolist():
                if not info.is_dir():
                    yield path.relative_to(folder).as_posix(), info.filename, opened.read(info)


class TestFixtures:
    """The archives of the real library."""

    @pytest.mark.parametrize("case", ["run", "evaluation"])
    def test_every_member(self, fixture_bundle, case):
        """Each member read from the bundle has the bytes that the zip has."""
        with DebugBundle.open(fixture_bundle(case)) as bundle:
            stored = [path for (path,) in bundle.query("SELECT path FROM artifacts WHERE kind = 'archive'")]
            members = [member for member in member_bytes(FIXTURES / case) if member[0] in stored]
            assert members
            for name, path, content in members:
                with bundle.read_file(path, archive=name) as stream:
                    assert stream.read() == content, path


class TestSizes:
    """Files of any size, text and binary."""

    @pytest.mark.parametrize(
        ("content", "where"),
        [
            (b"", "content"),
            (b"\n", "content"),
            (b"\x00", "content"),
            (b"\xff", "blob"),
            (b"a\r\nb\rc\n\x1a", "content"),
            (b"\xef\xbb\xbftext", "content"),
            (TEXT[: MIB - 1], "content"),
            (TEXT[:MIB], "blob"),
            (TEXT[: MIB + 1], "blob"),
            (b"x" * (MIB - 1), "content"),
            (b"x" * MIB, "blob"),
            (b"x" * (MIB + 1), "blob"),
            (random_bytes(MIB - 1, 1), "blob"),
            (random_bytes(MIB, 2), "blob"),
            (random_bytes(5 * MIB, 3), "blob"),
            (random_bytes(5 * MIB + 1, 4), "blob"),
            (b"x" * (3 * MIB) + b"\xff", "blob"),
        ],
        ids=lambda value: value if isinstance(value, str) else f"{len(value)}-{value[:1]!r}",
    )
    def test_round_trip(self, build, content, where):
        """An archived file is read back unchanged, however the bundle stores it."""
        output = build({"a.zip": archive({"file": content})})
        assert column(output, "SELECT content IS NULL FROM files") == [where == "blob"]
        assert column(output, "SELECT sha256 FROM files") == [hashlib.sha256(content).hexdigest()]
        with DebugBundle.open(output) as bundle, bundle.read_file("file") as stream:
            assert stream.read() == content

    def test_large_text_is_text(self, build):
        """Text of 1 MiB and more is a blob not marked as binary; one invalid byte at its end makes it binary."""
        output = build({"a.zip": archive({"text": TEXT * 2, "binary": TEXT * 2 + b"\xff", "cut": TEXT * 2 + b"\xc3"})})
        found = rows(output, "SELECT path, is_binary, content IS NULL FROM files ORDER BY member")
        assert found == [("text", 0, 1), ("binary", 1, 1), ("cut", 1, 1)]

    @pytest.mark.parametrize("step", [1000, MIB - 1, MIB, MIB + 1, 10 * MIB])
    def test_any_step(self, build, step):
        """A stream can be read in steps of any size."""
        content = random_bytes(3 * MIB + 7, 1)
        output = build({"a.zip": archive({"file": content})})
        with DebugBundle.open(output) as bundle, bundle.read_file("file") as stream:
            parts = list(iter(lambda: stream.read(step), b""))
        assert b"".join(parts) == content
        assert {len(part) for part in parts[:-1]} <= {step}


class TestNames:
    """The choice of a file."""

    def test_missing(self, build):
        """The error about a path that no archive has suggests similar paths."""
        output = build({"a.zip": archive({"src/main.py": "x", "other": "y"})})
        with (
            DebugBundle.open(output) as bundle,
            pytest.raises(BundleError, match=r"src/mian\.py: the bundle has no file .*; nearest: src/main\.py$"),
        ):
            bundle.read_file("src/mian.py")

    def test_missing_in_its_archive(self, build):
        """The error about a path that only another archive has names that archive."""
        output = build({"a.zip": archive({"x": "1"}), "b.zip": archive({"y": "2"})})
        with DebugBundle.open(output) as bundle, pytest.raises(BundleError, match="x: archive b has no file"):
            bundle.read_file("x", archive="b")

    def test_ambiguous(self, build):
        """The error about a path in several archives names them; an id or a path chooses one."""
        files = {"one/a.zip": archive({"x": "1"}), "two/b.zip": archive({"x": "2"}), "b.zip": archive({"y": "3"})}
        output = build(files, recursive=True)
        with DebugBundle.open(output) as bundle:
            with pytest.raises(BundleError, match=r"x: 2 archives hold it; name one of them: one/a\.zip, two/b\.zip$"):
                bundle.read_file("x")
            assert bundle.read_file("x", archive="a").read() == b"1"
            assert bundle.read_file("x", archive="two/b.zip").read() == b"2"

    def test_archives_of_one_id(self, build):
        """Archives with the same name in different folders are distinguished by their paths."""
        output = build({"one/a.zip": archive({"x": "1"}), "two/a.zip": archive({"x": "2"})}, recursive=True)
        with DebugBundle.open(output) as bundle:
            with pytest.raises(BundleError, match="2 archives hold it"):
                bundle.read_file("x", archive="a")
            assert bundle.read_file("x", archive="two/a.zip").read() == b"2"

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_duplicate_name(self, build):
        """Of two members with the same name the last is read, as unzipping does; both are stored."""
        output = build({"a.zip": archive([("x", "first"), ("x", "last")])})
        with DebugBundle.open(output) as bundle:
            assert bundle.read_file("x").read() == b"last"
        assert column(output, "SELECT content FROM files ORDER BY member") == ["first", "last"]


class TestBlobs:
    """Blobs by their hash."""

    def test_by_hash(self, build):
        """A blob is read by its hash, even the blob of an unknown file."""
        content = random_bytes(70_000, 9)
        output = build({"a.log": lines(log_record()), "unknown.bin": content}, keep_unrecognised=True)
        with DebugBundle.open(output) as bundle:
            assert bundle.read_blob(hashlib.sha256(content).hexdigest()).read() == content

    def test_missing(self, run_bundle):
        """A hash that no blob has is an error."""
        with DebugBundle.open(run_bundle) as bundle, pytest.raises(BundleError, match=r"^beef: the bundle has no such"):
            bundle.read_blob("beef")

    def test_the_same_bytes_are_stored_once(self, build):
        """The same bytes in two archives and in a file are one blob."""
        content = random_bytes(2 * MIB, 9)
        output = build(
            {"a.zip": archive({"x": content}), "b.zip": archive({"y": content, "z": content}), "raw.bin": content}
        )
        assert rows(output, "SELECT size_bytes, chunk_count FROM blobs WHERE size_bytes > 1000") == [(2 * MIB, 2)]
        assert column(output, "SELECT count(*) FROM blob_chunks WHERE length(data) > 1000") == [2]
        with DebugBundle.open(output) as bundle:
            assert [bundle.read_file(name).read() == content for name in "xyz"] == [True] * 3


class TestDamage:
    """Bundles with damaged blobs."""

    @pytest.fixture
    def output(self, build):
        """Return a bundle with a small blob and a blob of three chunks."""
        return build(
            {"a.zip": archive({"small": b"\xff" + b"some bytes" * 5, "large": random_bytes(2 * MIB + 100, 1)})}
        )

    def change(self, output, sql, *parameters):
        """Change the bundle with SQL."""
        with closing(sqlite3.connect(output)) as connection, connection:
            connection.execute(sql, parameters)

    def test_any_flipped_bit(self, output, tmp_path):
        """Reading a chunk with any one bit flipped is an error or gives the original bytes."""
        chunk = "FROM blob_chunks WHERE sha256 = (SELECT sha256 FROM files WHERE path = 'small')"
        (data,) = column(output, f"SELECT data {chunk}")
        found = {"error": 0, "as it was": 0}
        copy = shutil.copy(output, tmp_path / "copy.db")
        for position in range(len(data) * 8):
            damaged = bytearray(data)
            damaged[position // 8] ^= 1 << position % 8
            self.change(copy, f"UPDATE blob_chunks SET data = ? WHERE rowid = (SELECT rowid {chunk})", bytes(damaged))
            with DebugBundle.open(copy) as bundle, bundle.read_file("small") as stream:
                try:
                    assert stream.read() == b"\xff" + b"some bytes" * 5, position
                    found["as it was"] += 1
                except InvalidBundleError:
                    found["error"] += 1
        assert found["error"] > 0.9 * len(data) * 8

    @pytest.mark.parametrize("position", [0, 5, 1000, 500_000, -1])
    def test_a_large_chunk(self, output, position):
        """A flipped byte in a chunk of a large blob is an error that names the blob and the chunk."""
        (data,) = column(output, "SELECT data FROM blob_chunks WHERE seq = 1")
        damaged = bytearray(data)
        damaged[position] ^= 0xFF
        self.change(output, "UPDATE blob_chunks SET data = ? WHERE seq = 1", bytes(damaged))
        with (
            DebugBundle.open(output) as bundle,
            bundle.read_file("large") as stream,
            pytest.raises(InvalidBundleError, match=r"blob [0-9a-f]{64}: chunk 1 of 3 is .*damaged"),
        ):
            stream.read()

    @pytest.mark.parametrize(
        "sql",
        [
            "DELETE FROM blob_chunks WHERE seq = 1",
            "UPDATE blob_chunks SET data = x'' WHERE seq = 1",
            "UPDATE blob_chunks SET data = substr(data, 1, 1000) WHERE seq = 1",
            "UPDATE blob_chunks SET data = CAST(data || x'00' AS BLOB) WHERE seq = 1",
            "UPDATE blob_chunks SET data = 'text' WHERE seq = 1",
            "UPDATE blob_chunks SET data = 5 WHERE seq = 1",
            "UPDATE blobs SET chunk_count = 4 WHERE chunk_count = 3",
        ],
    )
    def test_an_invalid_chunk(self, output, sql):
        """A chunk that is missing, cut off, too long or of another type is an error."""
        self.change(output, sql)
        with (
            DebugBundle.open(output) as bundle,
            bundle.read_file("large") as stream,
            pytest.raises(InvalidBundleError, match=r"chunk [13] of [34] is "),
        ):
            stream.read()

    def test_a_chunk_of_another_blob(self, output):
        """An undamaged chunk in a wrong place is an error."""
        self.change(output, "UPDATE blob_chunks SET data = (SELECT data FROM blob_chunks WHERE seq = 2) WHERE seq = 1")
        with (
            DebugBundle.open(output) as bundle,
            bundle.read_file("large") as stream,
            pytest.raises(InvalidBundleError, match="its chunks do not match its SHA-256"),
        ):
            stream.read()

    def test_a_chunk_that_claims_too_much(self, output):
        """A small chunk that would decompress to too many bytes is refused before it is decompressed."""
        import zstandard

        bomb = zstandard.ZstdCompressor(level=1).compress(bytes(64 * MIB))
        self.change(output, "UPDATE blob_chunks SET data = ? WHERE seq = 1", bomb)
        with (
            DebugBundle.open(output) as bundle,
            bundle.read_file("large") as stream,
            pytest.raises(InvalidBundleError, match="chunk 1 of 3 is missing or damaged"),
        ):
            stream.read()


def test_files_outside_archives(tmp_path):
    """Files that are not members of an archive cannot be read with read_file."""
    folder = write_files(tmp_path / "debug", {"a.log": lines(log_record()), "notes.txt": "x"})
    with (
        DebugBundle.from_directory(folder, output=tmp_path / "b.db") as bundle,
        pytest.raises(BundleError, match=r"notes\.txt: the bundle lists it without its bytes; create --keep-unrec"),
    ):
        bundle.read_file("notes.txt")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.log", "is an artifact, not a file of an archive; extract writes it"),
        ("odd.log", "stored as the blob [0-9a-f]{64}"),
    ],
)
def test_artifacts_that_are_held(build, name, message):
    """The message about an artifact says how to get its bytes."""
    with (
        DebugBundle.open(build({"a.log": lines(log_record()), "odd.log": b"\0"})) as bundle,
        pytest.raises(BundleError, match=message),
    ):
        bundle.read_file(name)
