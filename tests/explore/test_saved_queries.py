"""The saved queries give correct answers on bundles of real artifacts."""

from __future__ import annotations

import sqlite3

import pytest
from support.artifact_samples import column
from support.processor_time import processor_time_below

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.database.schema_files import TABLES, VIEWS
from wink_debug_bundle.explore.saved_queries import THEMES, parse_query, saved_queries, saved_query

NAMES = [query.name for query in saved_queries()]
CASES = ["run", "evaluation", "repeated", "odd-values", "shared-dispatcher"]
RELEASES = ["0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0"]


def run_query(path, name, **parameters):
    """Return the rows of a saved query as dicts."""
    query = saved_query(name)
    with DebugBundle.open(path) as bundle:
        cursor = bundle.query(query.sql, {**dict.fromkeys(query.parameters), **parameters})
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


class TestLoader:
    """The list of saved queries."""

    def test_recommended_ones_come_first(self):
        """The five queries of the specification come first."""
        assert NAMES[:5] == ["tool-success", "errors", "timeline", "tokens-by-session", "agent-files"]

    def test_each_has_a_title_and_a_sentence(self):
        """Title, description and SQL of each query are not empty."""
        for query in saved_queries():
            assert query.title, query.name
            assert query.description.endswith("."), query.name
            assert query.sql.startswith(("SELECT", "WITH")), query.name

    def test_each_has_a_theme(self):
        """Every query has one of the themes, and every theme a query."""
        assert {query.theme for query in saved_queries()} == set(THEMES)

    def test_each_parameter_has_a_meaning(self):
        """A sentence says what each parameter takes, and the description does not repeat it."""
        for query in saved_queries():
            assert {*query.meanings} == {*query.parameters}, query.name
            assert all(meaning.endswith(".") for meaning in query.meanings.values()), query.name
            assert "Parameter" not in query.description, query.name
        assert saved_query("conversation").meanings["run"].endswith("failed, else the first run.")

    def test_no_name_hides_a_table(self):
        """No query has the name of a table, because Datasette serves both at the same address."""
        assert not set(NAMES) & {*TABLES, *VIEWS}

    def test_parameters_are_found_in_the_code_alone(self):
        """Colons in comments and texts do not begin parameters."""
        query = parse_query("odd", "-- Title: a\n-- More :no\nSELECT ':no', :yes, :yes -- :no\n, 1;\n")
        assert (query.title, query.description, query.parameters) == ("Title: a", "More :no", ("yes",))

    def test_unknown_name(self):
        """The error about an unknown name lists the existing names."""
        with pytest.raises(BundleError, match="there are: tool-success, errors"):
            saved_query("nonsense")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [None, "", "x"])
def test_runs(fixture_bundle, case, name, value):
    """Every query runs on every fixture, with and without its parameters."""
    parameters = dict.fromkeys(saved_query(name).parameters, value)
    assert isinstance(run_query(fixture_bundle(case), name, **parameters), list)


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("name", NAMES)
def test_runs_on_every_release(release_bundle, version, name):
    """Every query runs on a bundle of each generation of releases within a second."""
    bundle = release_bundle(version)
    with processor_time_below(1):
        assert isinstance(run_query(bundle, name), list)


@pytest.fixture
def spoiled_bundle(run_bundle, tmp_path):
    """Return a bundle whose text columns hold neither JSON nor times, except log records of calls."""
    path = tmp_path / "spoiled.db"
    path.write_bytes(run_bundle.read_bytes())
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE logs SET timestamp = 'yesterday', message = ''")
        connection.execute(
            "UPDATE logs SET context = '{\"error\": ' WHERE id NOT IN (SELECT log_id FROM entries UNION ALL "
            "SELECT coalesce(requested_log_id, 0) FROM calls UNION ALL SELECT coalesce(started_log_id, 0) FROM calls "
            "UNION ALL SELECT coalesce(ended_log_id, 0) FROM calls)"
        )
        connection.execute("UPDATE tool_invocations SET params = 'NaN', result_value = '[1', timestamp = ''")
        connection.execute(
            "UPDATE prompt_events SET result = '{', tool_names = '?', timestamp = '', total_tokens = NULL"
        )
        connection.execute("UPDATE slice_items SET payload = ''")
        connection.execute("UPDATE sessions SET tags = 'no', created_at = ''")
    connection.close()
    return path


@pytest.mark.parametrize("name", NAMES)
def test_invalid_values_do_not_fail(spoiled_bundle, name):
    """Every query answers although the JSON columns hold no JSON."""
    assert isinstance(run_query(spoiled_bundle, name), list)


class TestAnswers:
    """Rows of saved queries on the fixtures."""

    def test_tool_success_adds_up_over_sessions(self, run_bundle):
        """A tool that two sessions called is one row, and every call is counted by its outcome."""
        rows = run_query(run_bundle, "tool-success")
        with DebugBundle.open(run_bundle) as bundle:
            [(calls,)] = bundle.query("SELECT count(*) FROM tool_calls")
        assert sum(row["call_count"] for row in rows) == calls
        ended = ("success_count", "failed_count", "raised_count", "refused_count", "unknown_count")
        assert all(sum(row[name] for name in ended) == row["call_count"] for row in rows)
        assert len({row["tool_name"] for row in rows}) == len(rows)
        rates = [(row["success_count"], row["call_count"] - row["unknown_count"], row["success_rate"]) for row in rows]
        assert all(rate == round(100 * good / known, 1) for good, known, rate in rates)

    def test_failed_tool_calls_have_their_messages(self, run_bundle):
        """A failed call's row has the tool's message."""
        messages = [row["error"] for row in run_query(run_bundle, "failed-tool-calls")]
        assert "No such note: notes/缺.md" in messages

    def test_errors_are_grouped_and_come_before_warnings(self, release_bundle):
        """Each event is one row, critical records come first and warnings last, and the counts add up."""
        found = run_query(release_bundle("0.20.0"), "errors")
        levels = [row["level"] for row in found]
        assert levels == sorted(levels, key=["CRITICAL", "ERROR", "WARNING"].index)
        assert {*levels} == {"CRITICAL", "ERROR", "WARNING"}
        assert len({(row["level"], row["event"]) for row in found}) == len(found)
        [total] = column(release_bundle("0.20.0"), "SELECT count(*) FROM error_log")
        assert sum(row["count"] for row in found) == total

    def test_session_tree_names_every_session_once(self, run_bundle):
        """A child is listed under its parent, one level deeper."""
        rows = run_query(run_bundle, "session-tree")
        depths = {row["session_id"]: row["depth"] for row in rows}
        with DebugBundle.open(run_bundle) as bundle:
            assert sorted(depths) == sorted(bundle.session_ids)
        children = [row for row in rows if row["parent_session_id"]]
        assert children
        assert all(row["depth"] == depths[row["parent_session_id"]] + 1 for row in children)

    def test_session_tree_survives_a_cycle(self, run_bundle, tmp_path):
        """Sessions that are their own ancestors are listed without a depth."""
        path = tmp_path / "cycle.db"
        path.write_bytes(run_bundle.read_bytes())
        with sqlite3.connect(path) as connection:
            connection.execute("UPDATE sessions SET parent_session_id = session_id")
        connection.close()
        rows = run_query(path, "session-tree")
        assert rows
        assert {row["depth"] for row in rows} == {None}

    def test_session_story_takes_the_root_without_an_id(self, run_bundle):
        """Without a session id the story is that of the bundle's root session."""
        with DebugBundle.open(run_bundle) as bundle:
            ((root,),) = bundle.query("SELECT root_session_id FROM bundle_meta")
        story = run_query(run_bundle, "session-story")
        assert {row["source"] for row in story} == {"log", "tool", "prompt"}
        assert story == run_query(run_bundle, "session-story", session_id=root)

    def test_find_text_finds_it_everywhere(self, run_bundle):
        """A text is found in logs, tool calls and files."""
        found = {row["found_in"] for row in run_query(run_bundle, "find-text", text="note")}
        assert found >= {"logs", "tool_calls"}
        assert run_query(run_bundle, "find-text", text="") == []

    def test_troubled_sessions_names_the_failed_samples(self, evaluation_bundle):
        """A sample whose tool raised is listed with its number of failures."""
        with DebugBundle.open(evaluation_bundle) as bundle:
            failed = bundle.query(
                "SELECT DISTINCT session_id FROM tool_invocations WHERE result_success = 0"
            ).fetchall()
        troubled = {row["session_id"]: row["failed_calls"] for row in run_query(evaluation_bundle, "troubled-sessions")}
        assert failed
        assert all(troubled[session] > 0 for (session,) in failed)

    def test_troubled_sessions_are_those_with_trouble(self, release_bundle):
        """Runs that ended with an exception come first, with the reason; a session that only has warnings is no trouble."""
        found = run_query(release_bundle("0.27.0"), "troubled-sessions")
        kinds = [row["trouble"].split()[0] for row in found]
        assert kinds == sorted(kinds, key=["run", "sample", "error", "call", "prompt"].index)
        assert "run ended with ValueError: no ruler long enough 📏" in [row["trouble"] for row in found]
        parts = ("errors", "failed_calls", "unfinished_prompts")
        assert all(
            kind in ("run", "sample") or any(row[part] for part in parts)
            for kind, row in zip(kinds, found, strict=True)
        )
        failed = column(
            release_bundle("0.27.0"),
            "SELECT DISTINCT session_id FROM failures WHERE kind IN ('run', 'sample') AND session_id IS NOT NULL",
        )
        assert {*failed} <= {row["session_id"] for row in found}
        warned = column(
            release_bundle("0.20.0"),
            "SELECT session_id FROM logs GROUP BY 1 HAVING max(level = 'WARNING') AND NOT max(level IN ('ERROR', 'CRITICAL'))",
        )
        troubled = run_query(release_bundle("0.20.0"), "troubled-sessions")
        assert {*warned} - {row["session_id"] for row in troubled}

    def test_stalls_are_sorted_and_long(self, evaluation_bundle):
        """The longest gap is first: the provider's throttling of half a second; without a number only 30 s count."""
        gaps = run_query(evaluation_bundle, "stalls", seconds=0.01)
        seconds = [row["seconds"] for row in gaps]
        assert seconds == sorted(seconds, reverse=True)
        assert gaps[0]["event_before"] == "prompt_throttled"
        assert seconds[-1] >= 0.01
        assert run_query(evaluation_bundle, "stalls") == []

    def test_import_problems_tell_the_place(self, build):
        """A malformed line is listed with its number."""
        good = (
            '{"timestamp": "2026-01-01T00:00:00+00:00", "level": "INFO", "logger": "a", "message": "b", "context": {}}'
        )
        path = build({"session.log": f"{good}\nnot json\n{good}\n"})
        (problem,) = run_query(path, "import-problems")
        assert (problem["artifact"], problem["line"], problem["kind"]) == ("session.log", 2, "malformed")
        assert problem["kept_bytes"] == len("not json")
