"""Processes that are stopped while they pack: no part of a packed bundle is ever at the output."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from support.artifact_samples import lines, log_record, write_files
from support.case_selection import mostly_slow
from support.command_runner import run
from support.interrupted_builds import OLD_OUTPUT

STOPPED = """
import os, sys
number = int(sys.argv.pop())
from wink_debug_bundle.packing import frame_writing
real = frame_writing.write_all
def write_all(descriptor, data):
    real(descriptor, data[: len(data) // 2])
    os.kill(os.getpid(), number)
frame_writing.write_all = write_all
from wink_debug_bundle.cli.main import main
main()
"""
"""The command, in a process that gets a signal when half of the first compressed bytes are written."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return an empty folder for outputs."""
    (tmp_path / "place").mkdir()
    return tmp_path / "place"


def stopped(number: int, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Run a command that gets the signal while it packs."""
    command = [sys.executable, "-c", STOPPED, *map(str, arguments), str(int(number))]
    return subprocess.run(command, capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("old", [True, False])
class TestCreate:
    """A build of a packed bundle."""

    @pytest.fixture
    def arguments(self, tmp_path: Path, place: Path, old: bool) -> list[str | Path]:
        """Return the arguments of a build, whose output may exist already."""
        folder = write_files(tmp_path / "debug", {"a.log": lines(log_record()) * 50})
        if old:
            (place / "b.db.zst").write_bytes(OLD_OUTPUT)
        return ["create", folder, "-o", place / "b.db.zst", "--force", "-q"]

    def test_a_signal(self, arguments: list[str | Path], place: Path, old: bool) -> None:
        """A signal leaves the old file or none, and nothing else."""
        done = stopped(signal.SIGTERM, *arguments)
        assert (done.returncode, done.stdout, done.stderr) == (143, b"", b"Interrupted\n")
        assert os.listdir(place) == (["b.db.zst"] if old else [])
        assert not old or (place / "b.db.zst").read_bytes() == OLD_OUTPUT

    def test_a_kill(self, arguments: list[str | Path], place: Path, old: bool) -> None:
        """A killed build leaves the old file or none; the next one removes what lies beside it."""
        assert stopped(signal.SIGKILL, *arguments).returncode == -signal.SIGKILL
        assert len(os.listdir(place)) > 1
        assert (place / "b.db.zst").exists() is old
        assert not old or (place / "b.db.zst").read_bytes() == OLD_OUTPUT
        assert run(*arguments).exit_code == 0
        assert os.listdir(place) == ["b.db.zst"]
        assert run("verify", place / "b.db.zst").exit_code == 0


@pytest.mark.parametrize("name", mostly_slow(["pack", "index", "migrate"], ["pack"]))
@pytest.mark.parametrize("number", mostly_slow([signal.SIGKILL, signal.SIGTERM], [signal.SIGKILL]))
def test_a_finished_bundle(
    run_bundle: Path, packed_bundle: Path, place: Path, name: str, number: signal.Signals
) -> None:
    """What is packed, or packed again, stays as it is; a kill leaves files that the same command removes."""
    source = run_bundle if name == "pack" else packed_bundle
    bundle = Path(shutil.copy(source, place / "b.db.zst"))
    output = ["-o", place / "other.zst"] if name == "pack" else []
    done = stopped(number, name, bundle, *output)
    assert done.returncode == (-9 if number == signal.SIGKILL else 143)
    assert bundle.read_bytes() == source.read_bytes()
    assert (len(os.listdir(place)) > 1) is (number == signal.SIGKILL)
    assert run(name, bundle, *output).exit_code == 0
    assert sorted(os.listdir(place)) == (["b.db.zst", "other.zst"] if output else ["b.db.zst"])
