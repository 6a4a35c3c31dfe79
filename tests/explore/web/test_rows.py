"""The rows that pages and exports of a served bundle have: all of them, each once, in an order that is right."""

from __future__ import annotations

import csv
import http.client
import io
import re
import shutil
import socket
import sqlite3
import urllib.parse
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from support.artifact_samples import (
    ROOT_SESSION,
    TOOL_INVOKED,
    column,
    lines,
    log_record,
    slice_of,
    snapshot,
    tool_event,
    write_files,
)
from support.served_bundle import serve_bundle

from wink_debug_bundle import DebugBundle

OFFSETS = ("+00:00", "+05:00", "-08:00", "+00:00")
TIMES = [f"2026-01-0{1 + number % 3}T{(number * 7) % 24:02}:00:00{OFFSETS[number % 4]}" for number in range(71)]
"""Times of three days in three offsets; many rows have each of them."""

EVENTS, LOGS = 1200, 2500


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    events = [
        tool_event(f"event-{number * 13 % 1201:04}", timestamp=TIMES[number % len(TIMES)]) for number in range(EVENTS)
    ]
    logs = [
        log_record(timestamp=TIMES[number % len(TIMES)], level="ERROR" if number < 40 else "INFO", message=f"m{number}")
        for number in range(LOGS)
    ]
    files = {"a.jsonl": lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, *events))), "a.log": lines(*logs)}
    DebugBundle.from_directory(write_files(folder / "debug", files), output=folder / "rows.db").close()
    return folder / "rows.db"


@pytest.fixture(scope="module")
def site(bundle):
    with serve_bundle(bundle) as running:
        yield running


class TestOrder:
    """Times in different time zones, and rows of one time on both sides of a page's end."""

    @pytest.mark.parametrize(
        ("table", "query", "is_falling"),
        [
            ("tool_invocations", "", False),
            ("tool_invocations", "_sort=timestamp&", False),
            ("tool_invocations", "_sort_desc=timestamp&", True),
            ("logs", "_sort=timestamp&", False),
            ("logs", "_sort_desc=timestamp&", True),
            ("execution_timeline", "", False),
        ],
    )
    def test_pages_are_in_order_of_time(self, site, bundle, table, query, is_falling):
        """Each row is on one page, and its time is not before those of the page before."""
        key = {"tool_invocations": "event_id", "logs": "id"}.get(table, "timestamp")
        found = list(_all_rows(site, f"rows/{table}.json?{query}_shape=objects&_size=500"))
        moments = [datetime.fromisoformat(row["timestamp"]) for row in found]
        assert moments == sorted(moments, reverse=is_falling)
        assert sorted(row[key] for row in found) == sorted(column(bundle, f"SELECT {key} FROM {table}"))

    def test_export_is_in_order_of_time(self, site, bundle):
        """A table's CSV has each row once, in the same order."""
        found = _csv(site.get("rows/tool_invocations.csv").text)
        moments = [datetime.fromisoformat(row["timestamp"]) for row in found]
        assert moments == sorted(moments)
        assert sorted(row["event_id"] for row in found) == sorted(
            column(bundle, "SELECT event_id FROM tool_invocations")
        )

    def test_lines_end_in_lf(self, site):
        """Lines of CSV end as in exported files."""
        assert "\r" not in site.get("rows/sessions.csv").text

    def test_error_log(self, site):
        """The newest error is first, whatever its offset."""
        found = list(_all_rows(site, "rows/error_log.json?_shape=objects&_size=9"))
        moments = [datetime.fromisoformat(row["timestamp"]) for row in found]
        assert (len(found), moments) == (40, sorted(moments, reverse=True))

    def test_sort_with_a_condition_of_the_visitor(self, site, bundle):
        """A visitor's own condition stays as it is, also one that looks like an order."""
        where = "event_id in (select event_id from tool_invocations order by timestamp limit 200)"
        path = f"rows/tool_invocations.json?{urllib.parse.urlencode({'_where': where})}&_shape=objects&_size=60"
        found = [row["event_id"] for row in _all_rows(site, path)]
        assert sorted(found) == sorted(column(bundle, f"SELECT event_id FROM tool_invocations WHERE {where}"))

    @pytest.mark.parametrize("name", ["level", "message", "session_id"])
    def test_sort_by_a_column_with_equal_values(self, site, name):
        """No row is lost or shown twice where a page ends between equal values."""
        found = [row["id"] for row in _all_rows(site, f"rows/logs.json?_sort={name}&_shape=objects&_size=700")]
        assert sorted(found) == list(range(1, LOGS + 1))


class TestCsvIsWhole:
    """CSV has no place to say that rows are left out."""

    @pytest.mark.parametrize("query", ["", "&_stream=on", "&_size=max", "&_dl=1"])
    def test_own_query(self, site, query):
        """A visitor's query has all its rows, whatever the address says."""
        sql = "select id, message from logs order by id desc"
        found = _csv(site.get(f"rows.csv?{urllib.parse.urlencode({'sql': sql})}{query}").text)
        assert [int(row["id"]) for row in found] == list(range(LOGS, 0, -1))

    @pytest.mark.parametrize("query", ["", "?_stream=on", "?_size=max"])
    def test_saved_query(self, site, query):
        """A saved query has all its rows."""
        assert len(_csv(site.get(f"rows/timeline.csv{query}").text)) == EVENTS

    @pytest.mark.parametrize("query", ["", "?_stream=on", "?_size=max", "?_labels=on"])
    def test_table(self, site, query):
        """A table has all its rows, unless the address asks for a page."""
        assert len(_csv(site.get(f"rows/logs.csv{query}").text)) == LOGS

    @pytest.mark.parametrize("query", ["", "?_stream=on", "?_size=max", "?_labels=on", "?_sort_desc=id"])
    def test_view(self, bundle, tmp_path, query):
        """A view runs once for all its rows, so that one without an order of its own has each of them once."""
        shuffled = Path(shutil.copyfile(bundle, tmp_path / "shuffled.db"))
        with closing(sqlite3.connect(shuffled)) as connection:
            connection.execute("CREATE VIEW shuffled AS SELECT id, random() AS number FROM logs ORDER BY random()")
        with serve_bundle(shuffled) as site:
            found = [int(row["id"]) for row in _csv(site.get(f"shuffled/shuffled.csv{query}").text)]
        assert sorted(found) == list(range(1, LOGS + 1))
        assert (found == sorted(found, reverse=True)) == ("desc" in query)

    def test_page_of_a_view(self, site):
        """A page of a view has as many rows as the address says, and begins where it says."""
        pages = [_csv(site.get(f"rows/error_log.csv?_size=25{begin}").text) for begin in ("", "&_next=25")]
        assert [len(page) for page in pages] == [25, 15]

    def test_page_of_a_table(self, site):
        """A page by its size has as many rows, and names the next one in a header."""
        answer = site.get("rows/logs.csv?_size=5")
        assert len(_csv(answer.text)) == 5
        assert re.search(r"_next=5.*rel=\"next\"", answer.headers["link"])

    def test_long_values(self, site):
        """Rows of many megabytes together arrive whole."""
        sql = "select id, hex(zeroblob(200000)) as zeros from logs where id <= 60"
        found = _csv(site.get(f"rows.csv?{urllib.parse.urlencode({'sql': sql})}").text)
        assert [len(row["zeros"]) for row in found] == [400000] * 60

    @pytest.mark.parametrize(
        ("sql", "reason"),
        [
            ("select nonsense", "no such column"),
            ("select hex(zeroblob(20000000))", "longer than"),
            ("select 1; select 2", ""),
        ],
    )
    def test_error_at_the_beginning(self, site, sql, reason):
        """An error before the first row is a page with status 400."""
        answer = site.get(f"rows.csv?{urllib.parse.urlencode({'sql': sql})}")
        assert (answer.status, reason in answer.text) == (400, True)

    def test_error_in_the_middle(self, site):
        """An error after the first rows breaks the connection, so that nobody takes the beginning for the whole."""
        sql = "select id, abs(-9223372036854775807 - (id > 2400)) as n from logs order by id"
        with pytest.raises(http.client.IncompleteRead):
            site.get(f"rows.csv?{urllib.parse.urlencode({'sql': sql})}")
        assert site.get("rows.json?sql=select+1").status == 200

    def test_workers_are_free_afterwards(self, site):
        """Exports that were read and exports that were left hold no worker."""
        sql = urllib.parse.urlencode({"sql": "select a.id from logs a, logs b"})
        for _ in range(4):
            with socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection:
                connection.sendall(f"GET /rows.csv?{sql} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
                assert b"200 OK" in connection.recv(1 << 16)
        assert len(_csv(site.get("rows.csv?sql=select+id+from+logs").text)) == LOGS


class TestJsonSaysThatRowsAreLeftOut:
    """JSON of a query has a mark for cut rows, but not in all forms."""

    SQL = "sql=select+id+from+logs"

    def test_mark(self, site):
        """The usual form has the mark."""
        assert site.get(f"rows.json?{self.SQL}").json["truncated"] is True

    @pytest.mark.parametrize("shape", ["_shape=array", "_shape=arrayfirst", "_shape=array&_nl=on"])
    def test_forms_without_a_mark(self, site, shape):
        """A bare array is refused, and the message says how to get all rows; with a limit it is not cut."""
        answer = site.get(f"rows.json?{self.SQL}&{shape}")
        assert (answer.status, "--format json" in answer.text) == (400, True)
        assert site.get(f"rows.json?{self.SQL}+limit+1000&{shape}").status == 200


def _all_rows(site, path):
    """Yield the rows of all pages."""
    while path:
        page = site.get(path).json
        yield from page["rows"]
        parts = urllib.parse.urlsplit(page["next_url"] or "")
        path = parts._replace(netloc="", scheme="").geturl()


def _csv(text):
    csv.field_size_limit(1 << 30)
    return list(csv.DictReader(io.StringIO(text)))
