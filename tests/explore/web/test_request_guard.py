"""Access to a served bundle, and limits on its pages and queries."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing

import pytest
from support.served_bundle import serve_bundle

from wink_debug_bundle.database.connection import open_bundle
from wink_debug_bundle.explore.web.access.request_origin import is_loopback
from wink_debug_bundle.explore.web.datasette_metadata import metadata

ROUTES = [
    "",
    ".json",
    "run",
    "run.json",
    "run/logs",
    "run/logs.csv?_stream=1",
    "run/logs/1",
    "run/errors",
    "run?sql=select+1",
    "run?sql=nonsense",
    "run.db",
    "no-such-page",
    "-/metadata.json",
    "-/versions",
    "-/static/app.css",
    "-/bundle/bundle.css",
    "favicon.ico",
    "run/logs/",
]

FORBIDDEN = [
    "select randomblob(900000000)",
    "select fts3_tokenizer('simple')",
    "select load_extension('x')",
    "select zeroblob(999999999)",
    "with x as (select 1) insert into logs select * from logs",
    "select * from pragma_journal_mode('wal')",
]


@pytest.fixture(scope="module")
def site(run_bundle):
    with serve_bundle(run_bundle) as running:
        yield running


class TestHosts:
    """Requests by host name and path."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:80", "127.0.0.1:9999", "[::1]:8001"])
    def test_this_machine_is_answered(self, site, host):
        """Requests to this machine's own names are answered on any port, so that a tunnel works."""
        assert site.get(Host=host).status == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "evil.example:8001",
            "10.0.0.1",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "[::2]",
            "",
        ],
    )
    def test_others_are_not(self, site, host):
        """Another host name that points to this machine is refused, against DNS rebinding."""
        answer = site.get("run/logs.json", Host=host)
        assert answer.status in {400, 421}
        assert b"session" not in answer.body

    def test_evil_name_is_misdirected(self, site):
        """A wrong host name is refused with status 421."""
        assert site.get(Host="evil.example").status == 421

    @pytest.mark.parametrize("hosts", [["localhost", "evil.example"], ["evil.example", "localhost"], []])
    def test_one_host_exactly(self, site, hosts):
        """A request with two Host headers or none is refused."""
        head = "".join(f"Host: {host}\r\n" for host in hosts)
        with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
            connection.sendall(f"GET / HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode())
            status = connection.makefile("rb").readline()
        assert status.split()[1] in {b"400", b"421"}

    @pytest.mark.parametrize("path", ["/\\evil.example/", "//\\evil.example/", "/run/\\evil.example/"])
    def test_backslashes_are_refused(self, site, path):
        """A path with a backslash is refused, because browsers treat it as a slash and would follow it elsewhere."""
        answer = _answer_to(site, path)
        assert answer.split()[1] == b"400"
        assert b"location" not in answer.lower()

    @pytest.mark.parametrize("target", ["http://evil.example/", "http://evil.example/run/", "evil.example/"])
    def test_address_of_another_host(self, site, target):
        """A request line that names another host is refused, and leads nobody there."""
        answer = _answer_to(site, target)
        assert answer.split()[1] == b"400"
        assert b"location" not in answer.lower()

    def test_loopback(self):
        """is_loopback accepts the addresses that only this machine can reach."""
        assert [host for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost") if not is_loopback(host)] == []
        assert [host for host in ("0.0.0.0", "::", "192.168.1.1", "example.org", "") if is_loopback(host)] == []


class TestHeaders:
    """Security headers of responses."""

    @pytest.mark.parametrize("route", ROUTES)
    def test_every_answer_is_guarded(self, site, route):
        """Every response has the policy, type and frame headers once."""
        headers = site.get(route).headers
        (policy,) = headers.get_all("content-security-policy")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "base-uri 'none'" in policy
        assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
        assert headers.get_all("x-content-type-options") == ["nosniff"]
        assert headers.get_all("x-frame-options") == ["DENY"]
        assert headers.get("access-control-allow-origin") is None

    def test_nonces_are_new_and_on_every_script(self, site):
        """Each page marks all of its scripts with the new nonce of its policy."""
        nonces = set()
        for route in ("", "run", "run/logs", "run/errors", "run?sql=select+1"):
            page = site.get(route)
            nonce = page.headers["content-security-policy"].partition("'nonce-")[2].partition("'")[0]
            assert page.text.count("<script") == page.text.count(f'<script nonce="{nonce}"') > 0
            nonces.add(nonce)
        assert len(nonces) == 5

    def test_misdirected_answers_are_guarded(self, site):
        """Refusals have the headers too."""
        assert site.get(Host="evil.example").headers["x-content-type-options"] == "nosniff"


class TestData:
    """Limits on data and queries."""

    def test_no_download_of_the_file(self, site):
        """The bundle's file cannot be downloaded."""
        assert site.get("run.db").status == 403

    @pytest.mark.parametrize("sql", FORBIDDEN)
    def test_forbidden_sql(self, site, sql):
        """SQL that needs too much memory, loads code or writes is refused, and the server keeps running."""
        answer = site.get("run.json?sql=" + sql.replace(" ", "+"))
        assert answer.status == 400
        assert answer.json["ok"] is False
        assert site.get().status == 200

    @pytest.mark.slow
    def test_endless_sql_ends(self, site):
        """The time limit stops an endless query, and the answer has nothing of Datasette's settings and scripts."""
        endless = "with+recursive+n(i)+as+(select+1+union+all+select+i%2B1+from+n)+select+max(i)+from+n"
        answer = site.get(f"run.json?sql={endless}")
        assert answer.status == 400
        assert "limit" in answer.text.lower()
        assert answer.json["error"] == "The statement took too long and was stopped."

    def test_the_other_databases_are_not_there(self, site):
        """Datasette's internal databases are not served."""
        assert list(site.get(".json").json) == ["run"]
        assert site.get("_memory").status == 404

    def test_hostile_text_is_escaped(self, build):
        """A description, a log message and a tag are escaped on every page."""
        hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
        record = f'{{"timestamp": "2026-01-01T00:00:00+00:00", "level": "ERROR", "logger": "a", "event": "{hostile}", '
        record += f'"message": "{hostile}", "context": {{"error": "{hostile}"}}}}'
        path = build({"session.log": record + "\n"}, description=hostile, tags={hostile: hostile})
        with serve_bundle(path) as running:
            for route in ("", "debug", "debug/logs", "debug/logs/1", "debug/errors", "debug/bundle_meta"):
                page = running.get(route)
                assert page.status == 200
                assert "<script>alert" not in page.text
                assert "<img src=x" not in page.text
            assert "&lt;script&gt;alert(1)" in running.get("debug/errors").text


class TestMetadata:
    """Metadata for Datasette."""

    def test_keys_that_datasette_takes_as_html_or_links_are_absent(self, run_bundle):
        """Text of a bundle is not put where Datasette expects markup or a link."""
        with closing(open_bundle(run_bundle)) as connection:
            about = metadata(connection, "run", "run")

        def keys(value):
            for key, inner in value.items() if isinstance(value, dict) else ():
                yield key
                yield from keys(inner)

        assert not [key for key in keys(about) if key.endswith(("_html", "_url"))]

    def test_labels_of_the_specification(self, run_bundle):
        """The labels are the specification's, under the served database's name."""
        with closing(open_bundle(run_bundle)) as connection:
            about = metadata(connection, "any name", "any file")
        tables = about["databases"]["any name"]["tables"]
        labels = {name: tables[name]["label_column"] for name in ("logs", "tool_invocations", "prompt_events", "files")}
        assert labels == {
            "logs": "event",
            "tool_invocations": "tool_name",
            "prompt_events": "prompt_name",
            "files": "path",
        }

    def test_every_column_named_exists(self, run_bundle):
        """Labels, facets and sort orders name existing columns."""
        with closing(open_bundle(run_bundle)) as connection:
            tables = metadata(connection, "run", "run")["databases"]["run"]["tables"]
        for table in (table for table in tables.values() if "columns" in table):
            named = [
                *table.get("facets", []),
                *(table[key] for key in ("label_column", "sort", "sort_desc") if key in table),
            ]
            assert set(named) <= set(table["columns"])

    def test_description_of_the_bundle(self, build):
        """The page shows the description, or the source if there is none."""
        record = '{"timestamp": "2026-01-01T00:00:00+00:00", "level": "INFO", "logger": "a", "message": "b"}\n'
        with closing(open_bundle(build({"s.log": record}, folder="a", description="A code review"))) as connection:
            assert metadata(connection, "a", "a")["description"] == "A code review"
        with closing(open_bundle(build({"s.log": record}, folder="b"))) as connection:
            assert metadata(connection, "b", "b")["description"].startswith("Built from ")


class TestDamagedBundles:
    """Damaged bundles."""

    def test_a_damaged_table(self, run_bundle, tmp_path):
        """A damaged table has no count and a page that says so; the other tables are served."""
        path = tmp_path / "run.db"
        path.write_bytes(run_bundle.read_bytes())
        with closing(sqlite3.connect(path)) as connection:
            (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'logs'").fetchone()
            (size,) = connection.execute("PRAGMA page_size").fetchone()
        with path.open("r+b") as stream:
            stream.seek((root - 1) * size)
            stream.write(b"\xee" * size)
        with serve_bundle(path) as running:
            assert running.get().status == 200
            assert running.get("run/sessions").status == 200
            assert running.get("run/logs").status >= 400


def _answer_to(site, target):
    """Return the answer to a request line that names the target as it is."""
    with socket.create_connection(("127.0.0.1", site.port), timeout=10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return connection.makefile("rb").read()
