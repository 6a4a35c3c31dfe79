"""`info`: the layout in the specification, and its additions."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from support.artifact_samples import CHILD_SESSION, OTHER_SESSION, ROOT_SESSION, column, lines, log_record, snapshot
from support.command_runner import run
from support.text_forms import form_as_asked

from wink_debug_bundle import DebugBundle


def digest_of(bundle: Path) -> str | None:
    """Return the digest that the bundle stores."""
    with DebugBundle.open(bundle) as opened:
        return opened.digest


def test_the_layout_of_the_specification(build):
    """The lines, their order and their indentation are the specification's."""
    dump = lines(snapshot(ROOT_SESSION), snapshot(CHILD_SESSION, parent=ROOT_SESSION))
    with form_as_asked():
        bundle = build({"session.jsonl": dump, "session.log": lines(*[log_record()] * 1432)})
    created, source = run_meta(bundle)
    assert (
        run("info", bundle).stdout
        == f"""\
Bundle: {bundle} ({bundle.stat().st_size / 1000:.1f} kB)
Created: {created}
Source: {source}

Outcome:
  Sessions: 2 (2 finished)
  Period: 2026-01-02 03:04:05 UTC

Sessions: 2
  - {ROOT_SESSION} (root)
    - {CHILD_SESSION}

Statistics:
  Log records: 1,432
  Tool invocations: 0
  Prompt events: 0
  Files: 0
  Total tokens: 0

Slice classes: 1, 1 of them in views with columns for their keys
  slice_Note: 4 items of app:Note

Digest: {digest_of(bundle)}

Next:
  wink-debug-bundle serve {bundle}
"""
    )


def run_meta(bundle: Path) -> tuple[str, str]:
    """Return when the bundle was made, and from what."""
    with DebugBundle.open(bundle) as opened:
        row = opened.query("SELECT created_at, source_directory FROM bundle_meta").fetchone()
    return row[0], row[1]


def test_the_numbers_of_a_real_run(run_bundle):
    """The numbers are those of `bundle.statistics`."""
    with DebugBundle.open(run_bundle) as bundle:
        statistics = bundle.statistics
    shown = run("info", run_bundle).stdout
    assert f"  Tool invocations: {statistics.tool_invocation_count}\n" in shown
    assert f"  Files: {statistics.file_count}\n" in shown
    assert f"  Total tokens: {statistics.total_input_tokens + statistics.total_output_tokens}\n" in shown


def test_grandchildren_stand_under_children(run_bundle):
    """Each generation of sessions is indented by two more spaces."""
    shown = run("info", run_bundle).stdout
    assert "  - 3e4b1302-ec6d-4774-a957-7dd055cbc3ef (root)\n" in shown
    child, grandchild = "cfa53327-a301-433a-974b-2e826ff29216", "e30f4c88-cefb-4950-ac22-0b378337af95"
    assert f"    - {child}\n      - {grandchild}\n" in shown


def test_description_and_tags(build):
    """Description and tags are printed after the source, if there are any."""
    bundle = build({"a.log": lines(log_record())}, description="Über\x1balles", tags={"run": "42", "kind": "eval"})
    assert "\nDescription: Über\\x1balles\nTags: run=42, kind=eval\n\nOutcome:\n" in run("info", bundle).stdout


def test_a_bundle_of_named_files_says_so(tmp_path):
    """A bundle made from named files has no source directory."""
    (tmp_path / "a.log").write_bytes(lines(log_record()))
    run("create", "-o", tmp_path / "x.db", "--logs", tmp_path / "a.log")
    assert "\nSource: (files named one by one)\n" in run("info", tmp_path / "x.db").stdout


def test_problems_are_counted_by_kind(build):
    """Problems are counted by kind, with the query that shows them."""
    bundle = build({"a.log": lines(log_record()) + b"{broken\n{again\n"})
    assert (
        f"\nProblems: 2\n  malformed: 2\n  See them: wink-debug-bundle query {bundle} 'SELECT * FROM problems'\n"
        in run("info", bundle).stdout
    )


def test_a_long_list_of_sessions_is_cut(build):
    """The first 5 of many sessions are listed, and the rest is counted."""
    sessions = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(23)]
    bundle = build({"a.jsonl": lines(*map(snapshot, sessions))})
    shown = run("info", bundle).stdout
    assert shown.count("(root)") == 5
    assert "  and 18 more (--all-sessions lists them)\n" in shown


def test_all_sessions_lists_every_one(build):
    """--all-sessions lists every session."""
    sessions = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(23)]
    bundle = build({"a.jsonl": lines(*map(snapshot, sessions))})
    assert run("info", bundle, "--all-sessions").stdout.count("(root)") == 23


def test_sessions_in_a_circle_are_listed_once(build):
    """Sessions that are each other's parents are listed once each."""
    bundle = build(
        {"a.jsonl": lines(snapshot(CHILD_SESSION, parent=OTHER_SESSION), snapshot(OTHER_SESSION, parent=CHILD_SESSION))}
    )
    shown = run("info", bundle).stdout
    assert (shown.count(CHILD_SESSION), shown.count(OTHER_SESSION)) == (1, 1)


def test_json_holds_everything(run_bundle):
    """--format json has the same facts."""
    described = json.loads(run("info", run_bundle, "--format", "json").stdout)
    assert described["path"] == str(run_bundle)
    assert described["size_bytes"] == run_bundle.stat().st_size
    listed = {session["session_id"] for session in described["sessions"]}
    assert listed == set(column(run_bundle, "SELECT session_id FROM sessions"))
    assert described["statistics"]["log_count"] == column(run_bundle, "SELECT count(*) FROM logs")[0]
    assert described["tags"] == {}
    assert described["problems"] == {}


def test_tags_that_are_not_json_are_shown_as_they_are(build):
    """Tags that are not JSON are printed unchanged."""
    bundle = build({"a.log": lines(log_record())})
    with sqlite3.connect(bundle) as connection:
        connection.execute("UPDATE bundle_meta SET tags = 'free text'")
    connection.close()
    assert "\nTags: free text\n" in run("info", bundle).stdout


def test_json_is_cut_as_well(build):
    """JSON lists 1,000 sessions with their depth; --all-sessions lists every one, and the statistics count all."""
    children = [snapshot(f"{number:08d}-0000-4000-8000-000000000000", parent=ROOT_SESSION) for number in range(1005)]
    bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION), *children)})
    cut = json.loads(run("info", bundle, "--format", "json").stdout)
    whole = json.loads(run("info", bundle, "--format", "json", "--all-sessions").stdout)
    assert (len(cut["sessions"]), len(whole["sessions"])) == (1000, 1006)
    assert cut["statistics"]["session_count"] == 1006
    assert [session["depth"] for session in cut["sessions"]] == [0, *[1] * 999]


def test_sessions_of_odd_times_are_in_order(build):
    """Sessions are listed by time, not by its text."""
    early, late = snapshot(ROOT_SESSION, created_at="2026-01-02T04:00:00+02:00"), snapshot(OTHER_SESSION)
    shown = run("info", build({"a.jsonl": lines(late, early)})).stdout
    assert shown.index(ROOT_SESSION) < shown.index(OTHER_SESSION)
