"""The ledger accounts for every line and every member, and problems hold the bytes that no row holds."""

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


def runs(path, artifact="%"):
    """The ledger's runs of the artifacts whose path is like `artifact`."""
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
        """Each line artifact's runs begin at its first line, follow each other, and sum up to its size."""
        bundle = fixture_bundle(case)
        for (name,) in rows(bundle, "SELECT path FROM artifacts WHERE kind IN (?, ?)", LINE_KINDS):
            data = (FIXTURES / case / name).read_bytes()
            found = runs(bundle, name)
            assert_contiguous(found, data)

    @pytest.mark.parametrize("case", ["run", "evaluation"])
    def test_members(self, fixture_bundle, case):
        """Each archive's runs name each member once, and cover each byte of the file once."""
        bundle = fixture_bundle(case)
        for (name,) in rows(bundle, "SELECT path FROM artifacts WHERE kind = 'archive'"):
            with zipfile.ZipFile(FIXTURES / case / name) as opened:
                infos = opened.infolist()
            found = runs(bundle, name)
            named = [number for first, last, *_ in found for number in range(first, last + 1)]
            assert named == list(range(len(infos) + 1))  # 0 is the directory
            assert_covered(found, (FIXTURES / case / name).stat().st_size)


def assert_contiguous(found, data):
    """Assert that the runs cover the lines and the bytes of `data`, each once and in order."""
    line, offset = 1, 0
    for first, last, begin, length, _ in found:
        assert (first, begin) == (line, offset)
        line, offset = last + 1, begin + length
    assert line - 1 == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    assert offset == len(data)


def assert_covered(found, size):
    """Assert that the runs, wherever they begin, cover `size` bytes, each once."""
    position = 0
    for _, _, offset, length, _ in sorted(found, key=lambda run: run[2:4]):
        assert offset == position
        position += length
    assert position == size


class TestRuns:
    """How lines are put together into runs."""

    def test_fates(self, build):
        """Neighbours that fared alike are one run."""
        data = b"\n".join([GOOD, GOOD, b"", b"  \r", b"{bad", b"[]", GOOD, b"cut"])
        path = build({"a.log": data})
        assert [(first, last, status) for first, last, _, _, status in runs(path)] == [
            (1, 2, "imported"),
            (3, 4, "blank"),
            (5, 6, "malformed"),
            (7, 7, "imported"),
            (8, 8, "malformed"),
        ]
        assert_contiguous(runs(path), data)

    @pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
    def test_compressed(self, build, pack):
        """Lines of a packed artifact are counted in its unpacked bytes."""
        data = lines(log_record(), b"bad", log_record())
        path = build({"a.log.packed": b"", "a.log.gz": pack(data)})
        assert_contiguous(runs(path, "a.log.gz"), data)
        assert column(path, "SELECT line FROM logs") == [1, 3]

    @pytest.mark.parametrize("ending", ["\n", "\r\n"])
    def test_line_ends(self, build, ending):
        """Line ends belong to their line, whichever they are."""
        data = (GOOD.decode() + ending).encode() * 3
        path = build({"a.log": data})
        assert runs(path) == [(1, 3, 0, len(data), "imported")]

    def test_members_fates(self, build):
        """Directories are skipped with the reason, files imported."""
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
    """An archive's file, byte for byte."""

    MEMBERS = (("a.txt", b"first" * 100), ("b.txt", b"second"), ("c.txt", b"third"))

    def parts(self, path):
        """Offsets and bytes of what is no member."""
        found = rows(path, "SELECT offset, length, blob_sha256 FROM zip_parts ORDER BY offset")
        with DebugBundle.open(path) as bundle:
            return [(offset, length, bundle.read_blob(key).read()) for offset, length, key in found]

    @pytest.mark.parametrize("before", [b"", archive({"older": b"x"})], ids=["none", "zip"])
    @pytest.mark.parametrize("after", [b"", b"\n\0"], ids=["none", "some"])
    def test_own_bytes(self, build, before, after):
        """The directory and what stands before the first member and after the directory is kept as it is."""
        data = before + archive(self.MEMBERS) + after
        path = build({"f.zip": data})
        found = self.parts(path)
        assert_covered(runs(path), len(data))
        assert all(data[offset : offset + length] == kept for offset, length, kept in found)
        assert [kept for _, _, kept in found if not kept.startswith(b"PK\1\2")] == ([before] if before else [])
        assert found[-1][2].endswith(after)

    def test_gap(self, build):
        """Bytes between two members, which a deleted one leaves, are kept."""
        data = bytearray(archive(self.MEMBERS))
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            second, third = (info.header_offset for info in opened.infolist()[1:])
        begin = data.rindex(b"PK\1\2")  # the last entry of the directory; the second stands before it
        begin = data.rindex(b"PK\1\2", 0, begin)
        last = data.index(b"PK\1\2", begin + 1)
        end = data.index(b"PK\5\6")
        shorter = bytes(data[:begin] + data[last:end]) + _end_record(data[end:], 2, begin - last)
        path = build({"f.zip": shorter})
        [(offset, length, kept), _] = self.parts(path)
        assert (offset, length, kept) == (second, third - second, bytes(data[second:third]))
        assert_covered(runs(path), len(shorter))

    def test_overlap(self, build):
        """Members that claim the same bytes are accounted for once."""
        data = archive(self.MEMBERS)
        first = data.index(b"PK\1\2")
        second = data.index(b"PK\1\2", first + 1)
        end = data.index(b"PK\5\6")
        twice = data[:end] + data[first:second] + _end_record(data[end:], 4, second - first)
        path = build({"f.zip": twice})
        assert_covered(runs(path), len(twice))

    def test_not_a_zip(self, build):
        """A zip that cannot be opened, and a file that is no artifact, are each one line of all their bytes."""
        path = build({"a.zip": archive(self.MEMBERS)[:20], "notes.txt": b"hello\nyou", "b.log": GOOD})
        assert runs(path, "a.zip") == [(1, 1, 0, 20, "skipped")]
        assert runs(path, "notes.txt") == [(1, 1, 0, 9, "skipped")]


def _end_record(record, count, longer):
    """The record at the end of a zip, for a directory of `count` entries that is `longer` by some bytes."""
    fields = list(struct.unpack("<4s4H2LH", record[:22]))
    fields[3:6] = count, count, fields[5] + longer
    return struct.pack("<4s4H2LH", *fields)


class TestProblems:
    """Problems and their bytes."""

    BAD = (b"{bad", b"\0\0\0", b"\xff\xfe", b'{"a": 1}', b"null", b"[1, 2]", b'"text"', b"{" + b"[" * 3000)

    @pytest.mark.parametrize("bad", BAD, ids=range(len(BAD)))
    @pytest.mark.parametrize("name", ["a.log", "a.jsonl"])
    def test_place_and_bytes(self, build, bad, name):
        """A malformed line is a problem with its line, its offset and its bytes as they stand there."""
        good = log_record() if name == "a.log" else snapshot()
        data = lines(good, bad, b"", good, bad)
        path = build({name: data})
        found = rows(path, "SELECT line, offset, kind, raw FROM problems ORDER BY id")
        begin = data.index(b"\n") + 1
        assert found == [(2, begin, "malformed", bad), (5, len(data) - len(bad) - 1, "malformed", bad)]
        assert all(data[offset : offset + len(raw)] == raw for _, offset, _, raw in found)

    def test_counts(self, build):
        """The artifact says how many records and how many problems it has, and that it is there in part."""
        path = build({"a.log": lines(log_record(), b"bad", log_record(), b"worse", b"")})
        assert rows(path, "SELECT record_count, problem_count, status FROM artifacts") == [(2, 2, "partial")]

    def test_large(self, build):
        """More than 1 MiB of malformed bytes are a blob."""
        bad = b"x" * (1 << 20) + b"y"
        path = build({"a.log": lines(log_record(), bad)})
        [(raw, key)] = rows(path, "SELECT raw, blob_sha256 FROM problems")
        chunks = column(path, "SELECT data FROM blob_chunks WHERE sha256 = ? ORDER BY seq", (key,))
        assert raw is None
        assert b"".join(zstandard.ZstdDecompressor().decompress(chunk) for chunk in chunks) == bad

    def test_no_secrets_in_errors(self, build):
        """The error of a malformed line quotes nothing of it."""
        path = build({"a.log": lines(log_record(), b'{"token": "hunter2" oops}')})
        assert "hunter2" not in column(path, "SELECT error FROM problems")[0]

    def test_line_numbers_run_on_over_blocks(self, build, monkeypatch):
        """Lines and offsets are those of the file, however many blocks it is read in."""
        monkeypatch.setattr("wink_debug_bundle.artifacts.split_reader.BLOCK_BYTES", 300)
        monkeypatch.setattr("wink_debug_bundle.pipeline.planning.splitting.BLOCK_BYTES", 300)
        data = lines(*[log_record(message=str(number)) for number in range(20)], b"bad", log_record())
        path = build({"a.log": data, "b.log.gz": gzip.compress(data)})
        for name in ("a.log", "b.log.gz"):
            assert_contiguous(runs(path, name), data)
        assert rows(path, "SELECT line, offset FROM problems") == [(21, data.index(b"bad"))] * 2
        assert column(path, "SELECT line FROM logs WHERE artifact_id = 1") == [*range(1, 21), 22]


class TestTimes:
    """When a file was changed."""

    @pytest.mark.parametrize(
        ("seconds", "text"),
        [
            (0, "1970-01-01T00:00:00+00:00"),
            (-1, "1969-12-31T23:59:59+00:00"),
            (300_000_000_000, None),
            (-(2**63), None),
        ],
    )
    def test_a_time_that_no_calendar_has(self, seconds, text):
        """File systems hold times that no calendar has; those are not told."""
        assert _iso_time(seconds * 10**9) == text
