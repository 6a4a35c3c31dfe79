"""Ids on the served pages lead to what they name, and long values to all of their text."""

from __future__ import annotations

import html
import json
import re
import sqlite3
import urllib.parse
from contextlib import closing
from importlib.resources import files

import pytest
from support.artifact_samples import column, log_record
from support.served_bundle import serve_bundle

LONG = "The quick brown <b>fox</b> jumps. " * 110


@pytest.fixture(scope="module")
def bundle(release_bundle):
    return release_bundle("0.27.0")


@pytest.fixture(scope="module")
def site(bundle):
    with serve_bundle(bundle) as running:
        yield running


@pytest.fixture(scope="module")
def name(bundle):
    return f"{bundle.stem.replace('.', '-')}"


@pytest.fixture(scope="module")
def long_site(tmp_path_factory):
    from wink_debug_bundle import DebugBundle

    folder = tmp_path_factory.mktemp("long")
    (folder / "debug").mkdir()
    records = [log_record(level="ERROR", message=f"{number} {LONG}") for number in range(3)]
    (folder / "debug" / "a.log").write_text("".join(f"{json.dumps(record)}\n" for record in records))
    DebugBundle.from_directory(folder / "debug", output=folder / "long.db").close()
    with serve_bundle(folder / "long.db") as running:
        yield running


def _links(text):
    """Return the addresses of the cells of a page, with what they show."""
    body = text[text.find("<tbody>") : text.rfind("</tbody>")] or text
    return [
        (html.unescape(href), html.unescape(shown))
        for href, shown in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)', body)
    ]


class TestLinks:
    """Columns with ids, on tables, views, saved queries and queries of the visitor."""

    @pytest.mark.parametrize(
        ("page", "leads_to"),
        [
            ("calls", {"run", "sessions", "logs", "tool_invocations", "entries"}),
            ("failures", {"run", "sessions", "calls", "logs"}),
            ("transcript_entries", {"run", "sessions", "calls", "logs", "entries"}),
            ("tool_calls", {"run", "sessions", "calls", "logs", "tool_invocations"}),
            ("failure-reasons", {"run"}),
            ("sample-results", {"run"}),
            ("conversation", {"sessions", "calls"}),
            ("slice_items", {"sessions", "snapshots"}),
            ("zip_parts", {"artifacts", "blob"}),
            ("files", {"file", "sessions", "artifacts"}),
            ("agent-files", {"file", "sessions"}),
            ("find-text?text=e", {"run", "sessions", "failures"}),
            ("sample_results", {"run", "artifacts"}),
        ],
    )
    def test_columns_lead_to_rows(self, site, name, page, leads_to):
        """Each kind of id on the page is a link to what it names."""
        found = {
            href.split("/")[2] for href, _ in _links(site.get(f"{name}/{page}").text) if href.startswith(f"/{name}/")
        }
        assert leads_to <= found

    def test_links_lead_to_pages(self, site, name):
        """The pages of rows that ids lead to exist."""
        addresses = {href for page in ("calls", "failures") for href, _ in _links(site.get(f"{name}/{page}").text)}
        rows = [href for href in addresses if href.split("/")[2] not in {"run", "file", "blob", "archive"}]
        assert len(rows) > 20
        assert {site.get(href.lstrip("/")).status for href in rows} == {200}

    def test_own_query(self, site, name, bundle):
        """A visitor's query has links, too, and the run's sample as their label."""
        run, sample = _row(bundle, "SELECT id, sample_id FROM runs WHERE sample_id IS NOT NULL LIMIT 1")
        text = site.get(
            f"{name}?{urllib.parse.urlencode({'sql': f'select id as run_id from runs where id = {run}'})}"
        ).text
        assert f'<a href="/{name}/run/{run}">{run}</a> <em class="cell-label">{sample}</em>' in text

    @pytest.mark.parametrize("value", ["99999", "'<script>'", "null", "x'00'", "'" + "9" * 400 + "'"])
    def test_no_link_to_nothing(self, site, name, value):
        """A value that names no row is no link, whatever it is."""
        text = site.get(f"{name}?{urllib.parse.urlencode({'sql': f'select {value} as run_id, 1 as n'})}").text
        assert f"/{name}/run/" not in text
        assert "<script>'" not in text

    def test_ids_of_others(self, site, name):
        """A provider's id of a call is no link to a row of calls."""
        assert f"/{name}/calls/" not in site.get(f"{name}?sql=select+id+as+call_id+from+calls").text

    def test_labels_are_text(self, build):
        """A label with markup is shown as text."""
        record = log_record(event="<img src=x>", context={"tool_use_id": "x"})
        with serve_bundle(build({"a.log": json.dumps(record) + "\n"})) as running:
            text = running.get("debug?sql=select+1+as+log_id").text
        assert '<a href="/debug/logs/1">1</a> <em class="cell-label">&lt;img src=x&gt;</em>' in text


class TestWholeValues:
    """Texts that are too long for a cell."""

    @pytest.mark.parametrize(
        "page",
        [
            "long/error_log",
            "long/errors",
            "long?sql=select+id,message+from+logs+order+by+id+desc",
        ],
    )
    def test_cut_cells_lead_to_all_of_it(self, long_site, page):
        """Each cut cell of a view or query leads to the page of its own value, whole."""
        for number, address in enumerate(_whole(long_site.get(page).text)):
            text = long_site.get(address.lstrip("/")).text
            shown = html.unescape(re.search(r'<pre class="whole-text">(.*?)</pre>', text, re.DOTALL)[1])
            assert shown[1:] == f" {LONG}"
            assert shown[0] == (str(2 - number) if "desc" in page else shown[0])

    def test_values_differ(self, long_site):
        """The links of three rows lead to three values."""
        addresses = _whole(long_site.get("long?sql=select+id,message+from+logs").text)
        raw = [long_site.get(f"{address.lstrip('/')}&_raw=1") for address in addresses]
        assert [answer.text for answer in raw] == [f"{number} {LONG}" for number in range(3)]
        assert {answer.headers["content-type"] for answer in raw} == {"application/octet-stream"}

    def test_cut_cells_of_a_table(self, long_site):
        """Each cut cell of a table leads to its place on the page of the row."""
        addresses = _whole(long_site.get("long/logs").text)
        assert addresses == [f"/long/logs/{number}#column-message" for number in (1, 2, 3)]
        assert html.escape(LONG) in long_site.get("long/logs/2").text

    @pytest.mark.parametrize(
        ("query", "status"),
        [("_column=message&_row=99", 404), ("_column=nothing", 400), ("", 400), ("_column=message", 200)],
    )
    def test_wrong_addresses(self, long_site, query, status):
        """A value that does not exist is an error."""
        assert long_site.get(f"long/errors.cell?{query}").status == status

    def test_long_texts_are_wide(self, long_site):
        """A long text has the class that gives its column a width, whatever the column is called."""
        text = long_site.get("long?sql=select+substr(message,1,300)+as+a+from+logs").text
        assert text.count('<div class="long-text">') == 3


class TestRows:
    """The page of one row."""

    def test_values_are_listed_downwards(self, site, name):
        """Each column is a line: its name, with its description, and its value."""
        text = site.get(f"{name}/calls/1").text
        names = re.findall(r'<dt id="column-(\w+)" title="[^"]+">\1</dt>', text)
        assert names[:3] == ["id", "run_id", "session_id"]
        assert "<table" not in text

    def test_json_is_laid_out(self, site, name, bundle):
        """JSON has a line for each of its values."""
        log = _row(bundle, 'SELECT id FROM logs WHERE context LIKE \'{"%": %, "%": %\' AND length(context) > 100')[0]
        assert re.search(r"<pre class=\"whole-text\">{\n  &#34;", site.get(f"{name}/logs/{log}").text)

    def test_what_refers_to_it(self, site, name, bundle):
        """A run's row leads to its calls, with their number, and to the page of the run."""
        run, calls = _row(bundle, "SELECT run_id, count(*) FROM calls WHERE run_id IS NOT NULL GROUP BY 1 LIMIT 1")
        links = _links(site.get(f"{name}/runs/{run}").text)
        assert (f"/{name}/calls?run_id={run}", f"{calls} in calls") in links
        assert (f"/{name}/run/{run}", "Read the run") in links

    def test_log_records_of_an_artifact(self, site, name, bundle):
        """An artifact's row leads to its log records, which have no index by artifact, and to no others."""
        sql = "SELECT artifact_id, min(id), max(id), count(*) FROM logs GROUP BY 1 ORDER BY 1 DESC LIMIT 1"
        artifact, first, last, count = _row(bundle, sql)
        links = dict(_links(site.get(f"{name}/artifacts/{artifact}").text))
        address = f"/{name}/logs?id__gte={first}&id__lte={last}"
        assert links[address] == f"{count:,} in logs"
        assert f"{count:,} rows" in site.get(address).text

    def test_log_of_a_call(self, site, name, bundle):
        """A log record's row leads to the call that it starts, which has no index by record."""
        call, log = _row(bundle, "SELECT id, started_log_id FROM calls WHERE started_log_id IS NOT NULL LIMIT 1")
        assert f"/{name}/calls/{call}" in dict(_links(site.get(f"{name}/logs/{log}").text))


class TestColumns:
    """Tables with many columns."""

    def test_runs(self, site, name, bundle):
        """The page of runs shows eight columns and leads to all; exports have all."""
        every = column(bundle, "SELECT name FROM pragma_table_info('runs')")
        assert len(_headings(site.get(f"{name}/runs").text)) == 8
        assert set(_headings(site.get(f"{name}/runs?_columns=all").text)) == set(every)
        assert site.get(f"{name}/runs.json").json["columns"] == every
        assert site.get(f"{name}/runs.csv").text.splitlines()[0].split(",") == every

    def test_chosen_columns(self, site, name):
        """Columns that the address asks for are shown, and sorting by another one works."""
        assert _headings(site.get(f"{name}/runs?_col=path&_sort=started_at").text) == ["id", "path"]


def _headings(text):
    return re.findall(r'<th [^>]*data-column="(\w+)"', text)


def _whole(text):
    return [html.unescape(address) for address in re.findall(r'<a class="whole-value" href="([^"]+)"', text)]


def _row(bundle, sql):
    with closing(sqlite3.connect(bundle)) as connection:
        return connection.execute(sql).fetchone()


def test_log_records_of_each_artifact(bundle):
    """Each artifact's log records are found by halving, wherever they stand, and none of an artifact without any."""
    with closing(sqlite3.connect(bundle)) as connection:
        sql = files("wink_debug_bundle.explore.web.cells").joinpath("logs_of_artifact.sql").read_text(encoding="utf-8")
        artifacts = [row[0] for row in connection.execute("SELECT id FROM artifacts")]
        found = {artifact: connection.execute(sql, (str(artifact),)).fetchall() for artifact in artifacts}
        real = connection.execute("SELECT artifact_id, min(id), max(id), count(*) FROM logs GROUP BY 1").fetchall()
    assert {artifact: rows for artifact, rows in found.items() if rows} == {row[0]: [row[1:]] for row in real}
