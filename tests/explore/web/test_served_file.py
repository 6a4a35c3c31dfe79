"""A served bundle that is replaced, changed or removed, and its name in addresses."""

from __future__ import annotations

import html
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

import pytest
from support.artifact_samples import lines, log_record, write_files
from support.process_table import needs_linux
from support.served_bundle import serve_bundle

from wink_debug_bundle.explore.web.served_name import served_name

PAGES = ["", "copy", "copy/logs", "copy/logs.json", "copy/logs/1", "copy.json?sql=select+1", "-/static/app.css"]


@pytest.fixture
def copy(run_bundle, tmp_path):
    path = tmp_path / "copy.db"
    shutil.copy(run_bundle, path)
    return path


def _replace(path, other):
    shutil.copy(other, path.with_name("new"))
    path.with_name("new").replace(path)


def _rewrite(path, other):
    path.write_bytes(other.read_bytes())


def _build_again(path, other):
    source = path.with_name("again")
    write_files(source, {"a.log": lines(log_record())})
    command = ["create", str(source), "--output", str(path), "--force"]
    subprocess.run([sys.executable, "-m", "wink_debug_bundle", *command], check=True, capture_output=True)


def _migrate(path, other):
    subprocess.run([sys.executable, "-m", "wink_debug_bundle", "migrate", str(path)], check=True, capture_output=True)


CHANGES = {
    "replaced": _replace,
    "rewritten": _rewrite,
    "removed": lambda path, other: path.unlink(),
    "built again": _build_again,
    "migrated": _migrate,
    "a folder now": lambda path, other: (path.unlink(), path.mkdir()),
}


class TestReplaced:
    """The path leads to something else than when the server started."""

    @pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
    def test_every_page_says_so(self, copy, evaluation_bundle, change):
        """No page shows anything of either file, all say what to do, and no file appears."""
        with serve_bundle(copy) as running:
            assert running.get("copy/logs").status == 200
            change(copy, evaluation_bundle)
            before = sorted(os.listdir(copy.parent))
            for page in PAGES:
                answer = running.get(page)
                assert (answer.status, "replaced: restart" in answer.text) == (503, True)
                assert answer.headers["cache-control"] == "no-store"
            assert sorted(os.listdir(copy.parent)) == before

    def test_before_the_first_page(self, copy):
        """A bundle that was removed before anything was read is not created again."""
        with serve_bundle(copy) as running:
            copy.unlink()
            assert running.get("copy/logs").status == 503
            assert not copy.exists()

    def test_back_again(self, copy):
        """The same file at its path again is served again."""
        with serve_bundle(copy) as running:
            copy.rename(copy.with_name("aside"))
            assert running.get("copy").status == 503
            copy.with_name("aside").rename(copy)
            assert running.get("copy").status == 200


class TestNames:
    """Names of files in addresses."""

    @pytest.mark.parametrize(
        ("name", "served"),
        [
            ("run.db", "run"),
            ("run.v1.db", "run-v1"),
            ("eval-2026.01.02.db", "eval-2026-01-02"),
            ("<img src=x onerror=alert(1)>.db", "img-src-x-onerror-alert-1"),
            ("a%2Fb.db", "a-2Fb"),
            ("首都.db", "bundle"),
            ("_internal.db", "bundle"),
            ("....db", "bundle"),
            ("'\".db", "bundle"),
            (f"{'n' * 200}.db", "n" * 80),
        ],
    )
    def test_slug(self, tmp_path, name, served):
        """The name has only characters that mean nothing in addresses and markup."""
        assert served_name(tmp_path / name) == served

    @pytest.mark.parametrize("name", ["run.v1.db", "a%2F&<img src=x>'\".b.db"])
    def test_every_link_leads_somewhere(self, run_bundle, tmp_path, name):
        """Each kind of link on the pages, those of references between tables too, is answered with status 200."""
        path = tmp_path / name
        shutil.copy(run_bundle, path)
        with serve_bundle(path) as running:
            wrong, visited = _crawl(running, [f"/{served_name(path)}/calls", ""], 60)
            first = running.get(f"{served_name(path)}").text
        assert wrong == []
        assert any(f"/{served_name(path)}/sessions/" in link for link in visited)
        assert "<img" not in first
        assert html.escape(path.stem).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in first


class TestTerminal:
    """What appears on the terminal of a server."""

    @needs_linux
    @pytest.mark.parametrize(
        "delay", [0.3, 0.7, 1.1, *(pytest.param(d, marks=pytest.mark.slow) for d in (0.5, 0.9, 1.3))]
    )
    def test_interrupted_at_any_moment(self, run_bundle, delay):
        """Ctrl-C at any moment of the start and of the work ends the command, with at most one line."""
        command = [sys.executable, "-m", "wink_debug_bundle", "serve", str(run_bundle), "--no-browser", "--port", "0"]
        # Where lines are counted, a hook of Python's start imports coverage, and swallows every exception of that.
        uncounted = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        process = subprocess.Popen(command, env=uncounted, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        if process.returncode != -signal.SIGINT:  # else Python itself was still starting
            assert "Traceback" not in errors
            assert errors.strip() in {"", "Interrupted"}

    def test_reader_who_leaves_an_export(self, run_bundle):
        """A reader who stops reading leaves no trace on the terminal."""
        with serve_bundle(run_bundle) as running:
            for _ in range(5):
                _leave(running.port)
            assert running.get("run").status == 200
            running.process.send_signal(signal.SIGINT)
            assert running.process.communicate(timeout=30) == ("returned\n", "")

    def test_error_in_a_page(self, run_bundle):
        """A parameter that Datasette stumbles over gives a page with an error, and no traceback."""
        with serve_bundle(run_bundle) as running:
            answer = running.get("run/logs?_timelimit=x")
            assert (answer.status, "ValueError" in answer.text) == (500, True)
            running.process.send_signal(signal.SIGINT)
            assert running.process.communicate(timeout=30) == ("returned\n", "")


def _crawl(running, todo, most):
    """Follow links of each shape once; return those that are not answered with status 200, and all that were."""
    visited, wrong, shapes = [], [], set()
    while todo and len(visited) < most:
        path = todo.pop(0)
        answer = running.get(path)
        visited.append(path)
        if answer.status not in {200, 302}:
            wrong.append((answer.status, path))
        if "html" not in (answer.headers["content-type"] or ""):
            continue
        for link in re.findall(r'(?:href|src)="(/[^"]*|\?[^"]*)"', answer.text):
            target = urllib.parse.urljoin(f"/{path.lstrip('/')}", html.unescape(link)).partition("#")[0]
            parts = urllib.parse.urlsplit(target)
            shape = (re.sub(r"\d+", "N", parts.path), bool(parts.query))
            if shape not in shapes:
                shapes.add(shape)
                todo.append(target)
    return wrong, visited


def _leave(port):
    """Request an export and close the connection at its beginning."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /run/logs.csv?_stream=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        connection.recv(100)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
