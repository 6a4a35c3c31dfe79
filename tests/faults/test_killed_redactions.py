"""Redactions with several processes that are killed at random moments: nothing half is left, and nobody else can read it."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from support.artifact_samples import lines, log_record, write_files
from support.command_runner import command_line, run
from support.interrupted_builds import FAULT_POINTS, OLD_OUTPUT, random_for
from support.process_table import needs_linux, session_processes, wait_until

pytest.importorskip("re2", reason="the extra redact installs google-re2")
pytestmark = [needs_linux, pytest.mark.slow]

SECRET = "ghp_" + "x7Kq2Wm9Lb4Tz8Rn5Vc1Yd6Hf3Jg0PsAeUiO"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle that is large enough for several processes."""
    folder = tmp_path_factory.mktemp("large")
    records = (log_record(message=f"{number} using {SECRET} {'desk ' * 200}") for number in range(30_000))
    write_files(folder / "debug", {"session.log": lines(*records)})
    assert run("create", folder / "debug", "-o", folder / "b.db", "-q").exit_code == 0
    return folder / "b.db"


@pytest.fixture(scope="module")
def seconds(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> float:
    """Return how long an undisturbed redaction takes."""
    began = time.monotonic()
    with started(bundle, tmp_path_factory.mktemp("undisturbed") / "new.db") as running:
        assert running.wait(300) == 0
    return time.monotonic() - began


def started(bundle: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start a redaction with two processes that scan, in a session of its own."""
    command = command_line("redact", bundle, "-o", output, "--force", "--jobs", "2", "--quiet")
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


@pytest.mark.parametrize("point", range(FAULT_POINTS))
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_stopped(bundle: Path, seconds: float, tmp_path: Path, number: signal.Signals, point: int) -> None:
    """The output is the old file or the complete new one, the bundle is untouched, all processes end.

    After a signal nothing is left; after a kill only its owner can read what is, and the next redaction removes it.
    """
    luck = random_for(f"redact {number}", point)
    output = tmp_path / "new.db"
    output.write_bytes(OLD_OUTPUT)
    before = hashlib.sha256(bundle.read_bytes()).digest()
    with started(bundle, output) as running:
        wait_until(lambda: len(list(tmp_path.iterdir())) > 1 or running.poll() is not None)
        time.sleep(luck.random() * seconds)
        if running.poll() is None:
            os.kill(running.pid, number)
        _, stderr = running.communicate(timeout=60)
        wait_until(lambda: not session_processes(running.pid), 30)
    assert hashlib.sha256(bundle.read_bytes()).digest() == before
    left = [path for path in tmp_path.iterdir() if path != output]
    if running.returncode:
        assert output.read_bytes() == OLD_OUTPUT
    if number != signal.SIGKILL:
        assert (running.returncode, stderr) in {(128 + number, b"Interrupted\n"), (0, b""), (-number, b"")}
        assert left == []
    assert [path for path in left if path.stat().st_mode & 0o077] == []
    if left and point == 0:
        with started(bundle, output) as again:
            assert again.wait(300) == 0
        assert list(tmp_path.iterdir()) == [output]
    if output.read_bytes() != OLD_OUTPUT:
        assert SECRET.encode() not in output.read_bytes()
        assert run("verify", output).exit_code == 0
