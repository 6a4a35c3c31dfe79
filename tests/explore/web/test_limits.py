"""What a served bundle costs at most, whatever it holds and whatever is asked of it."""

from __future__ import annotations

import csv
import io
import json
import shutil
import signal
import socket
import sqlite3
import threading
import time
import urllib.parse
from contextlib import closing

import pytest
from support.artifact_samples import ROOT_SESSION, lines, log_record, slice_of, snapshot
from support.process_table import child_processes, needs_linux, processor_seconds, proportional_bytes, wait_until
from support.served_bundle import serve_bundle

from wink_debug_bundle import DebugBundle

HEAVY = "select instr(zeroblob(16000000), zeroblob(7999999) || x'01')"
"""One instruction that takes hours and that SQLite cannot interrupt."""

MEGABYTE = 1 << 20

SOON = 8
"""Seconds: fewer than the ten of the limit on a statement, and many more than an answer takes on a busy machine."""


@pytest.fixture(scope="class")
def busy_site(run_bundle):
    with serve_bundle(run_bundle) as running:
        running.get("run/logs")
        statuses = []
        threads = [threading.Thread(target=_ask, args=(running, _heavy(number), statuses)) for number in range(50)]
        for thread in threads:
            thread.daemon = True
            thread.start()
        wait_until(lambda: len(statuses) >= 32)
        yield running, statuses


@pytest.fixture(scope="class")
def site(run_bundle):
    with serve_bundle(run_bundle) as running:
        yield running


@pytest.fixture(scope="class")
def large_site(tmp_path_factory):
    """Serve sixteen records of 2 MB."""
    folder = tmp_path_factory.mktemp("large")
    source = folder / "debug"
    source.mkdir()
    record = log_record(context={"data": "é" * MEGABYTE})
    (source / "a.log").write_text("".join(f"{json.dumps(record, ensure_ascii=False)}\n" for _ in range(16)))
    DebugBundle.from_directory(source, output=folder / "large.db").close()
    with serve_bundle(folder / "large.db") as running:
        yield running


@pytest.fixture(scope="class")
def wide_site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wide")
    source = folder / "debug"
    source.mkdir()
    items = [{f"key_{key}": f"{item} {key}" for key in range(1990)} for item in range(12)]
    (source / "a.jsonl").write_bytes(lines(snapshot(ROOT_SESSION, slice_of("app:Wide", *items))))
    DebugBundle.from_directory(source, output=folder / "wide.db").close()
    with serve_bundle(folder / "wide.db") as running:
        yield running


class TestHeavyStatements:
    """Fifty statements that cannot be interrupted, sent at once."""

    def test_a_bounded_number_waits(self, busy_site):
        """Two run, sixteen wait, and the others are refused at once with status 503 and the time to wait."""
        running, statuses = busy_site
        assert statuses[:32] == [503] * 32
        answer = running.get(_heavy())
        assert (answer.status, answer.headers["retry-after"], answer.json["ok"]) == (503, "5", False)

    @pytest.mark.parametrize(
        "path", ["", "run", "run/logs", "run/logs/1", "run/tool-success", "run/logs.json?level=INFO"]
    )
    def test_pages_are_answered(self, busy_site, path):
        """Pages without such a statement do not wait for them."""
        started = time.monotonic()
        assert busy_site[0].get(path).status == 200
        # Under one second where the machine does nothing else; the statements end after ten.
        assert time.monotonic() - started < SOON

    @needs_linux
    def test_memory(self, busy_site):
        """The server and its workers stay below 512 MB."""
        process = busy_site[0].process.pid
        assert proportional_bytes([process, *child_processes(process)]) < 512 * MEGABYTE

    def test_ctrl_c_ends_it(self, busy_site):
        """Ctrl-C ends the server and its workers while they run, without a message."""
        running, _ = busy_site
        workers = child_processes(running.process.pid)
        started = time.monotonic()
        running.process.send_signal(signal.SIGINT)
        output, errors = running.process.communicate(timeout=30)
        assert time.monotonic() - started < SOON  # two seconds where the machine does nothing else
        assert (running.process.returncode, output, errors) == (0, "returned\n", "")
        wait_until(lambda: not [pid for pid in workers if pid in child_processes(1)])


@pytest.mark.slow  # each waits for a limit of seconds
class TestOneHeavyStatement:
    """A single statement that cannot be interrupted."""

    def test_time_limit(self, run_bundle):
        """It is stopped by the time limit, and the lane works afterwards."""
        with serve_bundle(run_bundle) as running:
            answer = running.get(_heavy())
            assert (answer.status, "limit" in answer.text) == (400, True)
            assert running.get("run.json?sql=select+1").status == 200

    @needs_linux
    def test_reader_who_leaves(self, run_bundle):
        """It ends when the connection closes: other statements need not wait for the time limit."""
        with serve_bundle(run_bundle) as running:
            started = time.monotonic()
            for _ in range(6):
                request = f"GET /{_heavy()} HTTP/1.1\r\nHost: localhost\r\n\r\n"
                with closing(socket.create_connection(("127.0.0.1", running.port))) as connection:
                    connection.sendall(request.encode())
                    time.sleep(0.2)
            assert running.get("run.json?sql=select+1").status == 200
            assert time.monotonic() - started < 20  # six limits of ten seconds, on two lanes, would be thirty

    @needs_linux
    def test_killed_server(self, run_bundle):
        """The workers of a killed server end, also while they run."""
        with serve_bundle(run_bundle) as running:
            statuses = []
            threading.Thread(target=_ask, args=(running, _heavy(0), statuses), daemon=True).start()
            wait_until(lambda: len(child_processes(running.process.pid)) == 5)
            workers = child_processes(running.process.pid)
            wait_until(lambda: processor_seconds(workers) > 1)  # all have started, and one runs the statement
            running.process.kill()
            wait_until(lambda: not [pid for pid in workers if _is_running(pid)])

    @pytest.mark.parametrize(
        ("sql", "reason"),
        [
            ("select zeroblob(900000000)", "longer than any"),
            ("select length(group_concat(hex(zeroblob(8000000)))) from logs", "longer than any|more memory"),
            ("select hex(zeroblob(30000000)) || hex(zeroblob(30000000))", "longer than any|more memory"),
        ],
    )
    def test_too_much_memory(self, site, sql, reason):
        """A statement that needs too much memory fails, and says so."""
        answer = site.get(f"run.json?{urllib.parse.urlencode({'sql': sql})}")
        assert answer.status == 400
        assert any(part in answer.json["error"] for part in reason.split("|"))

    def test_hostile_view(self, run_bundle, tmp_path):
        """A view in the bundle that never ends is stopped, too, and its page cannot hold up others."""
        path = tmp_path / "run.db"
        shutil.copy(run_bundle, path)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"CREATE VIEW hostile AS {HEAVY} AS n")
        with serve_bundle(path) as running:
            running.get("run/logs")
            for _ in range(12):
                threading.Thread(target=_ask, args=(running, "run/hostile", []), daemon=True).start()
            time.sleep(0.2)
            started = time.monotonic()
            assert running.get("run/logs").status == 200
            assert time.monotonic() - started < SOON


class TestLargePages:
    """Bundles whose pages would be large."""

    def test_json_pages_end_where_their_bytes_do(self, large_site):
        """Each page has as many whole records as fit, and the next ones follow."""
        path, seen = "large/logs.json?_shape=objects", []
        while path:
            page = large_site.get(path)
            assert len(page.body) < 64 * MEGABYTE
            seen.extend(row["id"] for row in page.json["rows"])
            assert {len(row["context"]) for row in page.json["rows"]} == {MEGABYTE + len('{"data": ""}')}
            path = (
                page.json["next_url"]
                and urllib.parse.urlsplit(page.json["next_url"])._replace(netloc="", scheme="").geturl()
            )
        assert seen == list(range(1, 17))

    def test_csv_has_every_record(self, large_site):
        """A streamed export has all records."""
        rows = list(_csv(large_site.get("large/logs.csv?_stream=1&_col=id").text))
        assert [row["id"] for row in rows] == [str(number) for number in range(1, 17)]
        assert large_site.get("large/logs.csv?_stream=1").text.count('""data""') == 16

    def test_html_page_cuts_cells(self, large_site):
        """A table's page has the beginning of each value only."""
        page = large_site.get("large/logs")
        assert page.status == 200
        assert len(page.body) < MEGABYTE

    def test_page_of_one_record(self, large_site):
        """A record's page is cut where the value becomes very long, and says so; its JSON is whole."""
        page = large_site.get("large/logs/1").text
        assert "(cut here: the text has 2,097,164 bytes)" in page
        (row,) = large_site.get("large/logs/1.json?_shape=objects").json["rows"]
        assert json.loads(row["context"]) == {"data": "é" * MEGABYTE}

    def test_own_query_says_that_it_was_cut(self, large_site):
        """The result of a query is cut where its bytes are too many, and marked as truncated."""
        answer = large_site.get("large.json?sql=select+*+from+logs").json
        assert (0 < len(answer["rows"]) < 16, answer["truncated"]) == (True, True)

    @needs_linux
    def test_memory(self, large_site):
        """All this takes less than 400 MB."""
        process = large_site.process.pid
        for path in (
            "large/logs.json?_size=max",
            "large/logs.csv?_stream=1",
            "large/logs",
            "large.json?sql=select+*+from+logs",
        ):
            large_site.get(path)
        assert proportional_bytes([process, *child_processes(process)]) < 400 * MEGABYTE


class TestManyColumns:
    """A view with as many columns as SQLite allows."""

    @needs_linux
    def test_page(self, wide_site):
        """Its page with all columns has fewer rows, a link to the next ones, and does not take long."""
        used = _processor_seconds(wide_site)
        page = wide_site.get("wide/slice_Wide?_columns=all")
        assert _processor_seconds(wide_site) - used < 6  # usually less than two
        assert (page.status, "_next=" in page.text) == (200, True)

    def test_csv_has_every_row(self, wide_site):
        """A streamed export has all rows, in pages that take little time each."""
        rows = list(_csv(wide_site.get("wide/slice_Wide.csv?_stream=1").text))
        assert [row["key_1989"] for row in rows] == [f"{item} 1989" for item in range(12)]


class TestManyClasses:
    """A bundle with a thousand slice classes."""

    @needs_linux
    def test_first_pages(self, build):
        """The first page and the list of tables have all views at once."""
        slices = [slice_of(f"app.m:Class{number}", {"text": "a"}) for number in range(1000)]
        path = build({"a.jsonl": lines(snapshot(ROOT_SESSION, *slices))})
        with serve_bundle(path) as running:
            used = _processor_seconds(running)
            for page in (running.get().text, running.get("debug").text):
                assert page.count('href="/debug/slice_Class') == 1000
            assert _processor_seconds(running) - used < 5  # usually half a second


def _processor_seconds(running):
    """Return the processor time of the server and its workers."""
    return processor_seconds([running.process.pid, *child_processes(running.process.pid)])


def _heavy(number=0):
    """Return the path of a page that runs the heavy statement."""
    return f"run.json?{urllib.parse.urlencode({'sql': f'{HEAVY} -- {number}'})}"


def _ask(running, path, statuses):
    """Get a page, and note its status; the server may be ended before it answers."""
    try:
        statuses.append(running.get(path).status)
    except OSError:
        statuses.append(0)


def _csv(text):
    csv.field_size_limit(1 << 30)
    return csv.DictReader(io.StringIO(text))


def _is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stream:
            return stream.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
