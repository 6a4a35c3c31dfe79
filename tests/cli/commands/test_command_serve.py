"""`serve` passes its options to the server."""

from __future__ import annotations

import subprocess
import sys

import pytest
from support.command_runner import run

from wink_debug_bundle.explore.web import server

DEFAULTS = {
    "host": "127.0.0.1",
    "port": 8001,
    "open_browser": True,
    "token": None,
    "uds": None,
    "allow_hosts": (),
    "others": [],
    "start": "",
}


@pytest.fixture
def server_arguments(monkeypatch):
    """Return the arguments that the server was started with."""
    calls: list[tuple[object, dict[str, object]]] = []

    def note(file, *, others, further, **options):
        assert callable(further)
        calls.append((file.path, {**options, "others": [other.path for other in others]}))

    monkeypatch.setattr(server, "serve", note)
    return calls


def test_the_defaults(run_bundle, server_arguments):
    """The bundle is served on 127.0.0.1:8001, and the browser opens."""
    assert run("serve", run_bundle).exit_code == 0
    assert server_arguments == [(run_bundle, DEFAULTS)]


def test_the_options(run_bundle, server_arguments):
    """Host, port and browser are set by the options."""
    assert run("serve", run_bundle, "--host", "localhost", "-p", "8765", "--no-browser").exit_code == 0
    assert server_arguments == [(run_bundle, DEFAULTS | {"host": "localhost", "port": 8765, "open_browser": False})]


def test_the_options_for_access(run_bundle, tmp_path, server_arguments):
    """Token, further host names and the path of a socket are set by the options."""
    command = ("serve", run_bundle, "--token", "--allow-host", "a", "--allow-host", "b", "--uds", tmp_path / "s")
    assert run(*command).exit_code == 0
    assert run("serve", run_bundle, "--no-token").exit_code == 0
    first, second = (options for _, options in server_arguments)
    assert first == DEFAULTS | {"token": True, "allow_hosts": ("a", "b"), "uds": tmp_path / "s"}
    assert second == DEFAULTS | {"token": False}


def test_a_baseline(run_bundle, evaluation_bundle, server_arguments):
    """A baseline is served, too, and the page that opens compares."""
    assert run("serve", evaluation_bundle, "--baseline", run_bundle).exit_code == 0
    assert server_arguments == [(evaluation_bundle, DEFAULTS | {"others": [run_bundle], "start": "-/compare"})]


def test_a_baseline_that_is_not_a_bundle(run_bundle, tmp_path, server_arguments):
    """The baseline is checked before anything listens."""
    result = run("serve", run_bundle, "--baseline", tmp_path / "missing.db")
    assert (result.exit_code, server_arguments) == (1, [])
    assert "missing.db" in result.stderr


def test_a_file_that_is_not_a_bundle(tmp_path, server_arguments):
    """The file is checked before anything listens."""
    (tmp_path / "x.db").write_bytes(b"hello")
    result = run("serve", tmp_path / "x.db")
    assert (result.exit_code, server_arguments) == (1, [])
    assert "is not a SQLite database" in result.stderr


def test_a_port_that_does_not_exist(run_bundle, server_arguments):
    """A port above 65535 is wrong usage."""
    assert run("serve", run_bundle, "--port", "65536").exit_code == 2
    assert server_arguments == []


@pytest.mark.parametrize("host", ["a..b", "n" * 300, "\udcff"])
def test_an_invalid_host(run_bundle, host):
    """A host that cannot be a name is refused."""
    result = run("serve", run_bundle, "--no-browser", "--port", "0", "--host", host)
    assert (result.exit_code, "is not a host name" in result.stderr) == (1, True)


def test_an_address_that_is_not_free_is_refused_before_datasette_is_imported(run_bundle):
    """It is slow to import, and leaves a connection open when it is."""
    code = (
        "import sys\n"
        "from wink_debug_bundle import BundleError, DebugBundle\n"
        "try:\n"
        "    DebugBundle.open(sys.argv[1]).serve(host='192.0.2.1', port=0)\n"
        "except BundleError:\n"
        "    print('datasette' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(run_bundle)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
