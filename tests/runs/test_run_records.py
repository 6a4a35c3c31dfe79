"""The records that belong to a run, and facts found in them that the run's other members lack."""

from __future__ import annotations

import json

import pytest
from support.artifact_samples import archive, column, lines, log_record, rows, snapshot
from support.run_zip_sample import PREFIX, RUN_ZIP_NAME

from wink_debug_bundle import DebugBundle


def test_logs_beside_runs(tmp_path, members):
    """A log beside run zips belongs to none of the runs."""
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / RUN_ZIP_NAME).write_bytes(archive(members))
    (folder / "other.log").write_bytes(lines(log_record()))
    (folder / "other.jsonl").write_bytes(lines(snapshot("s-other")))
    with DebugBundle.from_directory(folder, output=tmp_path / "b.db"):
        pass
    assert column(tmp_path / "b.db", "SELECT session_id FROM logs WHERE message = 'something happened'") == ["s-other"]
    assert column(tmp_path / "b.db", "SELECT log_count FROM runs") == [313]


def test_session_that_only_the_log_names(build_run, members):
    """A run without a session in its manifest has the session that its log names, and so have its records."""
    manifest = json.loads(members[f"{PREFIX}manifest.json"])
    manifest["request"]["session_id"] = None
    log = lines(log_record(), log_record(context={"session_id": "s-1"}), log_record())
    bundle = build_run({f"{PREFIX}manifest.json": json.dumps(manifest).encode(), f"{PREFIX}logs/app.jsonl": log})
    assert column(bundle, "SELECT session_id FROM runs") == ["s-1"]
    assert column(bundle, "SELECT session_id FROM logs") == ["s-1"] * 3


@pytest.mark.parametrize("tags", ["", None, [], 1])
def test_tags_that_are_no_object(build_run, tags):
    """A run's session has no tags if those of its later dump are not an object."""
    dumps = lines(snapshot("s-1", created_at="2026-01-01"), snapshot("s-1", created_at="2026-02-02", tags=tags))
    manifest = lines({"request": {"session_id": "s-1", "status": "error"}})
    bundle = build_run({f"{PREFIX}manifest.json": manifest, f"{PREFIX}session/after.jsonl": dumps})
    assert rows(bundle, "SELECT session_id, tags FROM sessions") == [("s-1", "{}")]


def test_tokens_of_a_failed_run(build_run):
    """A run without metrics and events has the tokens of its last prompt's evaluations, computed quickly."""
    manifest = {"request": {"session_id": "s-1", "status": "error"}}
    used = [("inner", 1, 2)] * 2 + [("outer", 30, 4)] * 4000
    log = [
        log_record(
            event="sdk.evaluate.complete",
            context={"prompt_name": name, "input_tokens": given, "output_tokens": got},
        )
        for name, given, got in used
    ]
    name, content = f"{PREFIX}manifest.json", json.dumps(manifest).encode()
    bundle = build_run({name: content, f"{PREFIX}logs/app.jsonl": lines(*log)})
    columns = "input_tokens, output_tokens, total_tokens, prompt_count, tokens_source"
    assert rows(bundle, f"SELECT {columns} FROM runs") == [(120_000, 16_000, 136_000, 4000, "logs")]
