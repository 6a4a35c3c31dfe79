"""Versions, log events and unexpected errors."""

from __future__ import annotations

import logging

import pytest
from support.command_runner import run, run_process, run_wink

from wink_debug_bundle import DebugBundle, __version__


@pytest.mark.parametrize("command", [run, run_wink])
def test_version(command):
    """--version names the distribution and its version."""
    assert command("--version").stdout == f"wink-debug-bundle, version {__version__}\n"


@pytest.mark.parametrize("arguments", [["-v", "info"], ["info", "-v"]])
def test_verbose_shows_log_events(run_bundle, arguments):
    """--verbose, before or after the subcommand, prints each event once on stderr."""
    done = run_process(*arguments, run_bundle)
    assert done.stderr.decode() == f"INFO debug_bundle.open path={run_bundle} schema_version=1\n"


def test_events_are_silent_by_default(tmp_path):
    """Without --verbose a problem is in the summary and not on stderr."""
    (tmp_path / "a.log").write_bytes(b'{"level": "INFO", "message": "x", "timestamp": "", "logger": ""}\n{broken\n')
    done = run_process("create", tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"a.log, line 2" in done.stdout


@pytest.fixture
def broken(monkeypatch):
    """Make a function that a command calls raise an unexpected error."""

    def fail(*arguments, **options):
        raise LookupError("something is off")

    monkeypatch.setattr(DebugBundle, "_opened", fail)
    logger = logging.getLogger("wink_debug_bundle")
    handlers, level = list(logger.handlers), logger.level
    yield
    logger.handlers, logger.level = handlers, level


def test_an_unexpected_error_is_a_message(run_bundle, broken):
    """An unexpected error is one message with exit code 1 that says how to learn more."""
    result = run("info", run_bundle)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: LookupError: something is off\n")
    assert "--verbose" in result.stderr
    assert "Traceback" not in result.stderr


def test_verbose_shows_where_it_happened(run_bundle, broken):
    """With --verbose the traceback of an unexpected error is printed to stderr."""
    assert "Traceback" in run("-v", "info", run_bundle).stderr
