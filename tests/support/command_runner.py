"""Ways to run the commands: in this process to test their output, in a new process to test pipes and signals."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from support.guarded_process import GuardedProcess
from wink_debug_bundle.cli.main import bundle_commands, wink_commands

ENDLESS_ROWS_SQL = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
"""A query that returns rows without end."""

ENDLESS_SUM_SQL = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"
"""A query that runs without end before its first row."""


def run(*arguments: str | Path, stdin: str | bytes | None = None) -> Result:
    """Run `wink-debug-bundle` with the arguments in this process."""
    return CliRunner().invoke(bundle_commands, [str(argument) for argument in arguments], input=stdin)


def run_wink(*arguments: str | Path) -> Result:
    """Run `wink` with the arguments in this process."""
    return CliRunner().invoke(wink_commands, [str(argument) for argument in arguments])


def command_line(*arguments: str | Path) -> list[str]:
    """Return the command line that runs `wink-debug-bundle` in a new process."""
    return [sys.executable, "-m", "wink_debug_bundle", *(str(argument) for argument in arguments)]


def run_process(
    *arguments: str | Path, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run `wink-debug-bundle` in a new process, for at most a minute."""
    return subprocess.run(
        command_line(*arguments),
        input=stdin,
        capture_output=True,
        env={**os.environ, **(environment or {})},
        timeout=60,
        check=False,
    )


def run_python(code: str, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """Run `code` in a new Python process and return what it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def run_on_terminal(*arguments: str | Path) -> str:
    """Run a command on a terminal of 80 columns and return what it prints."""
    leader, follower = os.openpty()
    with GuardedProcess(command_line(*arguments), stdout=follower, env={**os.environ, "COLUMNS": "80"}) as running:
        os.close(follower)
        printed = b""
        while True:
            try:
                chunk = os.read(leader, 65536)
            except OSError:  # Linux raises it when the other side is closed
                break
            if not chunk:
                break
            printed += chunk
        running.wait(timeout=30)
    os.close(leader)
    return printed.decode()
