"""The ledger accounts for every line and every member, and problems hold the bytes that no row holds."""

from __future__ import annotations

import gzip
import zipfile

import pytest
import zstandard
from samples import FIXTURES, archive, column, lines, log_record, rows, snapshot

GOOD = lines(log_record())[:-1]
LINE_KINDS = ("logs", "snapshots")


def runs(path, artifact="%"):
    """The ledger's runs of the artifacts whose path is like `artifact`."""
    return rows(
        path,
        "SELECT first, last, offset, length, fate FROM ledger JOIN artifacts a ON a.id = artifact_id "
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
        """Each archive's runs name each member once, and sum up to their sizes."""
        bundle = fixture_bundle(case)
        for (name,) in rows(bundle, "SELECT path FROM artifacts WHERE kind = 'archive'"):
            with zipfile.ZipFile(FIXTURES / case / name) as opened:
                infos = opened.infolist()
            found = runs(bundle, name)
            assert [number for first, last, *_ in found for number in range(first, last + 1)] == list(
                range(1, len(infos) + 1)
            )
            assert sum(length for _, _, _, length, _ in found) == sum(info.file_size for info in infos)


def assert_contiguous(found, data):
    """Assert that the runs cover the lines and the bytes of `data`, each once and in order."""
    line, offset = 1, 0
    for first, last, begin, length, _ in found:
        assert (first, begin) == (line, offset)
        line, offset = last + 1, begin + length
    assert line - 1 == data.count(b"\n") + (not data.endswith(b"\n") and bool(data))
    assert offset == len(data)


class TestRuns:
    """How lines are put together into runs."""

    def test_fates(self, build):
        """Neighbours that fared alike are one run."""
        data = b"\n".join([GOOD, GOOD, b"", b"  \r", b"{bad", b"[]", GOOD, b"cut"])
        path = build({"a.log": data})
        assert [(first, last, fate) for first, last, _, _, fate in runs(path)] == [
            (1, 2, "imported"),
            (3, 4, "blank"),
            (5, 6, "malformed"),
            (7, 7, "imported"),
            (8, 8, "malformed"),
        ]
        assert_contiguous(runs(path), data)

    @pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress], ids=["gzip", "zstd"])
    def test_packed(self, build, pack):
        """Lines of a packed artifact are counted in its unpacked bytes."""
        data = lines(log_record(), b"bad", log_record())
        path = build({"a.log.packed": b"", "a.log.gz": pack(data)})
        assert_contiguous(runs(path), data)
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
        found = rows(path, "SELECT first, last, length, fate, reason FROM ledger")
        assert found == [
            (1, 1, 0, "skipped", "a directory"),
            (2, 2, 3, "imported", None),
            (3, 3, 0, "skipped", "a directory"),
            (4, 4, 1, "imported", None),
        ]


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
        monkeypatch.setattr("wink_debug_bundle.artifacts.reading.BLOCK_BYTES", 300)
        monkeypatch.setattr("wink_debug_bundle.pipeline.pieces.BLOCK_BYTES", 300)
        data = lines(*[log_record(message=str(number)) for number in range(20)], b"bad", log_record())
        path = build({"a.log": data, "b.log.gz": gzip.compress(data)})
        for name in ("a.log", "b.log.gz"):
            assert_contiguous(runs(path, name), data)
        assert rows(path, "SELECT line, offset FROM problems") == [(21, data.index(b"bad"))] * 2
        assert column(path, "SELECT line FROM logs WHERE artifact_id = 1") == [*range(1, 21), 22]
