"""Unusual JSON wherever a value can be: it is stored completely, and its neighbours are imported."""

from __future__ import annotations

import hashlib
import json
import zipfile

import pytest
from support.artifact_samples import (
    FIXTURES,
    PROMPT_EXECUTED,
    PROMPT_RENDERED,
    TOOL_INVOKED,
    archive,
    executed_event,
    log_record,
    rendered_event,
    rows,
    slice_of,
    snapshot,
    tool_event,
    write_files,
)
from support.bundle_checks import check_directory
from support.json_samples import UNUSUAL_JSON
from support.line_file_bundle import assert_nothing_is_lost

HERE = "put the value here"
RUN = next((FIXTURES.parent / "wink-0.27.0" / "runs").glob("*.zip"))
MEMBERS = {info.filename: zipfile.ZipFile(RUN).read(info) for info in zipfile.ZipFile(RUN).infolist()}
JSON_MEMBERS = [name for name in MEMBERS if name.endswith(".json") and "/filesystem/" not in name]

BUNDLE_ID = json.loads(MEMBERS["debug_bundle/manifest.json"])["bundle_id"].encode()


def call_record(event, **context):
    """Return a log record of an event about calls or transcripts."""
    return log_record(event=event, context={"session_id": "s", "tool_name": "t", "call_id": "c"} | context)


LOG_RECORDS = [
    log_record(context=HERE),
    log_record(context={"session_id": "s", "value": HERE}),
    log_record(context={"session_id": HERE, "error": HERE}, level="ERROR"),
    *(log_record(**{key: HERE}) for key in ("timestamp", "level", "logger", "event", "message", "unknown")),
    {HERE: HERE, "message": "m"},
    HERE,
    [HERE],
    call_record("tool.execution.start", arguments=HERE, tool_name=HERE),
    call_record("tool.execution.complete", value=HERE, message=HERE, success=HERE),
    call_record("bridge.tool_call.start", arguments=HERE, tool_use_id=HERE),
    call_record("hook.pre_tool_use", tool_input=HERE, tool_use_id=HERE),
    call_record("transcript.entry", entry_type="tool_use", detail=HERE, sequence_number=HERE),
    call_record("transcript.entry", entry_type="tool_use", detail={"sdk_entry": {"message": HERE}}),
    call_record("transcript.entry", entry_type="tool_result", detail={"notification": {"item": HERE, "callId": HERE}}),
    call_record(
        "transcript.collector.entry", entry_type="assistant", parsed={"message": {"content": [HERE], "usage": HERE}}
    ),
    call_record("log_aggregator.log_line", content=HERE, file="a/subagents/b"),
]

SNAPSHOTS = [
    snapshot("items", slice_of("app:Item", HERE, {"a": HERE}, {HERE: [HERE]})),
    snapshot("tags", tags={"session_id": "tags", "odd": HERE}),
    snapshot("parent", tags={"session_id": "parent", "parent_session_id": HERE}),
    *(snapshot("s", **{key: HERE}) for key in ("tags", "slices", "created_at", "parent_id", "children_ids", "unknown")),
    snapshot("s", tags={"session_id": HERE}),
    snapshot("s", slices=[HERE]),
    snapshot("s", slices={"app:Item": HERE}),
    snapshot("s", {"slice_type": HERE, "item_type": HERE, "items": [HERE]}),
    *(
        snapshot("s", slice_of(kind, HERE, make(**{key: HERE})))
        for kind, make, keys in (
            (TOOL_INVOKED, tool_event, ("event_id", "session_id", "name", "params", "result", "usage", "created_at")),
            (PROMPT_RENDERED, rendered_event, ("event_id", "rendered_prompt", "descriptor", "prompt_name")),
            (PROMPT_EXECUTED, executed_event, ("event_id", "result", "usage", "adapter")),
        )
        for key in keys
    ),
    snapshot(
        "s",
        slice_of(
            PROMPT_EXECUTED,
            *(executed_event(n, usage=dict.fromkeys(("input_tokens", "output_tokens"), HERE)) for n in "ab"),
        ),
    ),
    HERE,
    [HERE],
]


def fill(record, value):
    """Return the record's line with the value at each placeholder; a key gets the value's text."""
    text = json.dumps(record).encode()
    held = json.dumps(HERE).encode()
    text = text.replace(held + b": ", (value if value.startswith(b'"') else b'"key"') + b": ")
    return text.replace(held, value)


def between_good(records, good, value):
    """Return a file of the records with the value filled in, each between two ordinary records."""
    line = json.dumps(good).encode()
    return b"\n".join(part for record in records for part in (line, fill(record, value))) + b"\n" + line + b"\n"


@pytest.mark.parametrize("name", UNUSUAL_JSON)
class TestUnusualValues:
    """Each of the unusual values."""

    def test_log_record(self, name):
        """A value is stored completely at every place in a log record."""
        data = between_good(LOG_RECORDS, log_record(message="good"), UNUSUAL_JSON[name])
        found = assert_nothing_is_lost("x.log", "log_files", data).rows["logs"]
        assert sum(row["message"] == "good" for row in found) >= len(LOG_RECORDS) + 1

    def test_snapshot(self, name):
        """A value is stored completely at every place in a snapshot: items, tags, events."""
        data = between_good(SNAPSHOTS, snapshot("good"), UNUSUAL_JSON[name])
        found = assert_nothing_is_lost("x.jsonl", "session_snapshots", data).rows["snapshots"]
        assert sum(row["session_id"] == "good" for row in found) == len(SNAPSHOTS) + 1

    def test_run_member(self, name, tmp_path):
        """A value is stored as a JSON member of a run zip, and as the first and last value in a member."""
        value = UNUSUAL_JSON[name]
        whole = {member: value if member in JSON_MEMBERS else data for member, data in MEMBERS.items()}
        other = {member: data.replace(BUNDLE_ID, b"another run") for member, data in MEMBERS.items()}
        within = {member: _within(data, value) if member in JSON_MEMBERS else data for member, data in other.items()}
        source = write_files(
            tmp_path / "runs", {"a.zip": archive(whole), "b.zip": archive(within), "c.zip": RUN.read_bytes()}
        )
        assert check_directory(source, tmp_path / "out.db") == "bundle"
        stored = rows(
            tmp_path / "out.db",
            "SELECT a.path, m.path, content, m.sha256, m.blob_sha256 FROM run_members m JOIN artifacts a ON a.id = run_id",
        )
        members = {"a.zip": whole, "b.zip": within, "c.zip": MEMBERS}
        for path, member, content, sha256, blob in stored:
            assert sha256 == hashlib.sha256(members[path][f"debug_bundle/{member}"]).hexdigest()
            assert blob == sha256 or hashlib.sha256(content.encode()).hexdigest() == sha256
        assert rows(tmp_path / "out.db", "SELECT status FROM runs WHERE path = 'c.zip'") == [("success",)]


def _within(data, value):
    """Return the JSON object with the value at its first and last key, and at each key of its inner objects."""
    loaded = json.loads(data)
    keys = list(loaded) if isinstance(loaded, dict) else []
    changed = {key: HERE if key in (keys[0], keys[-1]) else _marked(loaded[key]) for key in keys}
    return fill(changed, value)


def _marked(value):
    return dict.fromkeys(value, HERE) if isinstance(value, dict) else value
