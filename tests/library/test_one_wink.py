"""The command `wink` of the library and of this package, in every order of installing and removing the two.

Both distributions install a script of that name, and pip lets the later one overwrite the other.
"""

from __future__ import annotations

import importlib.util
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.artifact_samples import ROOT
from support.guarded_process import GuardedProcess

pytestmark = [
    pytest.mark.library,
    pytest.mark.skipif(
        importlib.util.find_spec("weakincentives") is None,
        reason="weakincentives is not installed here; run: tox -e library",
    ),
]

RELEASES = {"0.20.0": ["debug", "docs"], "0.27.0": ["debug", "docs", "query"]}
"""Releases and the subcommands of their `wink`."""

ZIP = min((ROOT / "fixtures" / "wink-0.27.0" / "runs").glob("*.zip"))


class Environment:
    """A virtual environment with one or both of the distributions."""

    def __init__(self, folder: Path, release: str) -> None:
        self.bin = folder / "bin"
        self.library = f"weakincentives[wink]=={release}"
        self.commands = RELEASES[release]
        self.release = release
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        self.pip("wheel", "--no-deps", "--wheel-dir", folder / "wheels", ROOT)
        self.zip = Path(shutil.copy(ZIP, folder))  # `wink query` writes a file beside it
        [self.wheel] = (folder / "wheels").glob("*.whl")

    def pip(self, *arguments: str | Path) -> None:
        command = [self.bin / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def run(self, *arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a script of the environment."""
        program, *rest = arguments
        return subprocess.run(
            [self.bin / program, *rest], input=stdin, capture_output=True, text=True, timeout=60, check=False
        )

    def assert_ours_is_there(self) -> None:
        """Assert that `wink-debug-bundle`, which only this package installs, works."""
        assert self.run("wink-debug-bundle", "--version").stdout.startswith("wink-debug-bundle, version")

    def assert_library_is_reached(self) -> None:
        """Assert that the library's commands get their arguments and return their output and exit code."""
        listed = self.run("wink", "docs", "list")
        assert (listed.returncode, "documents)" in listed.stdout) == (0, True), listed
        wrong = self.run("wink", "docs", "read", "no-such-category")
        assert (wrong.returncode, "usage: wink docs read" in wrong.stderr) == (2, True), wrong
        for command in self.commands:
            shown = self.run("wink", command, "--help")
            assert (shown.returncode, shown.stdout.startswith(f"usage: wink {command}")) == (0, True), shown
        assert self.run("wink", "--log-level", "ERROR", "docs", "list").stdout == listed.stdout
        missing = self.run("wink", "debug", "/no/such/file")
        assert (missing.returncode != 0, "/no/such/file" in missing.stdout + missing.stderr) == (True, True), missing
        if "query" in self.commands:
            found = self.run("wink", "query", self.zip, "SELECT count(*) AS n FROM logs")
            assert (found.returncode, '"n"' in found.stdout) == (0, True), found


@pytest.fixture(scope="module", params=RELEASES)
def environment(request, tmp_path_factory):
    """Return an environment with this package; the checks below install and remove the library in order."""
    made = Environment(tmp_path_factory.mktemp("wink") / "venv", request.param)
    made.pip("install", made.wheel)
    return made


def test_in_every_order(environment):
    """`wink` works in every state: ours alone, library added, removed, added again, ours added, ours removed."""
    for state in (ours_alone, library_last, library_gone, ours_last, ours_gone):
        state(environment)


def ours_alone(environment: Environment) -> None:
    """Check that the library's commands are refused with what to install."""
    refused = environment.run("wink", "query", "x")
    assert refused.returncode == 2
    assert "which is not installed: pip install 'weakincentives[wink]'" in refused.stderr
    assert "pip install 'weakincentives[wink]'" in environment.run("wink", "--help").stdout


def library_last(environment: Environment) -> None:
    """Check that the library's script has replaced ours: it knows only its own commands."""
    environment.pip("install", environment.library)
    environment.assert_ours_is_there()
    environment.assert_library_is_reached()
    refused = environment.run("wink", "debug-bundle", "--version")
    assert (refused.returncode, "invalid choice: 'debug-bundle'" in refused.stderr) == (2, True)


def library_gone(environment: Environment) -> None:
    """Check that removing the library removes the shared script, and that installing ours again restores it."""
    environment.pip("uninstall", "--yes", "weakincentives")
    environment.assert_ours_is_there()
    assert not (environment.bin / "wink").exists()
    environment.pip("install", "--force-reinstall", "--no-deps", environment.wheel)
    ours_alone(environment)


def ours_last(environment: Environment) -> None:
    """Check that our script is in place and reaches both packages' commands."""
    environment.pip("install", environment.library)
    environment.pip("install", "--force-reinstall", "--no-deps", environment.wheel)
    environment.assert_ours_is_there()
    environment.assert_library_is_reached()
    assert environment.run("wink", "debug-bundle", "--version").stdout.startswith("wink-debug-bundle, version")
    shown = environment.run("wink", "--help").stdout
    assert f"Commands of weakincentives {environment.release}:" in shown
    listed = shown.partition("Commands of weakincentives")[2]
    assert [line.split()[0] for line in listed.splitlines() if line[:4] == "    " != line[4:8]] == environment.commands
    assert_a_server_is_stopped(environment)


def assert_a_server_is_stopped(environment: Environment) -> None:
    """Assert that Ctrl-C stops the library's server as it does without this package."""
    if environment.release == "0.20.0":
        return  # it reads snapshots, not zips
    command = [environment.bin / "wink", "debug", environment.zip, "--port", "0", "--no-open-browser"]
    with GuardedProcess(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        started = time.monotonic()
        for line in server.stdout:
            if "running on" in line.lower() or time.monotonic() - started > 30:
                break
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) in (0, 130, -signal.SIGINT)


def ours_gone(environment: Environment) -> None:
    """Check that removing ours removes the shared script, and that installing the library again restores it."""
    environment.pip("uninstall", "--yes", "wink-debug-bundle")
    assert not (environment.bin / "wink").exists()
    environment.pip("install", "--force-reinstall", "--no-deps", environment.library)
    environment.assert_library_is_reached()
