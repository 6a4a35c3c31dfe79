"""Artifacts that would decompress to enormous sizes take little time and space, and the others are imported."""

from __future__ import annotations

import bz2
import gzip
import subprocess
import sys
import zlib

import pytest
import zstandard
from support.artifact_samples import archive, column, lines, log_record, rows, write_files
from support.processor_time import processor_time_below
from support.zip_bytes import (
    BZIP2,
    COMPRESSORS,
    DEFLATE,
    LZMA,
    STORED,
    ZSTD,
    RawMember,
    deflated_zeros,
    overlapping_zip,
    raw_zip,
    zip64_extra,
)

from wink_debug_bundle import DebugBundle

FINE = RawMember(b"fine.txt", b"fine")
PROBLEMS = "SELECT member, kind FROM problems ORDER BY id"


@pytest.fixture
def set_least_limit(monkeypatch):
    """Return a function that sets how many bytes every artifact may decompress to at least."""

    def make(size):
        monkeypatch.setattr("wink_debug_bundle.artifacts.source.LEAST_LIMIT", size)

    return make


class TestZips:
    """Zips."""

    def test_ten_gigabytes_in_ten_megabytes(self, build):
        """By default a member of 10 GB of zeros is skipped quickly, and its compressed bytes are stored."""
        bomb = RawMember(
            b"zeros.bin", compressed=deflated_zeros(10_240), size=0xFFFFFFFF, crc=0, extra=zip64_extra(10_240 << 20)
        )
        data = raw_zip(bomb, FINE)
        with processor_time_below(10):
            path = build({"f.zip": data, "a.log": lines(log_record())})
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL") == ["fine.txt"]
        assert column(path, "SELECT count(*) FROM logs") == [1]
        assert rows(path, PROBLEMS) == [("zeros.bin", "expansion")]
        [(size, error)] = rows(path, "SELECT size_bytes, error FROM blobs JOIN problems ON blob_sha256 = sha256")
        assert size == len(bomb.local())
        assert "10737418240 bytes" in error
        assert "--max-expansion" in error
        assert path.stat().st_size < 2 * len(data)
        assert rows(path, "SELECT first, status, reason FROM ledger WHERE status = 'skipped'") == [
            (1, "skipped", "it would decompress to more bytes than are allowed")
        ]

    @pytest.mark.parametrize("method", [DEFLATE, BZIP2, LZMA, ZSTD])
    @pytest.mark.parametrize("claimed", [100, 3 << 20])
    def test_a_false_size(self, build, method, claimed):
        """A member that decompresses to more than its claimed size is stopped at that size."""
        compressed = deflated_zeros(100) if method == DEFLATE else COMPRESSORS[method](bytes(20 << 20))
        path = build(
            {"f.zip": raw_zip(RawMember(b"a", compressed=compressed, method=method, size=claimed, crc=0), FINE)}
        )
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL") == ["fine.txt"]
        [error] = column(path, "SELECT error FROM problems")
        assert error == f"it decompresses to more than the {claimed} bytes that the directory claims"

    def test_memory(self, tmp_path):
        """Bombs of every method that claim to be small take less than 200 MB of memory."""
        compressed = {
            DEFLATE: deflated_zeros(2000),
            BZIP2: bz2.compress(bytes(45 << 20)) * 20,
            ZSTD: zstandard.compress(bytes(1 << 30)),
        }
        members = [
            RawMember(b"%d" % method, compressed=data, method=method, size=2 << 20, crc=0)
            for method, data in compressed.items()
        ]
        folder = write_files(tmp_path / "d", {"f.zip": raw_zip(*members, FINE)})
        code = f"""if True:
            import resource
            from wink_debug_bundle import DebugBundle
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            DebugBundle.from_directory({str(folder)!r}).close()
            print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
        """
        taken = int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        assert taken < 200_000  # kB

    @pytest.mark.slow
    def test_more_than_four_gigabytes(self, build):
        """A member of more than 4 GiB is read in full if --max-expansion allows it."""
        size, crc = 4100 << 20, 0
        for _ in range(4100):
            crc = zlib.crc32(bytes(1 << 20), crc)
        bomb = RawMember(
            b"zeros.bin", compressed=deflated_zeros(4100), size=0xFFFFFFFF, crc=crc, extra=zip64_extra(size)
        )
        path = build({"f.zip": raw_zip(bomb, FINE)}, max_expansion=2000)
        assert rows(path, "SELECT path, size_bytes FROM files WHERE sha256 NOT NULL ORDER BY id") == [
            ("zeros.bin", size),
            ("fine.txt", 4),
        ]
        assert path.stat().st_size < 10 << 20

    def test_members_together(self, build, set_least_limit):
        """The limit is for all members together; members that still fit are read."""
        set_least_limit(2500)
        members = [RawMember(b"%d" % number, b"x" * 1000) for number in range(4)]
        data = raw_zip(*members, FINE)
        path = build({"f.zip": data}, max_expansion=1)
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL") == ["0", "1", "fine.txt"]
        assert rows(path, PROBLEMS) == [("2", "expansion"), ("3", "expansion")]

    def test_more_on_request(self, build, set_least_limit):
        """A larger --max-expansion reads what a smaller one skips."""
        set_least_limit(0)
        data = archive({"a": b"\0" * 500_000})
        assert column(build({"f.zip": data}, max_expansion=5), "SELECT count(*) FROM files WHERE sha256 NOT NULL") == [
            0
        ]
        assert column(
            build({"f.zip": data}, max_expansion=1000, force=True), "SELECT count(*) FROM files WHERE sha256 NOT NULL"
        ) == [1]

    def test_overlapping_members(self, build):
        """Overlapping members are not read; each is stored up to the beginning of the next one."""
        data = overlapping_zip(200, 1 << 20)
        path = build({"f.zip": data, "a.log": lines(log_record())})
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL") == ["199"]
        assert rows(path, "SELECT count(*), min(kind) FROM problems") == [(199, "unreadable")]
        assert column(path, "SELECT sum(size_bytes) FROM blobs WHERE chunk_count = 1 AND size_bytes < 1000") <= [
            len(data)
        ]

    def test_members_at_one_place(self, build):
        """Of many members at the same offset only the first is read."""
        members = [RawMember(b"same", bytes(1 << 20), offset=0) for _ in range(1)]
        members += [RawMember(b"same", compressed=b"", method=STORED, offset=0, size=1 << 20) for _ in range(300)]
        path = build({"f.zip": raw_zip(*members)})
        assert column(path, "SELECT member FROM files WHERE sha256 NOT NULL") == [1]
        assert column(
            path,
            "SELECT count(*) FROM problems WHERE error = 'its local header is at the same byte as that of member 1'",
        ) == [300]

    def test_a_run(self, build, set_least_limit):
        """A log within a run zip is skipped too, and is then not listed as an artifact."""
        set_least_limit(100_000)
        log = lines(*[log_record()] * 20_000)
        data = archive({"debug_bundle/manifest.json": b"{}", "debug_bundle/logs/app.jsonl": log})
        path = build({"r.zip": data}, max_expansion=2)
        assert rows(path, "SELECT kind, status FROM artifacts") == [("run", "partial")]
        assert rows(path, PROBLEMS) == [("debug_bundle/logs/app.jsonl", "expansion")]
        assert column(path, "SELECT count(*) FROM runs") == [1]

    def test_lost_directory(self, build, set_least_limit):
        """Recovery does not decompress a bomb to find its end."""
        set_least_limit(1 << 20)
        data = raw_zip(
            FINE,
            RawMember(b"zeros.bin", compressed=deflated_zeros(2000), size=0, crc=0, flags=8),
            RawMember(b"b", b"after"),
        )
        with processor_time_below(10):
            path = build({"f.zip": data[: data.index(b"PK\x01\x02")]}, max_expansion=1)
        assert column(path, "SELECT path FROM files WHERE sha256 NOT NULL ORDER BY id") == ["fine.txt", "b"]


class TestLines:
    """Compressed files of lines."""

    PACKERS = pytest.mark.parametrize(
        ("ending", "pack"), [("gz", gzip.compress), ("zst", zstandard.compress)], ids=["gzip", "zstd"]
    )

    @PACKERS
    def test_bomb(self, build, set_least_limit, ending, pack):
        """Lines up to the limit are read, the rest is not decompressed, and the whole file is stored."""
        set_least_limit(1 << 20)
        good = lines(*[log_record(message=str(number)) for number in range(50)])
        compressed = pack(good + lines(log_record(message="again")) * 50_000)
        path = build({f"a.log.{ending}": compressed, "b.log": lines(log_record())}, max_expansion=1)
        assert column(path, "SELECT count(*) > 51 FROM logs WHERE artifact_id = 1") == [1]
        assert column(path, "SELECT sum(length) FROM ledger WHERE artifact_id = 1") == [1 << 20]
        assert column(path, "SELECT count(*) FROM logs WHERE artifact_id = 2") == [1]
        [(error, size)] = rows(
            path, "SELECT error, size_bytes FROM problems JOIN blobs ON blob_sha256 = sha256 WHERE kind = 'expansion'"
        )
        assert "allows 1048576 decompressed bytes for the whole artifact" in error
        assert size == len(compressed)
        assert rows(path, "SELECT blob_sha256 NOTNULL, status FROM artifacts WHERE id = 1") == [(1, "partial")]

    @PACKERS
    def test_exactly_the_limit(self, build, set_least_limit, ending, pack):
        """A file that decompresses to exactly the limit is read in full."""
        data = lines(log_record()) * 100
        set_least_limit(len(data))
        path = build({f"a.log.{ending}": pack(data)}, max_expansion=1)
        assert column(path, "SELECT count(*) FROM logs") == [100]
        assert rows(path, PROBLEMS) == []


class TestMessages:
    """What the summary and the command print."""

    def test_summary(self, tmp_path, set_least_limit):
        """The summary and the command state how many members were skipped."""
        folder = write_files(
            tmp_path / "d",
            {
                "f.zip": raw_zip(
                    RawMember(b"z", compressed=deflated_zeros(10), size=0xFFFFFFFF, extra=zip64_extra(1 << 40)), FINE
                )
            },
        )
        command = [sys.executable, "-m", "wink_debug_bundle", "create", str(folder)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        assert (
            "Left out: 1 item that would decompress to more than --max-expansion allows was stored compressed"
            in done.stdout
        )
        assert "f.zip, member z: it would decompress to 1099511627776 bytes" in done.stdout

    @pytest.mark.parametrize("value", ["0", "-1", "many"])
    def test_values(self, tmp_path, value):
        """The command refuses values of --max-expansion that are not positive numbers."""
        folder = write_files(tmp_path / "d", {"a.log": lines(log_record())})
        command = [sys.executable, "-m", "wink_debug_bundle", "create", str(folder), "--max-expansion", value]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 2
        assert "--max-expansion" in done.stderr

    def test_value_in_python(self, tmp_path):
        """The Python interface refuses such values too."""
        with pytest.raises(ValueError, match="max_expansion must be 1 or more, not 0"):
            DebugBundle.from_directory(write_files(tmp_path, {"a.log": b"{}"}), max_expansion=0)
