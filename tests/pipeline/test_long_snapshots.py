"""A snapshot of any size is read like a small one, in memory that its size does not decide."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from support.artifact_samples import (
    FIXTURES,
    ROOT_SESSION,
    TOOL_INVOKED,
    archive,
    column,
    lines,
    rows,
    slice_of,
    snapshot,
    tool_event,
)
from support.bundle_comparison import tables_that_differ
from support.process_table import needs_linux

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.snapshots import long_snapshot
from wink_debug_bundle.artifacts.streams import json_cursor, line_blocks

RUN = next((FIXTURES.parent / "wink-0.27.0" / "runs").glob("*.zip"))


@pytest.fixture
def long_lines(monkeypatch):
    """Read every snapshot like one that does not fit in memory, looking at 300 bytes at a time."""

    def shorten():
        for module in (line_blocks, long_snapshot):
            monkeypatch.setattr(module, "LONG_SNAPSHOT", 10)
        monkeypatch.setattr(json_cursor, "WINDOW_BYTES", 300)

    return shorten


KEPT = {"raw_records", "blobs", "blob_chunks"}
"""Tables that hold the bytes of long lines."""

BUILD_TABLES = {"artifacts", "bundle_meta", "digests", "ledger"}
"""Tables that tell the folders of two builds apart, and lines that were read together from lines that were not."""


class TestEqualRows:
    """The rows of a long snapshot."""

    @pytest.mark.parametrize("version", ["0.19.0", "0.21.0", "0.27.0"])
    def test_of_releases(self, tmp_path, release_bundle, long_lines, version):
        """Snapshots of the library give rows that say the same as if they were short, and each line is proven."""
        long_lines()
        source = FIXTURES.parent / f"wink-{version}"
        output = tmp_path / "long.db"
        with DebugBundle.from_directory(source, output=output, recursive=True, keep_unrecognised=True) as bundle:
            assert [finding.text for finding in bundle.verify().findings] == []
        assert set(tables_that_differ(release_bundle(version), output, is_json_by_value=True)) <= KEPT | {
            "digests",
            "ledger",
        }

    @pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
    def test_unusual(self, build, long_lines, pack):
        """Values that JSON does not know, deep items, both forms of slices and repeated keys are read alike."""
        deep = json.loads("[" * 40 + "]" * 40)
        data = lines(
            snapshot(ROOT_SESSION, slice_of("a:B", float("nan"), deep, "x]}", 7, {}, {"é": "\ud800"}), slice_of("a:C")),
            snapshot(ROOT_SESSION, slices={"a:B": [1, 2], "a:C": 3}),
            snapshot(ROOT_SESSION, slices=[7, {"items": 4}]),
            b'{"slices": [{"slice_type": "a:D", "items": [1, 2], "items": [3]}], "tags": {"session_id": "s"}}',
            b'{"slices": [], "slices": [{"slice_type": "a:D", "items": [9]}], "tags": {"session_id": "s"}}',
            b'  {"tags": {"session_id": "s"} , "slices" : [ { "items" : [ 1 , {"a":1} ] , "slice_type" : "a:E"} ] }  ',
        )
        short = build({"a.jsonl": pack(data)}, "short")
        long_lines()
        long = build({"a.jsonl": pack(data)}, "long")
        assert set(tables_that_differ(short, long)) <= KEPT | BUILD_TABLES
        assert rows(long, "SELECT count(*), count(blob_sha256), count(raw) FROM raw_records") == [(6, 6, 0)]

    @pytest.mark.parametrize(
        "line",
        [
            b'{"slices": [{"items": [1, 2}], "tags": {"session_id": "s"}}',
            b'{"slices": [{"items": [1, ]}], "tags": {"session_id": "s"}}',
            b'{"slices": [{"items": [1, tru]}], "tags": {"session_id": "s"}}',
            b'{"slices": [{"items": [1]}], "tags": {"session_id": "s"}',
            b'{"slices": [{"items": [1]}], "tags": {"session_id": "s"}} x',
            b'{"slices": [{"items": [1]},], "tags": {"session_id": "s"}}',
            b'{"slices": [{"items": ["a]}], "tags": {"session_id": "s"}}',
            b'{"slices": [{"items": [' + b"[" * 600 + b"]" * 600 + b']}], "tags": {"session_id": "s"}}',
            b'["slices"]',
        ],
    )
    def test_malformed(self, build, long_lines, line):
        """A long line that is no snapshot has no rows, and a problem with its bytes."""
        long_lines()
        path = build({"a.jsonl": lines(snapshot(), line, snapshot())})
        assert rows(path, "SELECT kind, line, size_bytes FROM problems JOIN blobs ON sha256 = blob_sha256") == [
            ("malformed", 2, len(line))
        ]
        assert column(path, "SELECT line FROM snapshots") == [1, 3]
        assert column(path, "SELECT count(*) FROM slice_items") == [4]

    def test_too_long_value(self, build, long_lines, monkeypatch):
        """Where one item does not fit in memory, the line is kept, and the problem says why it was not read."""
        long_lines()
        monkeypatch.setattr(json_cursor, "LINE_LIMIT", 2000)
        path = build({"a.jsonl": lines(snapshot(), snapshot(ROOT_SESSION, slice_of("a:B", "x" * 9000)))})
        assert rows(path, "SELECT kind, line FROM problems") == [("too long", 2)]
        assert "one item" in column(path, "SELECT error FROM problems")[0]

    def test_in_a_run(self, build, long_lines):
        """Snapshots in the zip of a run are read alike, and call for call the same tool calls come of them."""
        with zipfile.ZipFile(RUN) as run:
            members = {info.filename: run.read(info) for info in run.infolist()}
        packed = archive(members)
        short = build({"run.zip": packed}, "short")
        long_lines()
        long = build({"run.zip": packed}, "long")
        assert set(tables_that_differ(short, long, is_json_by_value=True)) <= KEPT | BUILD_TABLES


class TestManyItems:
    """Many small items."""

    def test_divided(self, build, monkeypatch):
        """A line with very many items is read in batches, and the items keep their order and positions."""
        monkeypatch.setattr(long_snapshot, "_MOST_COMMAS", 50)
        monkeypatch.setattr(long_snapshot, "_BATCH_WEIGHT", 1000)
        many = snapshot(ROOT_SESSION, slice_of("a:B", *range(300)), slice_of(TOOL_INVOKED, tool_event()))
        path = build({"a.jsonl": lines(snapshot(), many, snapshot())})
        assert column(path, "SELECT payload FROM slice_items WHERE slice_type = 'a:B' ORDER BY id") == [
            str(number) for number in range(300)
        ]
        assert column(path, "SELECT DISTINCT snapshot_id FROM slice_items WHERE slice_type = 'a:B'") == [2]
        assert rows(path, "SELECT snapshot_id, item_index FROM tool_invocations") == [(2, 0)]


BUILD = r"""
import re, sys
from pathlib import Path
from wink_debug_bundle import DebugBundle
DebugBundle.from_directory(sys.argv[1], output=Path(sys.argv[1], "out.db"), jobs=1).close()
print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@needs_linux
@pytest.mark.slow
@pytest.mark.parametrize("compressed", [False, True])
def test_memory(tmp_path, compressed):
    """A snapshot of 300 MiB takes at most 250 MB, compressed or not, and all of its items are there."""
    _write_snapshot(tmp_path / ("a.jsonl.gz" if compressed else "a.jsonl"), 75)
    done = subprocess.run([sys.executable, "-c", BUILD, tmp_path], check=True, stdout=subprocess.PIPE)
    assert int(done.stdout) >> 10 < 250
    assert rows(tmp_path / "out.db", "SELECT item_count FROM snapshots") == [(75 * 1000,)]
    assert column(tmp_path / "out.db", "SELECT count(*) FROM slice_items") == [75_000]


def _write_snapshot(path: Path, thousands: int) -> None:
    """Write a snapshot of so many thousand tool events of about 4 KiB."""
    events = [
        json.dumps(tool_event(f"@-{number}", call_id=f"@-{number}", rendered_output="text " * 750))
        for number in range(1000)
    ]
    block = ", ".join(events).encode()
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as stream:
        stream.write(b'{"children_ids": [], "created_at": "2026-01-02T03:04:05+00:00", "parent_id": null, "slices": [')
        stream.write(b'{"item_type": "%b", "items": [' % TOOL_INVOKED.encode())
        for number in range(thousands):
            stream.write((b", " if number else b"") + block.replace(b"@", b"%d" % number))
        stream.write(b'], "slice_type": "%b"}], ' % TOOL_INVOKED.encode())
        stream.write(b'"tags": {"session_id": "%b"}, "version": "1"}\n' % ROOT_SESSION.encode())
