"""Builds in processes of their own for tests that kill or limit them, and the bundle that an undisturbed build makes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import wink_debug_bundle
from support.bundle_comparison import TableRows, table_rows
from support.large_artifacts import random_bytes, write_archive, write_mixed_directory
from support.process_table import child_processes, processes_naming, wait_until
from wink_debug_bundle.pipeline.publishing.construction import check_output

FAULT_POINTS = int(os.environ.get("WINK_FAULT_POINTS", "4"))
"""Number of random points in time at which each kind of fault is tried."""

FAULT_SEED = int(os.environ.get("WINK_FAULT_SEED", "5"))

OLD_OUTPUT = b"SQLite format 3\0an older bundle"
"""Content of an output file that exists before the build."""

_SOURCE = str(Path(wink_debug_bundle.__file__).parent.parent)

_SCRIPT = """
import sys
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.planning import splitting
build.POOL_BYTES = 0
splitting.BLOCK_BYTES = 1 << 17
from wink_debug_bundle.cli.main import main
main()
"""
"""The command, changed so that it reads even small artifacts with workers and in many tasks."""


@dataclass(frozen=True)
class BuildJob:
    """Artifacts, the rows of their bundle, and its size in bytes."""

    folder: Path
    expected: TableRows
    size: int


def prepare_job(root: Path) -> BuildJob:
    """Write the artifacts, one of them with a large member, and build a bundle of them in one process."""
    folder = write_mixed_directory(root / "debug")
    write_archive(folder / "large.zip", {"large.bin": random_bytes(18 << 20, 3)})
    output = root / "expected.db"
    with start_build(folder, output, jobs=1) as running:
        assert wait_for_end(running, output) == (0, "")
    return BuildJob(folder, table_rows(output), output.stat().st_size)


def random_for(kind: str, point: int) -> random.Random:
    """Return the random numbers for one point."""
    return random.Random(f"{FAULT_SEED} {kind} {point}")


def start_build(folder: Path, output: Path, *, limit: int | None = None, jobs: int = 2) -> subprocess.Popen[bytes]:
    """Start a build with workers in a new process group; `limit` is the largest size of a file, in bytes."""
    arguments = [
        "create",
        "--recursive",
        str(folder),
        "-o",
        str(output),
        "--force",
        "--jobs",
        str(jobs),
        "--progress",
        "none",
    ]
    limited = ["prlimit", f"--fsize={limit}"] if limit is not None else []
    return subprocess.Popen(
        [*limited, sys.executable, "-c", _SCRIPT, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": _SOURCE},
        start_new_session=True,
    )


def wait_for_end(running: subprocess.Popen[bytes], output: Path) -> tuple[int, str]:
    """Wait until the build and all of its workers have ended; return its exit code and its stderr."""
    _, stderr = running.communicate(timeout=120)
    wait_until(lambda: not processes_naming(output.parent), 10)
    return running.returncode, stderr.decode()


def partial_of(output: Path) -> Path | None:
    """Return the path of the unfinished bundle, if there is one."""
    return next(output.parent.glob(f".{output.name}.*.partial"), None)


def workers_of(running: subprocess.Popen[bytes]) -> list[int]:
    """Return the process ids of a build's living workers."""
    return child_processes(running.pid)


def output_state(job: BuildJob, output: Path, *, old: bool) -> str:
    """Return what is at the output: 'nothing', the 'old' file, or the complete 'new' bundle.

    Raises:
        AssertionError: it is something else, or `old` is true and there is nothing.
    """
    if not output.exists():
        assert not old, "the old file is gone"
        return "nothing"
    if output.read_bytes() == OLD_OUTPUT:
        return "old"
    assert _difference(table_rows(output), job.expected) == {}
    return "new"


def _difference(found: TableRows, expected: TableRows) -> dict[str, object]:
    """Return the first pair of rows that differ, for each table that has such a pair."""
    names = [name for name in expected | found if found.get(name) != expected.get(name)]
    pairs = {name: list(zip_longest(found.get(name, []), expected.get(name, []))) for name in names}
    return {name: next(pair for pair in both if pair[0] != pair[1]) for name, both in pairs.items()}


def assert_no_leftovers(output: Path) -> None:
    """Assert that the folder of the output holds no other file."""
    assert [name for name in os.listdir(output.parent) if name != output.name] == []


def assert_next_build_cleans_up(output: Path) -> None:
    """Assert that the next build removes the files that a dead build left beside the output."""
    check_output(output, force=True)
    assert_no_leftovers(output)
