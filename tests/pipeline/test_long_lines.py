"""A line too long to be read is stored in bounded memory, and the lines beside it are read."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import zstandard
from support.artifact_samples import FIXTURES, archive, column, lines, log_record, rows, snapshot
from support.process_table import needs_linux

from wink_debug_bundle.artifacts.streams import line_blocks
from wink_debug_bundle.artifacts.streams.line_blocks import LINE_LIMIT

RUN = next((FIXTURES.parent / "wink-0.27.0" / "runs").glob("*.zip"))
LIMIT = 20_000
LONG = b'{"message": "%b"}' % random.Random(1).randbytes(LIMIT).hex().encode()


@pytest.fixture(autouse=True)
def short_lines_only(monkeypatch):
    """Set the longest line that is read to 20 kB."""
    monkeypatch.setattr(line_blocks, "LINE_LIMIT", LIMIT)


def blob(path, key):
    """Return the bytes of a blob."""
    decompress = zstandard.ZstdDecompressor().decompress
    return b"".join(
        decompress(data) for data in column(path, "SELECT data FROM blob_chunks WHERE sha256 = ? ORDER BY seq", (key,))
    )


LEDGER = "SELECT first, last, length, status FROM ledger WHERE artifact_id = ? ORDER BY id"


class TestKept:
    """Storage of long lines."""

    @pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gzip", "zstd"])
    @pytest.mark.parametrize(
        ("name", "good", "kind", "status"),
        [("a.log", log_record(), "too long", "skipped"), ("a.jsonl", snapshot(), "malformed", "malformed")],
    )
    def test_between_others(self, build, name, good, kind, status, pack):
        """The line is a blob with a problem that says why; the lines before and after it are read.

        Long snapshots are read, so that a long line of another kind among them is malformed.
        """
        data = lines(good, LONG, good, b"wrong", LONG)
        path = build({name: pack(data)})
        found = rows(path, "SELECT kind, line, offset, blob_sha256 FROM problems ORDER BY id")
        assert [entry[:3] for entry in found] == [
            (kind, 2, data.index(LONG)),
            ("malformed", 4, data.index(b"wrong")),
            (kind, 5, data.rindex(LONG)),
        ]
        assert blob(path, found[0][3]) == blob(path, found[2][3]) == LONG
        assert rows(path, LEDGER, (1,)) == [
            (1, 1, len(lines(good)), "imported"),
            (2, 2, len(LONG) + 1, status),
            (3, 3, len(lines(good)), "imported"),
            (4, 4, 6, "malformed"),
            (5, 5, len(LONG) + 1, status),
        ]
        assert column(path, "SELECT line FROM logs UNION ALL SELECT line FROM snapshots") == [1, 3]

    def test_cut_off(self, build):
        """A long line that ends with its file, or where a compressed file breaks off, is stored up to there."""
        path = build({"a.log": lines(log_record()) + LONG, "b.log.gz": gzip.compress(lines(log_record(), LONG))[:-12]})
        keys = column(path, "SELECT blob_sha256 FROM problems WHERE kind = 'too long' ORDER BY artifact_id")
        assert blob(path, keys[0]) == LONG
        assert LONG.startswith(blob(path, keys[1]))
        assert column(path, "SELECT kind FROM problems WHERE artifact_id = 2") == ["too long", "unreadable"]

    def test_in_a_run(self, build):
        """Long lines in the log, the snapshots and the transcript of a run zip are stored too."""
        with zipfile.ZipFile(RUN) as run:
            members = {info.filename: run.read(info) for info in run.infolist()}
        kinds = [name for name in members if name.endswith(".jsonl")]
        before = build({"run.zip": archive(members)}, "before")
        path = build({"run.zip": archive(members | {name: LONG + b"\n" + members[name] for name in kinds})}, "after")
        assert sorted(
            column(path, "SELECT count(*) FROM problems WHERE blob_sha256 NOT NULL GROUP BY artifact_id")
        ) == [1 for _ in kinds]
        for table in ("logs", "snapshots", "slice_items", "calls", "entries", "tool_invocations"):
            assert rows(path, f"SELECT count(*) FROM {table}") == rows(before, f"SELECT count(*) FROM {table}"), table
        assert rows(path, "SELECT line - 1 FROM logs") == rows(before, "SELECT line FROM logs")


BUILD = r"""
import re
import sys
from pathlib import Path
from wink_debug_bundle import DebugBundle
DebugBundle.from_directory(sys.argv[1], output=Path(sys.argv[1], "out.db"), jobs=1).close()
print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
"""
"""Code that prints its own peak memory in KiB, because the kernel's value for a child includes its parent's memory."""


@needs_linux
@pytest.mark.slow
class TestMemory:
    """Lines of hundreds of MB."""

    @pytest.mark.parametrize("compressed", [False, True])
    @pytest.mark.parametrize("megabytes", [300, 700])
    def test_bounded(self, tmp_path, megabytes, compressed):
        """A line of several hundred MB takes no more memory than a small one, compressed or not."""
        _write_long_line(tmp_path / ("a.log.gz" if compressed else "a.log"), megabytes)
        done = subprocess.run([sys.executable, "-c", BUILD, tmp_path], check=True, stdout=subprocess.PIPE)
        peak = int(done.stdout) >> 10
        assert peak < 4 * (LINE_LIMIT >> 20) + 150
        path = tmp_path / "out.db"
        assert rows(path, "SELECT kind, line FROM problems") == [("too long", 2)]
        assert column(path, "SELECT size_bytes FROM blobs") == [(megabytes << 20) + 16]
        assert column(path, "SELECT line FROM logs") == [1, 3]


def _write_long_line(path: Path, megabytes: int) -> None:
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as stream:
        stream.write(lines(log_record()) + b'{"message": "')
        for _ in range(megabytes):
            stream.write(b"line " * 209_715 + b".")
        stream.write(b'"}\n'.rjust(4) + lines(log_record()))
