"""Errors about unknown names suggest similar names."""

from __future__ import annotations

import re

import pytest
from support.artifact_samples import ROOT_SESSION, lines, slice_of, snapshot
from support.changed_bundle import changed_bundle

from wink_debug_bundle import BundleError, BundleQueryError, DebugBundle


@pytest.fixture(scope="module")
def bundle(run_bundle):
    """Yield an open bundle."""
    with DebugBundle.open(run_bundle) as opened:
        yield opened


@pytest.mark.parametrize(
    ("sql", "answer"),
    [
        ("SELECT * FROM log", "nearest: logs, error_log"),
        ("SELECT * FROM main.Log", "nearest: logs, error_log"),
        ('SELECT * FROM "tool calls"', "nearest: tool_calls"),
        ("SELECT * FROM qqqqqq", "there are: bundle_meta, sessions, logs"),
        ("SELECT evnt FROM logs", "nearest: event (logs)"),
        ("SELECT EVNT FROM LOGS", "nearest: event (logs)"),
        ("SELECT logs.evnt FROM logs", "nearest: event (logs)"),
        ("SELECT main.logs.evnt FROM logs", "nearest: event (logs)"),
        ("SELECT tokens FROM prompt_events", "nearest: total_tokens (prompt_events), input_tokens (prompt_events)"),
        ("SELECT l.evnt FROM sessions AS s JOIN logs AS l ON l.session_id = s.session_id", "nearest: event (logs)"),
        ("SELECT l.evnt FROM sessions s, logs l WHERE s.session_id = l.session_id", "nearest: event (logs)"),
        ('SELECT "l".evnt FROM "logs" "l"', "nearest: event (logs)"),
        ("SELECT session FROM logs, files", "nearest: session_id (logs, files)"),
        ("SELECT a.zzz FROM logs a", "columns of logs: id, session_id, timestamp"),
        ("SELECT tool_name FROM logs", "columns of logs: id, session_id"),
        ("SELECT '-- FROM files', evnt FROM logs -- evnto", "nearest: event (logs)"),
        ("WITH t AS (SELECT event FROM logs) SELECT t.evnt FROM t", "nearest: event (logs)"),
        ("SELECT json_extrct(context, '$.a') FROM logs", "nearest: json_extract"),
    ],
)
def test_similar_names_are_suggested(bundle, sql, answer):
    """The message about an unknown name in a query ends with the names that were probably meant."""
    with pytest.raises(BundleQueryError) as caught:
        bundle.query(sql)
    message, _, given = str(caught.value).partition("; ")
    assert message.startswith(f"{bundle.path}: no such ")
    assert given.startswith(answer)


def test_a_column_of_another_table(bundle):
    """The message also names the tables that have a column of that name."""
    with pytest.raises(BundleQueryError, match="extra; tool_name is a column of tool_invocations"):
        bundle.query("SELECT tool_name FROM logs")


def test_no_suggestion(bundle):
    """If no table of the query is known, there is no suggestion."""
    with pytest.raises(BundleQueryError, match=rf"^{re.escape(str(bundle.path))}: no such column: qqqq$"):
        bundle.query("SELECT qqqq FROM (SELECT 1 AS one)")


def test_other_messages_stay_as_they_are(bundle):
    """An error that is not about a name gets no suggestion."""
    with pytest.raises(BundleQueryError, match=rf'^{re.escape(str(bundle.path))}: near "SELEC": syntax error$'):
        bundle.query("SELEC * FROM log")


def test_an_export_of_a_table_that_is_not_there(bundle, tmp_path):
    """The Python interface suggests similar tables too."""
    with pytest.raises(BundleError, match="no table or view is called 'errorlog'; nearest: error_log"):
        bundle.export_csv("errorlog", tmp_path / "x.csv")


def test_key_without_a_column(build):
    """A key beyond the limits of a view is said to be in its payload, with the SQL that reads it."""
    key = "k" * 301
    bundle = build({"a.jsonl": lines(snapshot(ROOT_SESSION, slice_of("app:Long", {key: 7, "a": 1})))})
    with DebugBundle.open(bundle) as opened:
        with pytest.raises(BundleQueryError) as caught:
            opened.query(f"SELECT {key} FROM slice_Long")
        hint = f"""a key without a column is in slice_Long.payload: payload ->> '$."{key}"'"""
        assert hint in str(caught.value)
        assert opened.query(f"SELECT {hint.partition('payload: ')[2]} FROM slice_Long").fetchall() == [(7,)]
        (sql,) = opened.query("SELECT sql FROM sqlite_schema WHERE name = 'slice_Long'").fetchone()
        assert "with columns for 1 of the 2 keys that items have; payload holds the others" in sql


@pytest.mark.parametrize("sql", ["SELECT evaluation FROM sessions_of_runs", "SELECT evaluated FROM logs"])
def test_bundles_of_earlier_releases(run_bundle, tmp_path, sql):
    """What a bundle of an earlier release lacks may come with the command migrate; others need no such hint."""
    earlier = changed_bundle(
        run_bundle, tmp_path / "earlier.db", "ALTER TABLE bundle_meta RENAME COLUMN redaction TO other;"
    )
    for path, is_earlier in ((run_bundle, False), (earlier, True)):
        with DebugBundle.open(path) as opened, pytest.raises(BundleQueryError) as caught:
            opened.query(sql)
        assert ("the command migrate" in str(caught.value)) == is_earlier
