"""Commands that make a bundle of finished ones, killed and failing at each of their steps: nothing is broken.

The output is what it was, or whole; bundles that are read stay as they are; and what a killed process left beside them is
removed by the next one.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import support
from support.artifact_samples import ROOT, lines, log_record, write_files
from support.bundle_comparison import TableRows, table_rows
from support.case_selection import mostly_slow
from support.command_runner import run
from support.interrupted_builds import FAULT_POINTS, OLD_OUTPUT, random_for
from support.large_artifacts import random_bytes, write_archive

from wink_debug_bundle.packing.bundle_file import BundleFile

SECRET = "ghp_" + "x7Kq2Wm9Lb4Tz8Rn5Vc1Yd6Hf3Jg0PsAeUiO"
OTHER_EACH_TIME = re.compile(r'\[[A-Z_]+:[A-Z2-7]{8}\]|"time": "[^"]*"')
"""Tokens, whose key is random, and the time of a redaction."""

SCRIPT = Path(support.__file__).parent / "failing_process.py"

FAILED_READ = "EIO: Input/output error"

POINTS = max(FAULT_POINTS // 4, 1)
"""Number of random steps at which each fault but a kill is tried with each command."""


@dataclass(frozen=True)
class Job:
    """A command, and what it makes.

    `output` is its name, `arguments` come before and after it, and `old` is what is there before.
    """

    inputs: Path
    output: str
    arguments: Callable[[Path], list[str | Path]]
    old: bytes
    expected: TableRows
    steps: int

    def content(self, output: Path) -> str:
        """Return what is at the output: 'nothing', the 'old' file, or what is 'new' and whole.

        A build whose call to read an artifact failed is whole without it ('partial'), and names the error.
        """
        if not output.exists():
            return "nothing"
        if output.read_bytes() == self.old:
            return "old"
        rows = rows_of(output)
        if any(FAILED_READ in str(row) for row in (*rows["problems"], *rows["artifacts"])):
            return "partial"
        assert rows == self.expected
        return "new"


def rows_of(path: Path) -> TableRows:
    """Return the rows of a bundle, packed or not, without what differs between two redactions."""
    file = BundleFile.open(path)
    try:
        rows = table_rows(file.database)
    finally:
        file.close()
    if rows["redactions"]:
        del rows["digests"]
    return {name: [tuple(map(_comparable, row)) for row in table] for name, table in rows.items()}


def _comparable(value: Any) -> Any:
    return OTHER_EACH_TIME.sub("", value) if isinstance(value, str) else value


def process(report: Path, fault: str, step: int, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command that fails at a step; its packed bundles are unpacked into a folder beside the report."""
    command = [sys.executable, str(SCRIPT), str(report), fault, str(step), *map(str, arguments)]
    (report.parent / "unpacked").mkdir(exist_ok=True)
    environment = {**os.environ, "TMPDIR": str(report.parent / "unpacked")}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def job(folder: Path, output: str, arguments: Callable[[Path], list[str | Path]], old: bytes = OLD_OUTPUT) -> Job:
    """Return the job whose inputs are in a folder, after it was done once without faults."""
    place = folder.parent / "undisturbed"
    place.mkdir()
    (place / output).write_bytes(old)
    done = process(folder.parent / "steps", "none", 0, *arguments(place / output))
    assert (done.returncode, done.stderr) == (0, "")
    steps = int((folder.parent / "steps").read_text())
    return Job(folder, output, arguments, old, rows_of(place / output), steps)


def create(*arguments: str | Path) -> None:
    """Build a bundle."""
    assert run("create", *arguments, "-r", "-q").exit_code == 0


def merge_job(folder: Path) -> Job:
    """Return a merge of bundles that know of one session, one of them packed, with index and a large blob."""
    source = Path(shutil.copytree(ROOT / "fixtures" / "wink-0.20.0" / "run", folder / "source"))
    write_archive(source / "large.zip", {"large.bin": random_bytes(3 << 20, 3)})
    for suffix, name in (("*.log", "a.db"), ("*.[jz]*", "b.db.zst")):
        part = folder / suffix[-1] / "part"
        part.mkdir(parents=True)
        for path in source.glob(suffix):
            shutil.move(path, part / path.name)
        create(part, "-o", folder / name, "--search")
    return job(folder, "m.db", lambda output: ["merge", folder / "a.db", folder / "b.db.zst", "-fqo", output])


def append_job(folder: Path) -> Job:
    """Return the addition of runs and a large file to a bundle of some of them."""
    source = Path(shutil.copytree(ROOT / "fixtures" / "wink-0.27.0" / "runs", folder / "source"))
    later = sorted(source.iterdir())[2:]
    for path in later:
        path.rename(folder / path.name)
    create(source, "-o", folder / "old.db")
    for path in later:
        (folder / path.name).rename(path)
    write_archive(source / "large.zip", {"large.bin": random_bytes(3 << 20, 3)})
    old = (folder / "old.db").read_bytes()
    return job(folder, "b.db", lambda output: ["create", source, "-r", "-q", "--append", "-o", output], old)


def pack_job(folder: Path) -> Job:
    """Return the packing of a bundle."""
    write_archive(folder / "large.zip", {"large.bin": random_bytes(3 << 20, 3)})
    create(folder, "-o", folder / "b.db")
    return job(folder, "b.db.zst", lambda output: ["pack", folder / "b.db", "-fqo", output])


def redact_job(folder: Path) -> Job:
    """Return the redaction of a bundle with a secret in a log, in a file and in a large blob, into a packed one."""
    pytest.importorskip("re2", reason="the extra redact installs google-re2")
    write_files(folder / "source", {"session.log": lines(log_record(message=f"using {SECRET}"))})
    large = f"{SECRET} ".encode() + random_bytes(3 << 20, 3)
    write_archive(folder / "source" / "large.zip", {"large.bin": large, "notes.txt": SECRET.encode()})
    create(folder / "source", "-o", folder / "b.db", "--search")
    options = ["--map", folder / "map", "--jobs", "1"]
    return job(folder, "r.db.zst", lambda output: ["redact", folder / "b.db", *options, "-fqo", output])


def create_redacted_job(folder: Path) -> Job:
    """Return a build that is redacted at once."""
    pytest.importorskip("re2", reason="the extra redact installs google-re2")
    write_files(folder, {"session.log": lines(log_record(message=f"using {SECRET}"), log_record()) * 20})
    return job(folder, "b.db", lambda output: ["create", folder, "-r", "--redact", "--jobs", "1", "-fqo", output])


JOBS = {
    "merge": merge_job,
    "append": append_job,
    "pack": pack_job,
    "redact": redact_job,
    "create --redact": create_redacted_job,
}


@pytest.fixture(scope="module", params=mostly_slow(JOBS, ["merge", "append", "pack", "redact"]))
def the_job(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """Return the job of a command."""
    folder = tmp_path_factory.mktemp(request.param) / "inputs"
    folder.mkdir()
    return JOBS[request.param](folder)


def hashes(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file below a folder."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def attempt(job: Job, place: Path, fault: str, point: int) -> tuple[subprocess.CompletedProcess[str], str, Path]:
    """Run the job in `place` with a fault at a random step; return how it ended, what is at the output, and its path.

    The bundles that it reads are unchanged, and the output is what it was, or whole.
    """
    luck = random_for(f"{fault} {job.output}", point)
    output = place / "out" / job.output
    output.parent.mkdir()
    has_old = job.old != OLD_OUTPUT or luck.random() < 0.5
    if has_old:
        output.write_bytes(job.old)
    before = hashes(job.inputs)
    done = process(place / "steps", fault, luck.randint(1, job.steps), *job.arguments(output))
    assert hashes(job.inputs) == before
    content = job.content(output)
    assert content != ("nothing" if has_old else "old")
    return done, content, output


def assert_nothing_else(output: Path, place: Path) -> None:
    """Assert that there are neither temporary files nor unpacked copies."""
    assert [name for name in os.listdir(output.parent) if name != output.name] == []
    assert list((place / "unpacked").iterdir()) == []


@pytest.mark.parametrize("point", range(max(FAULT_POINTS // 3, 1)))
def test_killed(the_job: Job, tmp_path: Path, point: int, record_property: Callable[[str, object], None]) -> None:
    """After `kill -9` at any step, also in the middle of a write; the next command cleans up, and succeeds."""
    done, content, output = attempt(the_job, tmp_path, "kill", point)
    record_property("fault", f"{done.returncode}: {content}")
    assert (done.returncode, done.stderr) in {(-signal.SIGKILL, ""), (0, "")}
    assert [path for path in output.parent.iterdir() if path != output and path.stat().st_mode & 0o077] == []
    again = process(tmp_path / "steps", "none", 0, *the_job.arguments(output))
    assert (again.returncode, again.stderr) == (0, "")
    assert the_job.content(output) == "new"
    assert_nothing_else(output, tmp_path)


@pytest.mark.parametrize("point", range(POINTS))
def test_interrupted(the_job: Job, tmp_path: Path, point: int, record_property: Callable[[str, object], None]) -> None:
    """After SIGTERM at any step, one line is printed and nothing is left."""
    done, content, output = attempt(the_job, tmp_path, "signal", point)
    record_property("fault", f"{done.returncode}: {content}")
    assert (done.returncode, done.stderr) in {(128 + signal.SIGTERM, "Interrupted\n"), (0, "")}
    assert_nothing_else(output, tmp_path)


@pytest.mark.parametrize("fault", ["full", "error"])
@pytest.mark.parametrize("point", range(POINTS))
def test_failing(
    the_job: Job, tmp_path: Path, fault: str, point: int, record_property: Callable[[str, object], None]
) -> None:
    """A full disk and a failing call of the system end the command with one line that names a file."""
    done, content, output = attempt(the_job, tmp_path, fault, point)
    record_property("fault", f"{done.returncode} {content} {done.stderr}")
    if done.returncode:
        assert done.returncode == 1
        assert done.stderr.startswith("Error: ")
        assert done.stderr.count("\n") == 1
        assert str(tmp_path) in done.stderr
    assert_nothing_else(output, tmp_path)
