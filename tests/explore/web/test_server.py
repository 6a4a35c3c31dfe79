"""A bundle is served by a real process."""

from __future__ import annotations

import logging
import os
import re
import signal
import socket
import threading
import time
import urllib.parse
import urllib.request
import webbrowser

import pytest
from support.case_selection import mostly_slow
from support.served_bundle import serve_bundle, start_server

from wink_debug_bundle import BundleError, DebugBundle, InvalidBundleError
from wink_debug_bundle.database.schema_files import TABLES, VIEWS
from wink_debug_bundle.explore.saved_queries import saved_queries
from wink_debug_bundle.explore.web import server
from wink_debug_bundle.packing.bundle_file import BundleFile

ODD_NAMES = [
    "what?.db",
    "a#b.db",
    "100%41.db",
    "two words.db",
    "v1.2.3.db",
    "..db",
    "-leading.db",
    "首都は東京 é.db",
    "quo'te\".db",
    "a&b=c+d~e.db",
    "_internal.db",
    "-.db",
    "logs",
    "<b>.sqlite",
]

ORDINARY_NAMES = ["what?.db", "100%41.db", "首都は東京 é.db", "_internal.db", "<b>.sqlite"]
"""The names that each run tries; in addresses the others are like one of these."""

RICH = "def get_console():\n    print('a traceback', flush=True)\n    raise RuntimeError"
"""A stand-in for the module `rich`."""


@pytest.fixture(scope="module")
def site(run_bundle):
    with serve_bundle(run_bundle) as running:
        yield running


class TestPages:
    """Pages of a served bundle."""

    def test_index_has_the_title_and_the_questions(self, site, run_bundle):
        """The first page names the root session and links to every saved query and table."""
        with DebugBundle.open(run_bundle) as bundle:
            ((root,),) = bundle.query("SELECT root_session_id FROM bundle_meta")
        page = site.get().text
        assert f"Debug Bundle: {root}" in page
        for query in saved_queries():
            assert f'href="/run/{query.name}"' in page
        assert 'href="/run/error_log"' in page
        assert 'href="/run/blob_chunks"' not in page

    @pytest.mark.parametrize("name", [*TABLES, *VIEWS])
    def test_table(self, site, name):
        """Each table and view has a page and an API."""
        page = site.get(f"run/{name}")
        assert (page.status, "<h1" in page.text) == (200, True)
        answer = site.get(f"run/{name}.json?_shape=objects&_size=5").json
        assert answer["table"] == name
        assert answer["columns"]

    def test_table_page_explains_its_columns(self, site):
        """The descriptions of the table and its columns are above the rows."""
        page = site.get("run/tool_invocations").text
        assert "One row for each ToolInvoked event" in page
        assert "The provider&#39;s id of the call; NULL" in page

    @pytest.mark.parametrize("query", saved_queries(), ids=lambda query: query.name)
    def test_saved_query(self, site, query):
        """Each saved query has a page with its title, and answers as JSON."""
        page = site.get(f"run/{query.name}")
        assert page.status == 200
        assert f"<title>{query.title}</title>" in page.text
        answer = site.get(f"run/{query.name}.json").json
        assert (answer["query_name"], answer.get("error", None)) == (query.name, None)

    def test_parameters_reach_a_saved_query(self, site):
        """A parameter in the address becomes a parameter of the query."""
        rows = site.get("run/find-text.json?text=charge_card&_shape=array").json
        assert "tool_calls" in {row["found_in"] for row in rows}

    def test_own_sql(self, site):
        """A visitor can run SQL."""
        rows = site.get("run.json?sql=select+count(*)+as+n+from+logs&_shape=array").json
        assert rows[0]["n"] == 274

    @pytest.mark.parametrize(("most", "words"), [(9, "All as JSON, CSV"), (2000, "These as JSON, all as CSV")])
    def test_what_a_link_gives(self, site, most, words):
        """Where a page has not all rows, the link to JSON, which has no more of them, does not promise all."""
        sql = f"with+recursive+n(i)+as+(select+1+union+all+select+i%2B1+from+n+limit+{most})+select+i+from+n"
        links = site.get(f"run?sql={sql}").text.partition('class="export-links">')[2].partition("</p>")[0]
        assert re.sub("<[^>]*>", "", links) == words

    def test_sql_errors_are_only_on_the_page(self, run_bundle):
        """An error in SQL is shown on the page and not printed to the terminal."""
        with serve_bundle(run_bundle) as running:
            assert running.get("run?sql=select+nonsense").status == 400
            running.process.terminate()
            _, errors = running.process.communicate(timeout=30)
        assert errors == ""

    @pytest.mark.parametrize("path", ["no/such/page", "run/no-such-table", "run/file/0", "run?sql=delete+from+logs"])
    def test_pages_about_errors(self, site, path):
        """The page about an error looks like the others, also where Datasette finds the error, and has a way home."""
        text = site.get(path).text
        assert 'href="/-/bundle/bundle.css"' in text
        assert '<a href="/">home</a>' in text
        assert "solid red" not in text

    def test_tracebacks_of_missing_pages(self, run_bundle, tmp_path, monkeypatch):
        """A missing page prints nothing on the terminal, also where `rich` is installed, which Datasette would use."""
        (tmp_path / "rich.py").write_text(RICH)
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
        with serve_bundle(run_bundle) as running:
            assert running.get("no/such/page").status == 404
            running.process.send_signal(signal.SIGINT)
            output, _ = running.process.communicate(timeout=30)
        assert output == "returned\n"

    def test_counts_are_there_at_once(self, site):
        """The database page shows the row count of each table."""
        tables = {table["name"]: table["count"] for table in site.get("run.json").json["tables"]}
        assert tables["logs"] == 274


class TestNames:
    """Names of files and titles."""

    @pytest.mark.parametrize("name", mostly_slow(ODD_NAMES, ORDINARY_NAMES))
    def test_any_file_name(self, run_bundle, tmp_path, name):
        """Titles and saved queries work whatever the file's name is, and no file appears beside it."""
        folder = tmp_path / "odd"
        folder.mkdir()
        path = folder / name
        path.write_bytes(run_bundle.read_bytes())
        (folder / "plugins").mkdir()
        (folder / "plugins" / "evil.py").write_text("raise SystemExit('loaded')")
        (folder / "metadata.json").write_text('{"title": "evil"}')
        before = sorted(os.listdir(folder))
        with serve_bundle(path) as running:
            assert "Debug Bundle:" in running.get().text
            (database,) = running.get(".json").json.values()
            assert running.get(f"{database['path']}/logs").status == 200
            page = running.get(f"{database['path']}/tool-success").text
            assert "What tools were called" in page
            assert "charge_card" in page
        assert sorted(os.listdir(folder)) == before

    def test_name_that_is_not_utf_8(self, run_bundle, tmp_path):
        """A bundle whose name is not UTF-8 is served."""
        path = os.fsencode(tmp_path) + b"/caf\xe9.db"
        try:
            with open(path, "wb") as stream:
                stream.write(run_bundle.read_bytes())
        except OSError:
            pytest.skip("this file system takes UTF-8 names only")
        with serve_bundle(os.fsdecode(path)) as running:
            (database,) = running.get(".json").json.values()
            assert running.get(f"{database['path']}/errors").status == 200

    def test_title_without_a_root_is_the_stem(self, evaluation_bundle):
        """A bundle without a single root session has its file name as title."""
        with serve_bundle(evaluation_bundle) as running:
            assert "Debug Bundle: evaluation" in running.get().text


class TestStartAndEnd:
    """Start and end of the server."""

    def test_the_url_is_the_real_port(self, site):
        """Port 0 chooses a free port, and the printed URL has it."""
        assert site.port > 0
        assert site.url == f"http://127.0.0.1:{site.port}/"

    @pytest.mark.parametrize("busy", ["idle", "querying"])
    def test_ctrl_c_ends_it_quietly(self, run_bundle, busy):
        """After Ctrl-C, serve returns without a message and does not wait for a running query."""
        with serve_bundle(run_bundle) as running:
            if busy == "querying":
                _start_endless_query(running.url)
            running.process.send_signal(signal.SIGINT)
            # The query's client closes its connection after a minute: serve has not waited for that.
            output, errors = running.process.communicate(timeout=30)
        assert (running.process.returncode, output, errors) == (0, "returned\n", "")

    def test_sigterm_ends_it_quietly(self, run_bundle):
        """SIGTERM ends the server without a message."""
        with serve_bundle(run_bundle) as running:
            running.process.terminate()
            _, errors = running.process.communicate(timeout=30)
        assert (running.process.returncode, errors) == (-signal.SIGTERM, "")

    def test_busy_port(self, run_bundle):
        """The error about a port in use names host, port and what to do; nothing is printed."""
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            with pytest.raises(BundleError, match=rf"port {port} on 127\.0\.0\.1 is in use: .*--port 0"):
                server.serve(run_bundle, port=port, open_browser=False)

    @pytest.mark.parametrize(("host", "port"), [("nowhere.invalid", 0), ("127.0.0.1", 70000), ("192.0.2.1", 0)])
    def test_impossible_address(self, run_bundle, host, port):
        """An address on which the server cannot listen is an error that names it."""
        with pytest.raises(BundleError, match=host if port == 0 else "70000"):
            server.serve(run_bundle, host=host, port=port, open_browser=False)

    @pytest.mark.usefixtures("datasette_in_process")
    @pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
    def test_no_bundle(self, tmp_path):
        """A file that is not a bundle is refused before anything is served."""
        path = tmp_path / "x.db"
        path.write_bytes(b"no database")
        with pytest.raises(InvalidBundleError, match="not a SQLite database"):
            server.serve(BundleFile.open(path), port=0, open_browser=False)

    def test_other_hosts_are_warned_of(self, run_bundle):
        """Listening on all interfaces without a token prints a warning; the printed address opens on this machine."""
        with serve_bundle(run_bundle, host="0.0.0.0", token=False) as running:
            assert running.url.startswith("http://127.0.0.1:")
            assert running.get(Host="10.1.2.3:80").status == 200
            assert running.get(Host="evil.example").status == 421
            running.process.send_signal(signal.SIGINT)
            _, errors = running.process.communicate(timeout=30)
        assert errors.startswith(f"warning: {running.url} is open to other machines")
        assert len(errors.splitlines()) == 1

    def test_ipv6(self, run_bundle):
        """An IPv6 address is printed in brackets."""
        if not socket.has_ipv6 or not _can_listen("::1"):
            pytest.skip("no IPv6 here")
        with serve_bundle(run_bundle, host="::1") as running:
            assert running.url.startswith("http://[::1]:")
            assert running.get().status == 200

    def test_bundle_is_not_touched(self, run_bundle):
        """Serving changes neither the file nor its directory."""
        before = (run_bundle.read_bytes(), run_bundle.stat().st_mtime_ns, sorted(os.listdir(run_bundle.parent)))
        with serve_bundle(run_bundle) as running:
            running.get("run/logs")
        after = (run_bundle.read_bytes(), run_bundle.stat().st_mtime_ns, sorted(os.listdir(run_bundle.parent)))
        assert after == before


@pytest.mark.usefixtures("datasette_in_process")
@pytest.mark.filterwarnings("ignore:unclosed database:ResourceWarning")
class TestInThisProcess:
    """A server in the test's own process."""

    @pytest.fixture
    def interrupted(self, monkeypatch):
        """Replace the browser by a function that fetches the page and then interrupts."""
        opened = []

        def open_page(url):
            with urllib.request.urlopen(url, timeout=10) as response:
                opened.append((url, response.status))
            signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(webbrowser, "open", open_page)
        previous = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield opened
        signal.signal(signal.SIGINT, previous)

    def test_browser_event_and_line(self, run_bundle, interrupted, capsys, caplog):
        """The server answers as soon as the browser is opened; the printed line and the event have the URL."""
        with caplog.at_level(logging.INFO, "wink_debug_bundle"), DebugBundle.open(run_bundle) as bundle:
            bundle.serve(port=0)
        ((url, status),) = interrupted
        assert status == 200
        assert capsys.readouterr() == (f"{url}\n", "")
        (record,) = [record for record in caplog.records if getattr(record, "event", "") == "debug_bundle.serve"]
        assert (record.levelname, record.context) == ("INFO", {"url": url})
        for thread in threading.enumerate():
            if thread.name == "debug-bundle-server":
                thread.join(timeout=30)
                assert not thread.is_alive()


def _start_endless_query(url):
    """Start an endless query without waiting for its answer, and give it time to begin."""
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"
    parts = urllib.parse.urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port))
    request = f"GET /run.json?{urllib.parse.urlencode({'sql': endless})} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
    connection.sendall(request.encode())
    timer = threading.Timer(60, connection.close)
    timer.daemon = True  # so that the end of the tests does not wait for it
    timer.start()
    time.sleep(0.7)


def _can_listen(host):
    try:
        socket.create_server((host, 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_start_reports_an_error_as_such(tmp_path):
    """A process that serves a missing bundle ends with the error and prints nothing else."""
    process = start_server(tmp_path / "missing.db")
    output, errors = process.communicate(timeout=30)
    assert output == ""
    assert "InvalidBundleError" in errors.splitlines()[-1]
