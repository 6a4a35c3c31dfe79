"""The rows of a snapshot whose text is a blob are made again from the text, and compared with the stored ones."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from support.artifact_samples import ROOT_SESSION, TOOL_INVOKED, column, lines, slice_of, snapshot, tool_event
from support.process_table import needs_linux

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts.snapshots import long_snapshot
from wink_debug_bundle.artifacts.streams import json_cursor, line_blocks

NOTES = [{"text": f"note {number}"} for number in range(200)]
DEEP = json.loads("[" * 400 + "]" * 400)
TOO_DEEP = b'{"slices": [{"items": [' + b"[" * 900 + b"]" * 900 + b']}], "tags": {"session_id": "s"}}'
SECOND = slice_of("other:ToolInvoked", tool_event("event-1", name="other"), tool_event("event-2", name="two"))
REPEATED = b'{"slices": {"a:B": [1], "a:C": [2], "a:B": [3]}, "tags": {"session_id": "s"}}'


@pytest.fixture
def long_lines(monkeypatch):
    """Read every snapshot like one that does not fit in memory, a few items at a time."""
    for module in (line_blocks, long_snapshot):
        monkeypatch.setattr(module, "LONG_SNAPSHOT", 10)
    monkeypatch.setattr(long_snapshot, "_BATCH_WEIGHT", 1000)
    monkeypatch.setattr(json_cursor, "WINDOW_BYTES", 300)


@pytest.fixture
def bundle(build, long_lines) -> Path:
    """Return a bundle whose second line is a long snapshot with notes and events."""
    events = slice_of(TOOL_INVOKED, tool_event("event-1"), tool_event("event-1", name="again"))
    line = snapshot(ROOT_SESSION, slice_of("app:Note", *NOTES), events, slice_of("app:Last", 7))
    return build({"a.jsonl": lines(snapshot("s"), line)})


def findings(path: Path, against: Path | None = None) -> list[tuple[int | None, str]]:
    """Return the line and the text of each finding that names the artifact."""
    with DebugBundle.open(path) as opened:
        found = opened.verify(against=against).findings
    return [(finding.line, finding.text) for finding in found if finding.artifact == "a.jsonl"]


def changed(path: Path, statement: str) -> Path:
    """Return a copy of the bundle after the statement."""
    copy = path.with_name("changed.db")
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        assert connection.execute(statement).rowcount >= 1
    return copy


def test_sound(bundle, tmp_path):
    """What was not changed is no finding, and its bytes are proven."""
    assert findings(bundle, tmp_path / "debug") == []
    assert column(bundle, "SELECT count(blob_sha256) FROM raw_records") == [2]


@pytest.mark.parametrize(
    "line",
    [
        snapshot(ROOT_SESSION, slice_of("a:B", float("nan"), float("inf"), -float("inf"))),
        snapshot(ROOT_SESSION, slice_of("a:B", {"é": "\ud800"}, "\udfff", 'x]}\\"')),
        snapshot(ROOT_SESSION, slice_of("a:B", 2**64, -(2**64), 2**63, 1e300, 10**400)),
        snapshot(ROOT_SESSION, slice_of("a:B", DEEP, {"a": DEEP})),
        snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, tool_event("event-1")), SECOND),
        snapshot(ROOT_SESSION, slices=[7, {"items": 4}]),
        snapshot(ROOT_SESSION, slices=3),
        b'{"slices": [{"slice_type": "a:D", "items": [{"a": 1, "a": 2}], "items": [3]}], "tags": {"session_id": "s"}}',
        REPEATED,
        TOO_DEEP,
    ],
    ids=["NaN", "surrogates", "numbers", "deep", "events", "no items", "no slices", "keys", "classes", "too deep"],
)
def test_hostile(build, long_lines, tmp_path, line):
    """Values that JSON does not know, or columns cannot hold, are no finding where nothing was changed."""
    path = build({"a.jsonl": lines(snapshot("s"), line)})
    assert findings(path, tmp_path / "debug") == []


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        (
            "UPDATE slice_items SET payload = '{}' WHERE item_index = 150",
            "the column payload of its item 150 (table slice_items) is not what its kept text says",
        ),
        (
            "UPDATE slice_items SET session_id = 's' WHERE item_index = 199",
            "the column session_id of its item 199 (table slice_items) is not what its kept text says",
        ),
        (
            "UPDATE slice_items SET slice_type = 'x' WHERE slice_type = 'app:Last'",
            "the column slice_type of its item 202 (table slice_items) is not what its kept text says",
        ),
        (
            "DELETE FROM slice_items WHERE slice_type = 'app:Last'",
            "item 202 of its snapshot has no row in the table slice_items",
        ),
        (
            "DELETE FROM slice_items WHERE item_index = 100",
            "the column payload of its item 100 (table slice_items) is not what its kept text says",
        ),
        (
            (
                "INSERT INTO slice_items (session_id, slice_type, item_index, item_type, payload, snapshot_id)"
                " SELECT session_id, slice_type, 1, item_type, '8', 2 FROM slice_items WHERE slice_type = 'app:Last'"
            ),
            "the table slice_items has more than the 203 items of its snapshot",
        ),
        (
            "UPDATE snapshots SET created_at = 'x' WHERE id = 2",
            "the column created_at of its snapshot (table snapshots) is not what its kept text says",
        ),
        (
            "UPDATE snapshots SET item_count = 1 WHERE id = 2",
            "the column item_count of its snapshot (table snapshots) is not what its kept text says",
        ),
        ("DELETE FROM snapshots WHERE id = 2", "the row of its snapshot is missing in the table snapshots"),
        (
            f"UPDATE sessions SET tags = '{{}}' WHERE session_id = '{ROOT_SESSION}'",
            "the column tags of its session (table sessions) is not what its kept text says",
        ),
        (
            f"UPDATE sessions SET parent_session_id = 's' WHERE session_id = '{ROOT_SESSION}'",
            "the column parent_session_id of its session (table sessions) is not what its kept text says",
        ),
        (
            f"DELETE FROM sessions WHERE session_id = '{ROOT_SESSION}'",
            f"its session {ROOT_SESSION} has no row in the table sessions",
        ),
        (
            "UPDATE tool_invocations SET tool_name = 'x'",
            "the column tool_name of its event event-1 (table tool_invocations) is not what its kept text says",
        ),
        (
            "UPDATE tool_invocations SET item_index = 1",
            "the column item_index of its event event-1 (table tool_invocations) is not what its kept text says",
        ),
        (
            "UPDATE tool_invocations SET snapshot_id = 3",
            "the column snapshot_id of its event event-1 (table tool_invocations) names a later snapshot",
        ),
        ("DELETE FROM tool_invocations", "its event event-1 has no row in tool_invocations"),
        (
            "DELETE FROM blob_chunks WHERE sha256 = (SELECT blob_sha256 FROM raw_records WHERE line = 2)",
            "chunk 0 of 1 is missing or damaged",
        ),
    ],
)
def test_changed(bundle, statement, text):
    """A changed, deleted or added row is found; the finding names the line and the table."""
    found = findings(changed(bundle, statement))
    assert [line for line, found_text in found if text in found_text and line == 2][:1] == [2]


VERIFY = r"""
import re, sys
from pathlib import Path
from wink_debug_bundle import DebugBundle
with DebugBundle.open(sys.argv[1]) as bundle:
    for finding in bundle.verify().findings:
        if finding.line is not None:
            print(finding.artifact, finding.line, finding.text, sep="|")
print(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1])
"""


@needs_linux
@pytest.mark.slow
def test_over_the_limit(tmp_path):
    """A change in a snapshot of over 64 MiB is found in memory that is less than twice the line."""
    source, path = tmp_path / "debug", tmp_path / "b.db"
    source.mkdir()
    large = slice_of("app:Note", *({"n": number, "text": "text " * 800} for number in range(17_000)))
    size = (source / "a.jsonl").write_bytes(lines(snapshot(ROOT_SESSION, large, slice_of("app:Last", float("nan")))))
    assert size > line_blocks.LINE_LIMIT
    DebugBundle.from_directory(source, output=path).close()
    outputs = []
    for bundle in (path, changed(path, "UPDATE slice_items SET payload = '{}' WHERE id = 16000")):
        done = subprocess.run([sys.executable, "-c", VERIFY, bundle], check=True, stdout=subprocess.PIPE, text=True)
        outputs.append(done.stdout.splitlines())
        assert int(outputs[-1][-1]) >> 10 < 128
    text = "the column payload of its item 15999 (table slice_items) is not what its kept text says"
    assert [output[:-1] for output in outputs] == [[], [f"a.jsonl|1|{text}"]]
