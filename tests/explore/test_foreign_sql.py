"""Names that SQLite does not have, and names that several tables have, get a word that helps."""

from __future__ import annotations

import re

import pytest

from wink_debug_bundle import BundleQueryError, DebugBundle
from wink_debug_bundle.explore.foreign_sql import FOREIGN


@pytest.fixture(scope="module")
def bundle(run_bundle):
    """Yield an open bundle."""
    with DebugBundle.open(run_bundle) as opened:
        yield opened


def message(bundle, sql):
    """Return the error message for a query."""
    with pytest.raises(BundleQueryError) as caught:
        bundle.query(sql)
    return str(caught.value).removeprefix(f"{bundle.path}: ")


@pytest.mark.parametrize("foreign", FOREIGN, ids=lambda foreign: foreign.names.split()[0])
def test_every_example_works(bundle, foreign):
    """What a message says to write instead can be run as it is."""
    sql = foreign.example if foreign.example.startswith("SELECT") else f"SELECT {foreign.example} FROM logs"
    assert bundle.query(sql).fetchall() is not None


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("SELECT median(duration_ms) FROM tool_calls", "SQLite has no median: rank the rows with percent_rank()"),
        ("SELECT p95(duration_ms) FROM tool_calls", "SQLite has no p95: rank the rows with percent_rank()"),
        ("SELECT percentile(duration_ms, 95) FROM tool_calls", "the saved query slowest-tools"),
        ("SELECT stddev(duration_ms) FROM tool_calls", "SQLite has no stddev: compute it from avg()"),
        ("SELECT * FROM logs WHERE message REGEXP 'a.c'", "SQLite has no REGEXP: use GLOB, LIKE or instr()"),
        ("SELECT NOW()", "SQLite has no NOW: write datetime('now')"),
        ("SELECT date_trunc('hour', timestamp) FROM logs", "strftime('%Y-%m-%d %H:00', timestamp)"),
        ("SELECT year(timestamp) FROM logs", "SQLite has no year: times are text"),
        ("SELECT datediff(timestamp, timestamp) FROM logs", "subtract julianday()"),
    ],
)
def test_missing_functions(bundle, sql, word):
    """A function of other databases is answered with SQLite's way, and not with names that are spelled alike."""
    known = {name for (name, *_) in bundle.query("PRAGMA function_list")}
    if {"median", "percentile"} & known & set(re.findall(r"\w+", sql)):
        pytest.skip("this SQLite is compiled with percentiles")
    found = message(bundle, sql)
    assert found.startswith("no such function: ")
    assert word in found
    assert "nearest" not in found


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY id) FROM runs", "SQLite has no percentile_cont"),
        ("SELECT extract(HOUR FROM timestamp) FROM logs", "SQLite has no extract: times are text"),
        ("SELECT current_timestamp()", "write datetime('now')"),
        ("SELECT id::text FROM logs", "SQLite has no ::: use CAST"),
        ("SELECT id FROM logs WHERE message ILIKE 'a%'", "LIKE ignores upper and lower case"),
    ],
)
def test_words_that_cannot_be_parsed(bundle, sql, word):
    """A syntax error is explained by the word of another database in the SQL."""
    assert word in message(bundle, sql)


@pytest.mark.parametrize("sql", ["SELEKT 1", "SELECT 'median' FROM", "SELECT 1 FROM logs LEFT WHERE"])
def test_other_syntax_errors(bundle, sql):
    """A syntax error without such a word has no advice."""
    assert "SQLite has no" not in message(bundle, sql)


@pytest.mark.parametrize(
    ("sql", "advice"),
    [
        (
            "SELECT session_id FROM logs JOIN tool_invocations ON 1",
            "; logs and tool_invocations have it; write logs.session_id or tool_invocations.session_id",
        ),
        (
            "SELECT session_id FROM logs AS l, sessions s WHERE 1",
            "; logs and sessions have it; write l.session_id or s.session_id",
        ),
        ("SELECT a.id FROM logs a, files b ORDER BY timestamp, ID", None),
        ("SELECT ID FROM logs, files", "; logs and files have it; write logs.ID or files.ID"),
        ("SELECT id FROM logs a JOIN logs b ON 1", "; logs have it; write a.id or b.id"),
    ],
)
def test_ambiguous_columns(bundle, sql, advice):
    """A column that several tables have is shown with each of them, or its alias, before it."""
    found = message(bundle, sql)
    assert found.startswith("ambiguous column name: ")
    if advice:
        assert found.endswith(advice)
