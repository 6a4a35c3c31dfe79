"""Builds with workers as real processes: scripts, signals, and a builder that is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from support.artifact_samples import column, write_files
from support.guarded_process import GuardedProcess
from support.large_artifacts import log_lines, random_bytes, write_log
from support.process_table import (
    child_processes,
    has_open,
    needs_linux,
    processes_naming,
    proportional_bytes,
    wait_until,
)
from support.processor_time import processor_time_below

import wink_debug_bundle
from wink_debug_bundle import DebugBundle
from wink_debug_bundle.pipeline import build, finish

pytestmark = needs_linux

SOURCE = str(Path(wink_debug_bundle.__file__).parent.parent)

SCRIPT = """
import sys
from wink_debug_bundle import DebugBundle
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.loading import pool

build.POOL_BYTES = 0
started = []
start = pool.Pool._start_worker
pool.Pool._start_worker = lambda self: started.append(start(self))
with DebugBundle.from_directory(sys.argv[1], output=sys.argv[2], jobs=2) as bundle:
    print(len(started), "workers:", bundle.query("SELECT count(*) FROM logs").fetchone()[0])
"""

ORPHAN = """
import sys, time
from pathlib import Path
from wink_debug_bundle.artifacts.split_reader import Split
from wink_debug_bundle.artifacts.source import Source
from wink_debug_bundle.column_values import ArtifactKind, Compression
from wink_debug_bundle.database.connection import open_new
from wink_debug_bundle.pipeline.planning.tasks import Task
from wink_debug_bundle.pipeline.loading.workers import Worker

file, log = Path(sys.argv[1]), Path(sys.argv[2])
file.touch()
connection = open_new(file, 0, is_shared=True)
worker = Worker(file)
source = Source(log, log.name, ArtifactKind.LOGS, Compression.NONE, log.stat().st_size, 0)
worker.assign(Task(0, (Split(1, source, None, file.parent, 1),)))
print("assigned", flush=True)
time.sleep(60)
"""


def environment(**changes: str) -> dict[str, str]:
    """Return this process's environment with the tested package on its path."""
    return {**os.environ, "PYTHONPATH": SOURCE, **changes}


@pytest.fixture(scope="module")
def debug(tmp_path_factory):
    """Return a directory with a log that is large enough for workers."""
    folder = tmp_path_factory.mktemp("processes") / "debug"
    folder.mkdir()
    write_log(folder / "a.log", 40)
    return folder


class TestScripts:
    """Programs that use the package."""

    @pytest.fixture
    def small(self, tmp_path):
        """Return a directory with a small log."""
        return write_files(tmp_path / "debug", {"a.log": log_lines(100)})

    def test_without_a_main_guard(self, small, tmp_path):
        """Workers do not run a script again that builds at its top level."""
        script = tmp_path / "script.py"
        script.write_text(SCRIPT)
        done = subprocess.run(
            [sys.executable, script, small, tmp_path / "b.db"], capture_output=True, env=environment(), check=False
        )
        assert (done.stdout, done.stderr) == (b"2 workers: 100\n", b"")

    def test_the_current_directory_is_not_searched(self, small, tmp_path):
        """Workers do not import a file in the current directory that has a module's name."""
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        for name in ("orjson", "signal", "wink_debug_bundle", "sitecustomize"):
            (elsewhere / f"{name}.py").write_text(f"raise SystemExit('{name} is from the current directory')")
        script = tmp_path / "script.py"
        script.write_text(SCRIPT)
        done = subprocess.run(
            [sys.executable, script, small, tmp_path / "b.db"],
            capture_output=True,
            cwd=elsewhere,
            env=environment(),
            check=False,
        )
        assert (done.stdout, done.stderr) == (b"2 workers: 100\n", b"")

    def test_in_a_thread(self, small, tmp_path, monkeypatch):
        """Threads other than the main one can build with workers, several at once."""
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        counts = []

        def work(name: str) -> None:
            with DebugBundle.from_directory(small, output=tmp_path / name, jobs=2) as bundle:
                counts.extend(bundle.query("SELECT count(*) FROM logs").fetchone())

        threads = [threading.Thread(target=work, args=(name,)) for name in ("one.db", "two.db")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert counts == [100, 100]
        assert processes_naming(tmp_path) == []

    def test_the_mask_of_signals_is_given_back(self, small, tmp_path, monkeypatch):
        """After a build the calling thread has its former signal mask."""
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        DebugBundle.from_directory(small, output=tmp_path / "b.db", jobs=2).close()
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def create(debug: Path, output: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a build of two jobs in a process group of its own."""
    return GuardedProcess(
        [
            sys.executable,
            "-m",
            "wink_debug_bundle",
            "create",
            debug,
            "-o",
            output,
            "--jobs",
            "2",
            "--progress",
            "none",
            *options,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )


def wait_for_workers(output: Path) -> None:
    """Wait until workers start."""
    wait_until(lambda: partial_of(output))


def wait_for_rows(output: Path) -> None:
    """Wait until workers write rows."""
    wait_until(lambda: size_of(partial_of(output)) > 4 << 20)


def wait_for_indexes(output: Path) -> None:
    """Wait until all rows are in the file and all workers have ended."""
    wait_for_rows(output)
    wait_until(lambda: not os.path.exists(partial_of(output) + "-journal"))


def partial_of(output: Path) -> str:
    """Return the path of the unfinished bundle, or '' if there is none."""
    return next((str(path) for path in output.parent.glob(f".{output.name}.*.partial")), "")


def size_of(path: str) -> int:
    """Return the size of a file in bytes; 0 if there is no file."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


class TestInterrupts:
    """A build that receives a signal."""

    @pytest.mark.parametrize("moment", [wait_for_workers, wait_for_rows])
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_nothing_is_left(self, debug, tmp_path, moment, number, code):
        """After the signal all processes end soon, no file is left, and one line was printed."""
        output = tmp_path / "b.db"
        with create(debug, output) as running:
            moment(output)
            running.send_signal(number)
            # Ending the processes takes a fraction of a second; a busy machine may need many.
            stdout, stderr = running.communicate(timeout=30)
        wait_until(lambda: not processes_naming(tmp_path))
        assert (running.returncode, stdout, stderr) == (code, b"", b"Interrupted\n")
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("delay", [0, 0.05, 0.1, 0.2])
    def test_the_whole_group(self, debug, tmp_path, delay):
        """Ctrl-C on a terminal reaches the workers too; they print nothing, even during their start."""
        output = tmp_path / "b.db"
        with create(debug, output) as running:
            wait_for_workers(output)
            time.sleep(delay)
            os.killpg(running.pid, signal.SIGINT)
            _, stderr = running.communicate(timeout=30)
        assert (running.returncode, stderr) == (130, b"Interrupted\n")
        assert processes_naming(tmp_path) == []
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("moment", [wait_for_rows, wait_for_indexes])
    def test_the_old_bundle_stays(self, debug, tmp_path, moment):
        """An existing bundle is unchanged after an interrupted build."""
        output = tmp_path / "b.db"
        output.write_bytes(b"precious")
        with create(debug, output, "--force") as running:
            moment(output)
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=30)
        assert running.returncode == 143
        assert output.read_bytes() == b"precious"
        assert os.listdir(tmp_path) == ["b.db"]

    def test_while_a_large_file_is_hashed(self, tmp_path):
        """An interrupted build does not finish hashing a file of 20 GB, which takes some 20 s of computing."""
        folder = write_files(tmp_path / "debug", {"a.log": log_lines(10)})
        with (folder / "zeros").open("wb") as stream:
            stream.truncate(20 << 30)
        output = tmp_path / "b.db"
        with processor_time_below(6), create(folder, output) as running:
            wait_for_workers(output)
            time.sleep(0.3)
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)
        assert running.returncode == 130


def test_a_long_statement_is_stopped(tmp_path, monkeypatch):
    """A signal stops a running SQL statement, such as one that creates an index, and the build."""
    endless = "CREATE TABLE much AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)"
    monkeypatch.setattr(finish, "finalize_statements", lambda: [f"{endless} SELECT max(i) FROM n"])

    def stop(*_):
        raise KeyboardInterrupt

    folder = write_files(tmp_path / "debug", {"a.log": log_lines(10)})
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with processor_time_below(3), pytest.raises(KeyboardInterrupt):
            DebugBundle.from_directory(folder, output=tmp_path / "b.db", jobs=1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert os.listdir(tmp_path) == ["debug"]


class TestKilledBuilder:
    """A builder that is killed."""

    def test_workers_end(self, debug, tmp_path):
        """Its workers end soon, and the next build removes its leftovers."""
        output = tmp_path / "b.db"
        with create(debug, output) as running:
            wait_for_rows(output)
            assert len(child_processes(running.pid)) == 2
            running.kill()
        wait_until(lambda: not processes_naming(tmp_path))
        assert partial_of(output)
        with create(debug, output) as running:
            _, stderr = running.communicate(timeout=60)
        assert (running.returncode, stderr) == (0, b"")
        assert os.listdir(tmp_path) == ["b.db"]
        assert column(output, "SELECT count(*) = max(id) FROM logs") == [1]

    def test_a_worker_that_reads(self, tmp_path):
        """A worker ends with its builder even while it reads a file for hours, and does not look at its messages."""
        write_files(tmp_path, {"a.log": b""})
        os.truncate(tmp_path / "a.log", 1 << 40)
        with GuardedProcess(
            [sys.executable, "-c", ORPHAN, tmp_path / "b.db", tmp_path / "a.log"],
            stdout=subprocess.PIPE,
            env=environment(),
        ) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == b"assigned\n"
            (worker,) = child_processes(running.pid)
            wait_until(lambda: has_open(worker, "a.log"))
            running.kill()
        wait_until(lambda: worker not in processes_naming(tmp_path))


@pytest.mark.slow
class TestMemory:
    """The memory of all processes together."""

    def test_peak(self, tmp_path):
        """Two jobs take less than 400 MB for a log of 190 MB and an incompressible member of 300 MB."""
        folder = tmp_path / "debug"
        folder.mkdir()
        write_log(folder / "a.log", 190)
        with zipfile.ZipFile(folder / "a.zip", "w") as archive, archive.open("large", "w", force_zip64=True) as member:
            for number in range(300):
                member.write(random_bytes(1_000_000, number))
        peak = 0
        with create(folder, tmp_path / "b.db") as running:
            while running.poll() is None:
                peak = max(peak, proportional_bytes([running.pid, *child_processes(running.pid)]))
                time.sleep(0.02)
        assert running.returncode == 0
        assert 50_000_000 < peak < 400_000_000
