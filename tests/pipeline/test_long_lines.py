"""A line too long to be held in memory is stored and read in parts, and the lines beside it are read."""

from __future__ import annotations

import gzip
import json
import random
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import orjson
import pytest
import zstandard
from support.artifact_samples import FIXTURES, archive, column, lines, log_record, rows, snapshot
from support.call_records import bridge_started, record_at
from support.process_table import needs_linux

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.logs import record_cursor, shortening
from wink_debug_bundle.artifacts.streams import json_cursor, line_blocks, sequential_lines
from wink_debug_bundle.artifacts.streams.line_blocks import LINE_LIMIT
from wink_debug_bundle.pipeline import finish

RUN = next((FIXTURES.parent / "wink-0.27.0" / "runs").glob("*.zip"))
LIMIT = 20_000
TEXT = random.Random(1).randbytes(LIMIT).hex().encode()
LONG = b'{"text": "%b"}' % TEXT


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
        [("a.log", log_record(), "malformed", "malformed"), ("a.jsonl", snapshot(), "malformed", "malformed")],
    )
    def test_between_others(self, build, name, good, kind, status, pack):
        """The line is a blob with a problem that says why; the lines before and after it are read.

        Long lines are read, so that a long line of another kind among them is malformed.
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
        keys = column(path, "SELECT blob_sha256 FROM problems WHERE line NOT NULL ORDER BY artifact_id")
        assert blob(path, keys[0]) == LONG
        assert LONG.startswith(blob(path, keys[1]))
        assert column(path, "SELECT kind FROM problems WHERE artifact_id = 2") == ["malformed", "unreadable"]

    def test_in_a_run(self, build):
        """Long lines in the log and the snapshots of a run zip are stored too; the transcript repeats that of the log."""
        with zipfile.ZipFile(RUN) as run:
            members = {info.filename: run.read(info) for info in run.infolist()}
        kinds = [name for name in members if name.endswith(".jsonl")]
        before = build({"run.zip": archive(members)}, "before")
        path = build({"run.zip": archive(members | {name: LONG + b"\n" + members[name] for name in kinds})}, "after")
        assert sorted(
            column(path, "SELECT count(*) FROM problems WHERE blob_sha256 NOT NULL GROUP BY artifact_id")
        ) == [1 for name in kinds if not name.endswith("transcript.jsonl")]
        for table in ("logs", "snapshots", "slice_items", "calls", "entries", "tool_invocations"):
            assert rows(path, f"SELECT count(*) FROM {table}") == rows(before, f"SELECT count(*) FROM {table}"), table
        assert rows(path, "SELECT line - 1 FROM logs") == rows(before, "SELECT line FROM logs")


def findings(path):
    """Return what `verify` finds in a bundle."""
    with DebugBundle.open(path) as bundle:
        return [str(finding) for finding in bundle.verify().findings]


class TestRecords:
    """Log records that are read although their lines are long."""

    @pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
    @pytest.mark.parametrize("dump", [json.dumps, orjson.dumps], ids=["spaced", "compact"])
    def test_like_short_ones(self, build, monkeypatch, dump, pack):
        """Columns, calls and entries are those of the same record in a short line, and nothing is a problem."""
        big = {"text": ['\u00e9\n"' * LIMIT, {"a": [[[[[[[[1.5, None]]]]]]]]}], "session_id": "s-1"}
        start = bridge_started(1, "deep", **big)
        end = record_at(4, "bridge.tool_call.complete", tool_name="deep", success=True, value=big, session_id="s-1")
        log = [start, end, log_record(message="m" * 2 * LIMIT), log_record(event=7)]
        data = lines(*(each if isinstance(each, bytes) else each.encode() for each in map(dump, log)))
        monkeypatch.setattr(finish, "may_be_split", lambda _: True)  # as is every file with lines over the real limit
        long = build({"a.log": pack(data)}, "long")
        monkeypatch.setattr(line_blocks, "LINE_LIMIT", LINE_LIMIT)
        short = build({"a.log": pack(data)}, "short")
        for table in ("calls", "sessions", "failures"):
            assert rows(long, f"SELECT * FROM {table}") == rows(short, f"SELECT * FROM {table}"), table
        logs = "SELECT line, session_id, timestamp, event, message, json(context) FROM logs ORDER BY id"
        assert rows(long, logs) == rows(short, logs)
        assert rows(long, "SELECT * FROM problems") == []
        assert column(long, "SELECT tool_name FROM calls") == ["deep"]
        assert rows(long, "SELECT line, reason FROM raw_records WHERE blob_sha256 NOT NULL") == [
            (line, "a long line: its bytes are kept") for line in (1, 2, 3)
        ]

    def test_in_a_run(self, build, monkeypatch):
        """Call for call and entry for entry, long lines of a run's log give what short ones give."""
        short = build({"run.zip": RUN.read_bytes()}, "short")
        monkeypatch.setattr(line_blocks, "LINE_LIMIT", 300)
        monkeypatch.setattr(sequential_lines, "_CHUNK_BYTES", 100)
        monkeypatch.setattr(finish, "may_be_split", lambda _: True)
        long = build({"run.zip": RUN.read_bytes()}, "long")
        assert column(long, "SELECT count(*) > 0 FROM raw_records WHERE blob_sha256 NOT NULL") == [1]
        for table in ("calls", "entries", "failures", "duplicate_lines"):
            assert rows(long, f"SELECT * FROM {table}") == rows(short, f"SELECT * FROM {table}"), table

    def test_cut_values(self, build, monkeypatch):
        """What does not fit is left out at the end of its value, with a problem; the keys after it are read."""
        monkeypatch.setattr(shortening, "STRING_BYTES", 1001)
        monkeypatch.setattr(shortening, "VALUE_BYTES", 500)
        monkeypatch.setattr(json_cursor, "WINDOW_BYTES", 200)
        monkeypatch.setattr(record_cursor, "WINDOW_BYTES", 200)
        context = {"items": list(range(10_000)), "text": "\u00e9" * LIMIT, "session_id": "s-1", "tool_name": "t"}
        line = json.dumps(log_record(context=context), ensure_ascii=False).encode()
        path = build({"a.log": lines(line)})
        ((held, session),) = rows(path, "SELECT context, session_id FROM logs")
        held = json.loads(held)
        assert (session, held["tool_name"], held["text"]) == ("s-1", "t", "\u00e9" * 500)
        assert held["items"] == list(range(len(held["items"])))
        assert 50 < len(held["items"]) < 200
        ((kind, error, key),) = rows(path, "SELECT kind, error, blob_sha256 FROM problems")
        assert (kind, blob(path, key)) == ("too long", line)
        assert "context.text: the first 1,000 of its 40,000 bytes are in the columns" in error
        assert "context.items: not all of its values" in error

    def test_verified(self, build):
        """The row of a long line is made again from the kept line, so that a change of it is found."""
        path = build({"a.log": lines(log_record(message="m" * 2 * LIMIT))})
        assert not findings(path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE logs SET message = 'n'")
            connection.commit()
        assert any("the column message of its log record" in text for text in findings(path))

    @pytest.mark.parametrize("wrong", [b'{"message": "%b', b'{"message": "%b\x01"}', b'{"message": "%b"} 1', b'["%b"]'])
    def test_malformed(self, build, wrong):
        """A long line that is not a JSON object is malformed, wherever the fault is."""
        path = build({"a.log": lines(log_record(), wrong % (b"x" * LIMIT), log_record())})
        assert rows(path, "SELECT kind, line FROM problems") == [("malformed", 2)]
        assert column(path, "SELECT line FROM logs") == [1, 3]


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
        assert column(path, "SELECT length(message) >> 20 FROM logs WHERE line = 2") == [32]
        assert column(path, "SELECT size_bytes FROM blobs") == [(megabytes << 20) + 16]
        assert column(path, "SELECT line FROM logs") == [1, 2, 3]


def _write_long_line(path: Path, megabytes: int) -> None:
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as stream:
        stream.write(lines(log_record()) + b'{"message": "')
        for _ in range(megabytes):
            stream.write(b"line " * 209_715 + b".")
        stream.write(b'"}\n'.rjust(4) + lines(log_record()))
