"""Charts: SQL and a specification for Vega, both in files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from support.artifact_samples import ROOT, log_record
from support.large_artifacts import log_lines

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.saved_charts import CHARTS, VEGA, saved_charts

MOST_ROWS = 400
"""Rows that a chart may have; a page shows 1,000 of a query."""

each_chart = pytest.mark.parametrize("chart", saved_charts(), ids=lambda chart: chart.name)


def columns_read(value: object) -> Iterator[str]:
    """Yield the names of the columns that a specification reads."""
    if isinstance(value, dict):
        if isinstance(value.get("field"), str):
            yield value["field"]
        for inner in value.values():
            yield from columns_read(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from columns_read(inner)


@each_chart
def test_a_chart_says_what_it_shows(chart):
    """Each chart has a title, a description, a text for those who cannot see it, and a reason for being empty."""
    assert chart.query.title
    assert chart.query.description.endswith(".")
    assert chart.specification["description"].endswith(".")
    assert chart.empty.endswith(".")


@each_chart
def test_an_axis_says_its_unit(chart):
    """Each chart has an axis whose title says what is measured."""
    assert [axis["title"] for axis in chart.specification["axes"] if axis.get("title")]


@each_chart
def test_rows_have_what_the_picture_is_made_of(chart, release_bundle):
    """The query gives the columns that the specification reads, and no more rows than a picture can show."""
    with DebugBundle.open(release_bundle("0.27.0")) as bundle:
        cursor = bundle.query(chart.query.sql)
        columns = {name for name, *_ in cursor.description}
        rows = cursor.fetchall()
    source = json.loads((CHARTS / f"{chart.name}.vl.json").read_bytes())
    made = {step.get("as") for step in source.get("transform", ()) if "calculate" in step}
    assert set(columns_read(source)) - made < columns
    assert "note" in columns
    assert 0 < len(rows) <= MOST_ROWS


@each_chart
def test_a_bundle_without_runs(chart, run_bundle):
    """The query works on a bundle of a release that wrote no zips of runs."""
    with DebugBundle.open(run_bundle) as bundle:
        assert len(bundle.query(chart.query.sql).fetchall()) <= MOST_ROWS


def test_what_a_chart_leaves_out_is_said(run_bundle):
    """Of more tools than a chart shows, the note gives the number of the others."""
    (chart,) = [chart for chart in saved_charts() if chart.name == "tool-calls"]
    tools = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 40)"
    calls = f"calls AS ({tools} SELECT n AS id, 'tool-' || n AS tool_name, 'succeeded' AS outcome FROM n)"
    calls += ", call_evaluations AS (SELECT id AS call_id, NULL AS evaluation FROM calls)"
    with DebugBundle.open(run_bundle) as bundle:
        rows = bundle.query(chart.query.sql.replace("WITH\n", f"WITH {calls},\n", 1)).fetchall()
    assert len(rows) == 15
    assert {row[-1] for row in rows} == {"25 tools with fewer calls are not shown."}


def test_scripts_are_as_they_were_vendored():
    """The scripts that draw charts have the hashes that were noted, and each chart is compiled from its source."""
    check = [sys.executable, ROOT / "tools" / "vendor_vega.py", "--check"]
    result = subprocess.run(check, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


def test_scripts_have_licences():
    """Each vendored script has its licence beside it, and its version in the list."""
    packages = json.loads((VEGA / "vendored.json").read_bytes())["packages"]
    assert set(packages) == {"vega", "vega-interpreter"}
    for name in packages:
        assert "Redistribution and use in source and binary forms" in (VEGA / f"LICENSE-{name}").read_text()


def _chart(name):
    return next(chart for chart in saved_charts() if chart.name == name)


def test_records_of_a_frequent_level_are_estimated(build):
    """Of a level with very many records a part is looked at; those of rare levels, such as errors, are all counted."""
    error = json.dumps(log_record(level="ERROR", message="rare")).encode() + b"\n"
    log = log_lines(12_000) + error + log_lines(12_000, start=12_000) + error
    with DebugBundle.open(build({"session.log": log})) as bundle:
        ((frequent,),) = bundle.query("SELECT level FROM logs WHERE id = 1")
        rows = bundle.query(_chart("log-levels").query.sql).fetchall()
    records = {level: sum(row[3] for row in rows if row[2] == level) for level in (frequent, "ERROR")}
    assert records["ERROR"] == 2
    assert records[frequent] == pytest.approx(24_000, rel=0.02)
    assert {row[4] for row in rows} == {"Numbers of levels with more than 20,000 records are estimates."}


def test_logs_are_not_read_whole(release_bundle):
    """No chart reads all log records, which are most of a bundle: it takes an index, or some positions."""
    with DebugBundle.open(release_bundle("0.27.0")) as bundle:
        for chart in saved_charts():
            plan = [detail for *_, detail in bundle.query(f"EXPLAIN QUERY PLAN {chart.query.sql}")]
            scans = [detail for detail in plan if re.match(r"SCAN (logs|slice_items|entries)\b", detail)]
            assert all("COVERING INDEX" in detail for detail in scans), chart.name


def test_most_values_decide_the_bars(run_bundle):
    """One run that took a hundred times as long as the others does not press these into one bar."""
    runs = """runs AS (
        SELECT NULL AS latency_ms, 1000.0 + n * 10 AS duration_ms, 'passed' AS result FROM n
        UNION ALL
        SELECT NULL, 900000.0, 'failed'
    ),"""
    numbers = "n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 99),"
    sql = _chart("durations").query.sql.replace("WITH RECURSIVE\n", f"WITH RECURSIVE {numbers} {runs}\n", 1)
    with DebugBundle.open(run_bundle) as bundle:
        rows = bundle.query(sql).fetchall()
    assert len(rows) > 10
    assert sum(row[3] for row in rows) == 100
    assert {row[4] for row in rows} == {"The last bar also counts the runs above it, up to 900.0 s."}
