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
from support.large_artifacts import Bundle, contents, noise, write_archive, write_mix
from support.process_table import children, naming, wait_until
from wink_debug_bundle.pipeline.publishing.construction import check_output

POINTS = int(os.environ.get("WINK_FAULT_POINTS", "12"))
"""Random points of each kind of fault."""

SEED = int(os.environ.get("WINK_FAULT_SEED", "5"))

OLD = b"SQLite format 3\0an older bundle"
"""What stands at an output that is to be replaced."""

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
"""The command, to which small artifacts are large: workers, in many tasks."""


@dataclass(frozen=True)
class Job:
    """Artifacts, what a bundle of them holds, and how many bytes it has."""

    folder: Path
    expected: Bundle
    size: int


def prepare(root: Path) -> Job:
    """Write the artifacts, with a member that does not fit in memory, and build a bundle of them in one process."""
    folder = write_mix(root / "debug")
    write_archive(folder / "large.zip", {"large.bin": noise(18 << 20, 3)})
    output = root / "expected.db"
    with start(folder, output, jobs=1) as running:
        assert finish(running, output) == (0, "")
    return Job(folder, contents(output), output.stat().st_size)


def chance(kind: str, point: int) -> random.Random:
    """The random numbers of one point."""
    return random.Random(f"{SEED} {kind} {point}")


def start(folder: Path, output: Path, *, limit: int | None = None, jobs: int = 2) -> subprocess.Popen[bytes]:
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


def finish(running: subprocess.Popen[bytes], output: Path) -> tuple[int, str]:
    """Wait until the build and all of its workers are gone; return its exit code and what it said on stderr."""
    _, stderr = running.communicate(timeout=120)
    wait_until(lambda: not naming(output.parent), 10)
    return running.returncode, stderr.decode()


def partial_of(output: Path) -> Path | None:
    """The bundle under construction, if there is one."""
    return next(output.parent.glob(f".{output.name}.*.partial"), None)


def workers_of(running: subprocess.Popen[bytes]) -> list[int]:
    """The living workers of a build."""
    return children(running.pid)


def is_old_or_new(job: Job, output: Path, *, old: bool) -> str:
    """Say which of the allowed things the output holds.

    Raises:
        AssertionError: it holds something else.
    """
    if not output.exists():
        assert not old, "the old file is gone"
        return "nothing"
    if output.read_bytes() == OLD:
        return "old"
    assert _difference(contents(output), job.expected) == {}
    return "new"


def _difference(found: Bundle, expected: Bundle) -> dict[str, object]:
    """The first rows that differ, of each table of which any do."""
    names = [name for name in expected | found if found.get(name) != expected.get(name)]
    pairs = {name: list(zip_longest(found.get(name, []), expected.get(name, []))) for name in names}
    return {name: next(pair for pair in both if pair[0] != pair[1]) for name, both in pairs.items()}


def assert_only(output: Path) -> None:
    """Nothing lies beside the output."""
    assert [name for name in os.listdir(output.parent) if name != output.name] == []


def assert_next_run_cleans(output: Path) -> None:
    """What lies beside the output belongs to a dead build, and the next one removes it."""
    check_output(output, force=True)
    assert_only(output)
