"""Builds in processes of their own, to be disturbed; their artifacts, and what an undisturbed build makes of them."""

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
from wink_debug_bundle.pipeline.output import check_output

FAULT_POINTS = int(os.environ.get("WINK_FAULT_POINTS", "12"))
"""Random points of each kind of fault."""

FAULT_SEED = int(os.environ.get("WINK_FAULT_SEED", "5"))

OLD_OUTPUT = b"SQLite format 3\0an older bundle"
"""What stands at an output that is to be replaced."""

_SOURCE = str(Path(wink_debug_bundle.__file__).parent.parent)

_SCRIPT = """
import sys
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline import splitting
build.POOL_BYTES = 0
splitting.BLOCK_BYTES = 1 << 17
from wink_debug_bundle.cli.main import main
main()
"""
"""The command, to which small artifacts are large: workers, in many tasks."""


@dataclass(frozen=True)
class BuildJob:
    """Artifacts, what a bundle of them holds, and how many bytes it has."""

    folder: Path
    expected: TableRows
    size: int


def prepare_job(root: Path) -> BuildJob:
    """Write the artifacts, with a member that does not fit in memory, and build a bundle of them in one process."""
    folder = write_mixed_directory(root / "debug")
    write_archive(folder / "large.zip", {"large.bin": random_bytes(18 << 20, 3)})
    output = root / "expected.db"
    with start_build(folder, output, jobs=1) as running:
        assert wait_for_end(running, output) == (0, "")
    return BuildJob(folder, table_rows(output), output.stat().st_size)


def random_for(kind: str, point: int) -> random.Random:
    """The random numbers of one point."""
    return random.Random(f"{FAULT_SEED} {kind} {point}")


def start_build(folder: Path, output: Path, *, limit: int | None = None, jobs: int = 2) -> subprocess.Popen[bytes]:
    """Start to build with workers, in a process group of its own; `limit` bounds the bytes of each file."""
    given = ["create", "--recursive", folder, "-o", output, "--force", "--jobs", str(jobs), "--progress", "none"]
    limited = ["prlimit", f"--fsize={limit}"] if limit is not None else []
    return subprocess.Popen(
        [*limited, sys.executable, "-c", _SCRIPT, *given],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": _SOURCE},
        start_new_session=True,
    )


def wait_for_end(running: subprocess.Popen[bytes], output: Path) -> tuple[int, str]:
    """Wait until the build and all of its workers are gone; return its exit code and what it said on stderr."""
    _, stderr = running.communicate(timeout=120)
    wait_until(lambda: not processes_naming(output.parent), 10)
    return running.returncode, stderr.decode()


def partial_of(output: Path) -> Path | None:
    """The bundle under construction, if there is one."""
    return next(output.parent.glob(f".{output.name}.*.partial"), None)


def workers_of(running: subprocess.Popen[bytes]) -> list[int]:
    """The living workers of a build."""
    return child_processes(running.pid)


def output_state(job: BuildJob, output: Path, *, old: bool) -> str:
    """Say which of the allowed things the output holds.

    Raises:
        AssertionError: it holds something else.
    """
    if not output.exists():
        assert not old, "the old file is gone"
        return "nothing"
    if output.read_bytes() == OLD_OUTPUT:
        return "old"
    assert _difference(table_rows(output), job.expected) == {}
    return "new"


def _difference(found: TableRows, expected: TableRows) -> dict[str, object]:
    """The first rows that differ, of each table of which any do."""
    names = [name for name in expected | found if found.get(name) != expected.get(name)]
    pairs = {name: list(zip_longest(found.get(name, []), expected.get(name, []))) for name in names}
    return {name: next(pair for pair in both if pair[0] != pair[1]) for name, both in pairs.items()}


def assert_no_leftovers(output: Path) -> None:
    """Nothing lies beside the output."""
    assert [name for name in os.listdir(output.parent) if name != output.name] == []


def assert_next_build_cleans_up(output: Path) -> None:
    """What lies beside the output belongs to a dead build, and the next one removes it."""
    check_output(output, force=True)
    assert_no_leftovers(output)
