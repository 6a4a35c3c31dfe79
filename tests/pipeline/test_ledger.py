"""The ledger has every line and every member, and problems hold the bytes that no row holds."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile

import pytest
import zstandard
from support.artifact_samples import FIXTURES, archive, column, lines, log_record, rows, snapshot

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.pipeline.totals import _iso_time

GOOD = lines(log_record())[:-1]
LINE_KINDS = ("logs", "snapshots")


def ledger_ranges(path, artifact="%"):
    """Return the ledger ranges of the artifacts whose path matches `artifact`."""
    return rows(
        path,
        "SELECT first, last, offset, length, ledger.status FROM ledger JOIN artifacts a ON a.id = artifact_id "
        "WHERE a.path LIKE ? ORDER BY ledger.id",
        (artifact,),
    )


class TestFixtures:
    """Artifacts of the real library."""

    @pytest.mark.parametrize("case", ["run", "evaluation", "repeated", "odd-values", "shared-dispatcher"])
    def test_lines(self, fixture_bundle, case):
        """The ranges of each file of lines begin at line 1, are contiguous, and add up to its size."""
        bundle = fixture_bundle(case)
        for (name,) in rows(bundle, "SELECT path FROM artifacts WHERE kind IN (?, ?)", LINE_KINDS):
            data = (FIXTURES / case / name).read_bytes()
            found = ledger_ranges(bundle, name)
            assert_contiguous(found, data)

    @pytest.mark.parametrize("case", ["run", "evaluation"])
    def test_members(self, fixture_bundle, case):
        """The ranges of each archive name each member once and cover each byte once."""
        bundle = fixture_bundle(case)
        for (name,) in rows(bundle, "SELECT path FROM artifacts WHERE kind = 'archive'"):
            with zipfile.ZipFile(FIXTURES / case / name) as opened:
                infos = opened.infolist()
            found = ledger_ranges(bundle, name)
            named = [number for first, last, *_ in found for number in range(first, last + 1)]
            assert named == list(range(len(infos) + 1))  # 0 is the zip's directory
            assert_covered(found, (FIXTURES / case / name).stat().st_size)


def assert_contiguous(found, data):
    """Assert that the ranges cover the lines and the bytes of `data` once and in order."""
    line, offset = 1, 0
    for first, last, begin, length, _ in found:
        assert (first, begin) == (line, offset)
        line, offset = last + 1, begin + length
    assert line - 1 == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    assert offset == len(data)


def assert_covered(found, size):
    """Assert that the ranges, in any order, cover each of `size` bytes once."""
    position = 0
    for _, _, offset, length, _ in sorted(found, key=lambda run: run[2:4]):
        assert offset == position
        position += length
    assert position == size


class TestRanges:
    """Ledger ranges of neighbouring lines or members."""

    def test_statuses(self, build):
        """Neighbours with the same status are one range."""
        data = b"\n".join([GOOD, GOOD, b"", b"  \r", b"{bad", b"[]", GOOD, b"cut"])
        path = build({"a.log": data})
        assert [(first, last, status) for first, last, _, _, status in ledger_ranges(path)] == [
            (1, 2, "imported"),
            (3, 4, "blank"),
            (5, 6, "malformed"),
            (7, 7, "imported"),
            (8, 8, "malformed"),
        ]
        assert_contiguous(ledger_ranges(path), data)

    @pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
    def test_compressed(self, build, pack):
        """Lines of a compressed artifact are counted in its decompressed bytes."""
        data = lines(log_record(), b"bad", log_record())
        path = build({"a.log.packed": b"", "a.log.gz": pack(data)})
        assert_contiguous(ledger_ranges(path, "a.log.gz"), data)
        assert column(path, "SELECT line FROM logs") == [1, 3]

    @pytest.mark.parametrize("ending", ["\n", "\r\n"])
    def test_line_ends(self, build, ending):
        """Every kind of line end belongs to its line."""
        data = (GOOD.decode() + ending).encode() * 3
        path = build({"a.log": data})
        assert ledger_ranges(path) == [(1, 3, 0, len(data), "imported")]

    def test_member_statuses(self, build):
        """Directories are skipped with a reason, and files are imported."""
        path = build({"f.zip": archive([("d/", b""), ("d/a", b"abc"), ("e/", b""), ("e/b", b"d")])})
        found = rows(path, "SELECT first, last, status, reason FROM ledger ORDER BY first")
        assert found == [
            (0, 0, "container", None),
            (1, 1, "skipped", "a directory"),
            (2, 2, "imported", None),
            (3, 3, "skipped", "a directory"),
            (4, 4, "imported", None),
        ]


class TestArchives:
    """The bytes of an archive's file."""

    MEMBERS = (("a.txt", b"first" * 100), ("b.txt", b"second"), ("c.txt", b"third"))

    def parts(self, path):
        """Return offsets and bytes of the parts that are not members."""
        found = rows(path, "SELECT offset, length, blob_sha256 FROM zip_parts ORDER BY offset")
        with DebugBundle.open(path) as bundle:
            return [(offset, length, bundle.read_blob(key).read()) for offset, length, key in found]

    @pytest.mark.parametrize("before", [b"", archive({"older": b"x"})], ids=["none", "zip"])
    @pytest.mark.parametrize("after", [b"", b"\n\0"], ids=["none", "some"])
    def test_own_bytes(self, build, before, after):
        """The directory, and bytes before the first member and after the directory, are stored."""
        data = before + archive(self.MEMBERS) + after
        path = build({"f.zip": data})
        found = self.parts(path)
        assert_covered(ledger_ranges(path), len(data))
        assert all(data[offset : offset + length] == kept for offset, length, kept in found)
        assert [kept for _, _, kept in found if not kept.startswith(b"PK\1\2")] == ([before] if before else [])
        assert found[-1][2].endswith(after)

    def test_gap(self, build):
        """Bytes between two members, as deleting one leaves them, are stored."""
        data = bytearray(archive(self.MEMBERS))
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            second, third = (info.header_offset for info in opened.infolist()[1:])
        begin = data.rindex(b"PK\1\2")  # the last record of the directory; the second member is before it
        begin = data.rindex(b"PK\1\2", 0, begin)
        last = data.index(b"PK\1\2", begin + 1)
        end = data.index(b"PK\5\6")
        shorter = bytes(data[:begin] + data[last:end]) + _end_record(data[end:], 2, begin - last)
        path = build({"f.zip": shorter})
        [(offset, length, kept), _] = self.parts(path)
        assert (offset, length, kept) == (second, third - second, bytes(data[second:third]))
        assert_covered(ledger_ranges(path), len(shorter))

    def test_overlap(self, build):
        """Bytes that several members claim are counted once."""
        data = archive(self.MEMBERS)
        first = data.index(b"PK\1\2")
        second = data.index(b"PK\1\2", first + 1)
        end = data.index(b"PK\5\6")
        twice = data[:end] + data[first:second] + _end_record(data[end:], 4, second - first)
        path = build({"f.zip": twice})
        assert_covered(ledger_ranges(path), len(twice))

    def test_not_a_zip(self, build):
        """An unreadable zip, and a file that is not an artifact, have one range of all their bytes."""
        path = build({"a.zip": archive(self.MEMBERS)[:20], "notes.txt": b"hello\nyou", "b.log": GOOD})
        assert ledger_ranges(path, "a.zip") == [(1, 1, 0, 20, "skipped")]
        assert ledger_ranges(path, "notes.txt") == [(1, 1, 0, 9, "skipped")]


def _end_record(record, count, longer):
    """Return the record at the end of a zip, for a directory of `count` entries that is `longer` by some bytes."""
    fields = list(struct.unpack("<4s4H2LH", record[:22]))
    fields[3:6] = count, count, fields[5] + longer
    return struct.pack("<4s4H2LH", *fields)


class TestProblems:
    """Problems and their bytes."""

    BAD = (b"{bad", b"\0\0\0", b"\xff\xfe", b'{"a": 1}', b"null", b"[1, 2]", b'"text"', b"{" + b"[" * 3000)

    @pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
    @pytest.mark.parametrize("name", ["a.log", "a.jsonl"])
    def test_place_and_bytes(self, build, bad, name):
        """A malformed line is a problem with its line, its offset and its bytes."""
        good = log_record() if name == "a.log" else snapshot()
        data = lines(good, bad, b"", good, bad)
        path = build({name: data})
        found = rows(path, "SELECT line, offset, kind, raw FROM problems ORDER BY id")
        begin = data.index(b"\n") + 1
        assert found == [(2, begin, "malformed", bad), (5, len(data) - len(bad) - 1, "malformed", bad)]
        assert all(data[offset : offset + len(raw)] == raw for _, offset, _, raw in found)

    def test_counts(self, build):
        """The artifact has the numbers of its records and problems, and its status is partial."""
        path = build({"a.log": lines(log_record(), b"bad", log_record(), b"worse", b"")})
        assert rows(path, "SELECT record_count, problem_count, status FROM artifacts") == [(2, 2, "partial")]

    def test_large(self, build):
        """More than 1 MiB of malformed bytes is stored as a blob."""
        bad = b"x" * (1 << 20) + b"y"
        path = build({"a.log": lines(log_record(), bad)})
        [(raw, key)] = rows(path, "SELECT raw, blob_sha256 FROM problems")
        chunks = column(path, "SELECT data FROM blob_chunks WHERE sha256 = ? ORDER BY seq", (key,))
        assert raw is None
        assert b"".join(zstandard.ZstdDecompressor().decompress(chunk) for chunk in chunks) == bad

    def test_no_secrets_in_errors(self, build):
        """The error of a malformed line does not quote the line."""
        path = build({"a.log": lines(log_record(), b'{"token": "hunter2" oops}')})
        assert "hunter2" not in column(path, "SELECT error FROM problems")[0]

    def test_line_numbers_run_on_over_blocks(self, build, monkeypatch):
        """Line numbers and offsets count from the beginning of the file, in every block."""
        monkeypatch.setattr("wink_debug_bundle.artifacts.split_reader.BLOCK_BYTES", 300)
        monkeypatch.setattr("wink_debug_bundle.pipeline.planning.splitting.BLOCK_BYTES", 300)
        data = lines(*[log_record(message=str(number)) for number in range(20)], b"bad", log_record())
        other = data.replace(b"app.event", b"app.other")
        path = build({"a.log": data, "b.log.gz": gzip.compress(other)})
        for name, content in (("a.log", data), ("b.log.gz", other)):
            assert_contiguous(ledger_ranges(path, name), content)
        assert rows(path, "SELECT line, offset FROM problems") == [(21, data.index(b"bad"))] * 2
        assert column(path, "SELECT line FROM logs WHERE artifact_id = 1") == [*range(1, 21), 22]


class TestTimes:
    """Modification times."""

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (0, "1970-01-01T00:00:00+00:00"),
            (-1, "1969-12-31T23:59:59+00:00"),
            (300_000_000_000, None),
            (-(2**63), None),
        ],
    )
    def test_a_time_outside_the_calendar(self, seconds, text):
        """A file time outside the calendar is NULL."""
        assert _iso_time(seconds * 10**9) == text
