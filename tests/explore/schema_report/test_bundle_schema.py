"""The description of a bundle's tables and views that `schema` prints."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import ROOT, log_record
from support.processor_time import processor_time_below

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.database.schema_files import SHARED_TABLES, TABLES, VIEWS
from wink_debug_bundle.explore.schema_report.json_paths import json_paths
from wink_debug_bundle.explore.schema_report.relation_markdown import code, first_clause, plain
from wink_debug_bundle.explore.schema_report.schema_markdown import (
    FIRST_USED,
    MOST_USED,
    OFTEN_USED,
    SELDOM_USED,
    schema_markdown,
)
from wink_debug_bundle.explore.schema_report.worked_examples import COUNT, chosen_examples, worked_examples


@pytest.fixture(scope="module")
def runs_bundle(tmp_path_factory):
    """Return a bundle of the runs and the evaluation of release 0.27."""
    output = tmp_path_factory.mktemp("runs") / "runs.db"
    with DebugBundle.from_directory(ROOT / "fixtures" / "wink-0.27.0", output=output, recursive=True):
        return output


def changed(bundle, tmp_path, *statements):
    """Run statements on a copy of a bundle and return the copy."""
    copy = tmp_path / "changed.db"
    shutil.copy(bundle, copy)
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        for statement in ("BEGIN", *statements, "COMMIT"):
            connection.execute(statement)
    return copy


def relations(path, *names):
    """Return the tables and views of a bundle by name."""
    with DebugBundle.open(path) as bundle:
        return {relation.name: relation for relation in bundle.schema(*names).relations}


def column(relation, name):
    """Return a column of a table or view."""
    return next(column for column in relation.columns if column.name == name)


def markdown(path, *names, budget=20_000):
    """Return the schema as the command prints it."""
    with DebugBundle.open(path) as bundle:
        return schema_markdown(bundle.schema(*names), budget, named=bool(names))


class TestRelations:
    """Tables and views."""

    def test_every_table_and_view_has_its_row_count(self, runs_bundle):
        """The row counts are those that SQLite counts."""
        described = relations(runs_bundle)
        with closing(sqlite3.connect(runs_bundle)) as connection:
            names = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'"
                )
            ]
            assert set(described) == set(names)
            for name in names:
                (count,) = connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()
                assert described[name].row_count in (count, None)
                assert described[name].row_count_is_exact

    def test_some_by_name(self, runs_bundle):
        """Only the named tables are described, without the saved queries."""
        with DebugBundle.open(runs_bundle) as bundle:
            schema = bundle.schema("runs", "tool_calls")
        assert [relation.name for relation in schema.relations] == ["runs", "tool_calls"]
        assert schema.queries == ()

    def test_an_unknown_name(self, runs_bundle):
        """The error about an unknown table suggests similar names."""
        with pytest.raises(BundleError, match="no table or view is called 'run'; nearest: runs"):
            relations(runs_bundle, "run")

    def test_tables_outside_the_schema(self, runs_bundle, tmp_path):
        """Tables and views that are not part of the schema are described like all others."""
        path = changed(
            runs_bundle,
            tmp_path,
            'CREATE TABLE "my ""notes" (\n-- What I saw.\n"a|b" TEXT PRIMARY KEY -- A mark.\n) WITHOUT ROWID',
            "INSERT INTO \"my \"\"notes\" VALUES ('x'), ('y')",
            'CREATE VIEW seen AS SELECT "a|b" AS mark FROM "my ""notes"',
        )
        described = relations(path, 'my "notes', "seen")
        assert [(each.kind, each.row_count) for each in described.values()] == [("table", 2), ("view", 2)]
        assert column(described['my "notes'], "a|b").examples == ("x", "y")
        assert column(described["seen"], "mark").examples == ("x", "y")

    def test_a_broken_view_has_no_row_count(self, runs_bundle, tmp_path):
        """A view of a missing table has no row count, and the others have theirs."""
        path = changed(
            runs_bundle,
            tmp_path,
            "CREATE TABLE gone (a)",
            "CREATE VIEW broken AS SELECT a FROM gone",
            "DROP TABLE gone",
        )
        described = relations(path)
        assert described["broken"].row_count is None
        assert described["logs"].row_count > 0

    def test_an_endless_view_does_not_hold_it_up(self, runs_bundle, tmp_path):
        """Reading a view stops after a fraction of a second, and what was not read is omitted."""
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) AS s FROM n"
        path = changed(runs_bundle, tmp_path, *(f"CREATE VIEW endless_{number} AS {endless}" for number in range(20)))
        with processor_time_below(5):
            described = relations(path)
        assert described["endless_19"].row_count is None


class TestValues:
    """The values of a column."""

    def test_a_column_with_an_index_and_few_values_has_them_all(self, runs_bundle):
        """An indexed column with few values lists all of them, including values that no sampled row has."""
        event = column(relations(runs_bundle, "logs")["logs"], "event")
        with closing(sqlite3.connect(runs_bundle)) as connection:
            values = {value for (value,) in connection.execute("SELECT DISTINCT event FROM logs")}
        assert event.complete
        assert set(event.examples) == values - {None}

    def test_a_rare_value_is_found(self, build):
        """One error among ten thousand records is among the levels."""
        levels = ["INFO"] * 7000 + ["ERROR"] + ["INFO"] * 3000
        lines = "".join(json.dumps(log_record(level=level)) + "\n" for level in levels)
        assert column(relations(build({"a.log": lines}), "logs")["logs"], "level").examples == ("ERROR", "INFO")

    def test_values_come_from_all_over_a_table(self, build):
        """The sampled rows are not only the first ones."""
        loggers = [f"part{number // 1000}" for number in range(8000)]
        lines = "".join(json.dumps(log_record(logger=logger)) + "\n" for logger in loggers)
        logger = column(relations(build({"a.log": lines}), "logs")["logs"], "logger")
        assert set(logger.examples) == set(loggers)

    def test_long_values_are_cut(self, build):
        """An example is short, whatever the value is."""
        bundle = build({"a.log": json.dumps(log_record(message="x" * 100_000)) + "\n"})
        assert column(relations(bundle, "logs")["logs"], "message").examples == ("x" * 200 + "…",)

    def test_json_columns_have_their_paths(self, runs_bundle):
        """Each path of a JSON column leads SQLite's own operator to a value."""
        context = column(relations(runs_bundle, "logs")["logs"], "context")
        assert "$.tool_name" in context.json_paths
        with closing(sqlite3.connect(runs_bundle)) as connection:
            for path in context.json_paths:
                sql = "SELECT count(*) FROM logs WHERE json_type(context, ?) IS NOT NULL"
                assert ".*" in path or connection.execute(sql, (path,)).fetchone()[0] > 0

    def test_environment_variables_are_not_shown(self, runs_bundle, tmp_path):
        """Values of environment variables are not in the schema, wherever they are in the bundle."""
        secret = "sk-0123456789abcdef"
        path = changed(
            runs_bundle,
            tmp_path,
            f"UPDATE environment SET value = '{secret}' WHERE kind = 'variable'",
            f'UPDATE run_members SET content = \'{{"KEY": "{secret}"}}\'',
            f"UPDATE logs SET message = 'key {secret} refused'",
            "DROP VIEW error_log",
            "CREATE VIEW error_log AS SELECT substr(value, 1, 7) AS start, name FROM environment",
        )
        with DebugBundle.open(path) as bundle:
            assert secret not in repr(bundle.schema())
        assert secret not in markdown(path)
        assert secret[:7] not in markdown(path, "error_log")
        assert column(relations(path, "environment")["environment"], "value").examples == ()
        assert column(relations(path, "environment")["environment"], "name").examples != ()


class TestMarkdown:
    """The text that an agent reads."""

    def test_it_fits_in_an_agents_context(self, runs_bundle, evaluation_bundle):
        """It has at most 20,000 characters, with every table, view and saved query."""
        for path in (runs_bundle, evaluation_bundle):
            text = markdown(path)
            assert len(text) <= 20_000
            assert all(f"`{name}`" in text for name in relations(path))
            assert "`tool-success`" in text

    def test_values_and_paths_fit(self, runs_bundle):
        """A bundle with runs shows the events of its logs, JSON paths, and the keys of its own slice classes."""
        text = markdown(runs_bundle)
        described = relations(runs_bundle)
        events = column(described["logs"], "event").examples
        assert sum(code(event) in text for event in events) >= 40
        assert "`$.tool_name`" in text
        assert column(described["tool_calls"], "params").json_paths[0] in text
        assert all(code(each.name) in text for each in described["slice_Plan"].columns)
        for name in ("failures", "prompt_parts", "calls", "runs", "transcript_entries", "tool_calls"):
            assert all(code(each.name) in text for each in described[name].columns), name

    def test_a_table_without_rows_is_a_name(self, evaluation_bundle):
        """Tables without rows are named together, and those about the import have a line each."""
        text = markdown(evaluation_bundle)
        assert re.search(r"- Without rows: .*`runs`", text)
        [line] = [line for line in text.splitlines() if line.startswith("- `ledger`")]
        assert line.endswith("What became of every line and member.")

    @pytest.mark.parametrize(
        ("text", "clause"),
        [
            ("", ""),
            ("One. Two.", "One."),
            ("Version 1.2 of it; NULL if unknown.", "Version 1.2 of it."),
            ("Ended: 'a' (it failed; badly) or 'b', NULL else.", "Ended: 'a' or 'b', NULL else."),
            ("Where (in 'x' or 'y') it was.", "Where (in 'x' or 'y') it was."),
        ],
    )
    def test_first_clause(self, text, clause):
        """A description is shortened to what comes before a full stop or semicolon, with the values that it names."""
        assert first_clause(text) == clause

    def test_a_search_index_is_left_out(self, tmp_path):
        """The tables of a search index are only described if they are named."""
        output = tmp_path / "indexed.db"
        source = ROOT / "fixtures" / "wink-0.27.0" / "evaluation"
        DebugBundle.from_directory(source, output=output, recursive=True, search="usual").close()
        assert "`search_index" not in markdown(output)
        assert "`search_index_data`" in markdown(output, "search_index_data")

    def test_recommended_tables_exist(self):
        """Each recommended name is in one list and exists in the schema."""
        names = [*FIRST_USED, *MOST_USED, *OFTEN_USED, *SELDOM_USED]
        assert len(names) == len(set(names))
        assert set(names) <= {*TABLES, *SHARED_TABLES, *VIEWS}

    @pytest.mark.parametrize("budget", [2000, 5000, 9000, 13_000, 40_000])
    def test_any_budget_is_kept(self, runs_bundle, budget):
        """It has as many whole lines as fit into the budget."""
        text = markdown(runs_bundle, budget=budget)
        assert len(text) <= budget
        assert text.endswith("\n")
        assert "### `logs`" in text or budget < 13_000

    def test_thousands_of_tables_are_cut(self, runs_bundle, tmp_path):
        """A shortened list ends with the statement that there are more."""
        path = changed(
            runs_bundle, tmp_path, *(f"CREATE TABLE table_with_a_long_name_{number} (a)" for number in range(1000))
        )
        text = markdown(path)
        assert len(text) <= 20_000
        assert text.endswith("(More tables and views follow: name the ones you need, or raise --budget.)\n")

    def test_a_named_table_is_complete(self, runs_bundle):
        """A named table has all paths of its JSON columns."""
        context = column(relations(runs_bundle, "logs")["logs"], "context")
        text = markdown(runs_bundle, "logs")
        assert all(code(path) in text for path in context.json_paths)

    def test_hostile_names_and_values_stay_on_their_line(self, runs_bundle, tmp_path):
        """Markup, control characters and line ends in names, comments and values do not change other lines."""
        name = "a`b\n# Title <b> \x1b[2J | `` x"
        quoted = name.replace('"', '""')
        value = "```\n## Not a title\n`; DROP \u202e"
        path = changed(runs_bundle, tmp_path, f'CREATE TABLE "{quoted}" (\n-- <script> `x` # y\n"{quoted}" TEXT)')
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f'INSERT INTO "{quoted}" VALUES (?)', (value,))
            connection.commit()
        lines = markdown(path, name).split("\n")
        assert [line for line in lines if line.startswith("#")] == [
            "# Debug bundle, schema version 1",
            "## Tables",
            f"### {code(name)} (1 row)",
        ]
        assert all(char.isprintable() for line in lines for char in line)
        assert "\\<script\\>" in "".join(lines)

    @given(st.text())
    def test_code_is_one_span(self, text):
        """The fence of a code span is longer than any run of backticks in it."""
        shown = code(text)
        fence = shown[: len(shown) - len(shown.lstrip("`"))]
        assert "\n" not in shown
        assert shown.endswith(fence)
        assert fence not in shown[len(fence) : -len(fence)]

    @given(st.text())
    def test_plain_text_has_no_markup(self, text):
        """Each character that could begin markup is escaped."""
        shown = plain(text)
        assert "\n" not in shown
        for position, char in enumerate(shown):
            assert char not in "`*[]<>|#" or shown[position - 1] == "\\"


class TestWorkedExamples:
    """Questions with SQL that answers them."""

    @pytest.mark.parametrize("release", ["0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0"])
    def test_they_answer(self, release_bundle, release):
        """The report of a bundle of each generation shows six examples, which give rows on it."""
        bundle = release_bundle(release)
        text = markdown(bundle)
        shown = [example for example in worked_examples() if example.sql in text]
        assert len(shown) == COUNT
        with DebugBundle.open(bundle) as opened:
            for example in shown:
                assert opened.query(example.sql).fetchall(), example.question

    def test_every_example_can_be_shown(self, release_bundle):
        """Each example reads only the tables and views that it names, and gives rows on some bundle."""
        answered = set()
        for release in ("0.20.0", "0.27.0"):
            with DebugBundle.open(release_bundle(release)) as opened:
                filled = {each.name for each in opened.schema().relations if each.row_count}
                answered |= {
                    example.question
                    for example in worked_examples()
                    if filled.issuperset(example.reads) and opened.query(example.sql).fetchall()
                }
        assert answered == {example.question for example in worked_examples()}
        for example in worked_examples():
            assert set(re.findall(r"(?:FROM|JOIN) (\w+)", example.sql)) == set(example.reads)

    def test_a_bundle_without_rows_has_none(self):
        """No example is shown whose tables are empty."""
        assert chosen_examples(set()) == ()


class TestJsonPaths:
    """Paths to values."""

    @pytest.mark.parametrize(
        ("texts", "paths"),
        [
            (['{"a": 1, "b": {"c": [1, 2]}}'], ("$.a", "$.b.c[0]")),
            (['[{"a": null}]', '[{"a": 1, "b": {}}]'], ("$[0].a", "$[0].b")),
            (['{"a b": 1, "": 2, "ü": 3}'], ('$.""', '$."a b"', '$."ü"')),
            (['{"1": 0, "2": 0, "3": 0, "4": 0, "name": 0}'], ("$.*", "$.name")),
            (["{not json", "text", '"text"', "1", ""], ()),
            (["said", "more", '{"a": 1}'], ()),
            ([None, 1, b"{}", '{"a": 1}', '{"a": 1}', '{"a": 1}'], ("$.a",)),
            (["{}", ""], ()),
            (["[" * 100_000], ()),
        ],
    )
    def test_paths(self, texts, paths):
        """Only leaves have paths; unusual keys are quoted; keys that are data get a pattern like any key."""
        assert json_paths(texts) == paths

    @given(st.recursive(st.integers(), lambda inner: st.lists(inner, max_size=1) | st.dictionaries(st.text(), inner)))
    def test_every_path_leads_to_a_value(self, value):
        """SQLite finds a value at each path that is not a pattern."""
        text = json.dumps(value, ensure_ascii=False)  # SQLite 3.40 does not find a key that is escaped in the JSON
        with closing(sqlite3.connect(":memory:")) as connection:
            for path in json_paths([text]):
                if "*" not in path and path.isprintable() and "\\" not in path:
                    assert connection.execute("SELECT json_type(?, ?)", (text, path)).fetchone()[0] is not None
