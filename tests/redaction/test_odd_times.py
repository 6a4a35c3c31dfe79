"""Where a time should be, other text is dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.artifact_samples import (
    PROMPT_RENDERED,
    ROOT_SESSION,
    TOOL_INVOKED,
    lines,
    log_record,
    rendered_event,
    slice_of,
    snapshot,
    tool_event,
    write_files,
)

from wink_debug_bundle import DebugBundle, redact
from wink_debug_bundle.database.catalog import describe_schema
from wink_debug_bundle.redaction.following.odd_times import TIME_COLUMNS

pytest.importorskip("re2", reason="the extra redact installs google-re2")

ODD = "2026-11-22 hunter2correct"
MOMENT = "2026-11-22T10:00:00+02:00"


def test_columns_of_times_have_times_alone(tmp_path: Path) -> None:
    """What nothing tells from other words goes, the time of another zone stays, and the bundle is sound."""
    records = [log_record(timestamp=ODD, level="ERROR", event="desk.failed"), log_record(timestamp=MOMENT)]
    events = [
        slice_of(TOOL_INVOKED, tool_event(created_at=ODD)),
        slice_of(PROMPT_RENDERED, rendered_event(created_at=ODD)),
    ]
    snapshots = lines(snapshot(ROOT_SESSION, *events, created_at=ODD))
    folder = write_files(tmp_path / "debug", {"session.log": lines(*records), f"{ROOT_SESSION}.jsonl": snapshots})
    DebugBundle.from_directory(folder, output=tmp_path / "b.db").close()
    redact(tmp_path / "b.db", tmp_path / "new.db", jobs=1)
    with DebugBundle.open(tmp_path / "b.db") as before, DebugBundle.open(tmp_path / "new.db") as after:
        assert after.verify().is_sound
        assert after.query("SELECT timestamp FROM logs ORDER BY id").fetchall() == [("",), (MOMENT,)]
        for table, column in TIME_COLUMNS:
            sql = f"SELECT count(*) FROM {table} WHERE {column} = ?"
            assert after.query(sql, [ODD]).fetchone() == (0,)
            assert table == "runs" or before.query(sql, [ODD]).fetchone() != (0,), table
        assert after.query("SELECT time FROM times").fetchall() == [(MOMENT,)]
        assert after.query("SELECT sum(count) FROM redactions WHERE rule = 'no-time'").fetchone() == (6,)


def test_all_columns_of_times_are_known() -> None:
    """A column of the schema that has times as artifacts write them is one of those that are looked at."""
    computed = {("files", "modified_at"), ("file_entries", "modified_at"), ("artifacts", "modified_at")}
    times = {
        (relation.name, column.name)
        for relation in describe_schema(shares_text=False)
        for column in relation.columns
        if relation.kind == "table" and column.redaction == "keep" and "ISO 8601" in column.description
    }
    assert times - computed - {("bundle_meta", "created_at"), ("times", "utc")} == set(TIME_COLUMNS)
