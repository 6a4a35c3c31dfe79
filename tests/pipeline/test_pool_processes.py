"""Builds with workers as whole processes: scripts, signals, and a builder that is killed."""

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
from support.large_artifacts import log_lines, noise, write_log
from support.process_table import LINUX, children, naming, proportional_bytes, wait_until

import wink_debug_bundle
from wink_debug_bundle import DebugBundle
from wink_debug_bundle.pipeline import build, finish

pytestmark = LINUX

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

file, pipe = Path(sys.argv[1]), Path(sys.argv[2])
connection = open_new(file, 0)
worker = Worker(file)
source = Source(pipe, pipe.name, ArtifactKind.LOGS, Compression.NONE, 1, 0)
worker.assign(Task(0, (Split(1, source, None, file.parent, 1),)))
print("assigned", flush=True)
time.sleep(60)
"""


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, with the package that is tested."""
    return {**os.environ, "PYTHONPATH": SOURCE, **changes}


@pytest.fixture(scope="module")
def debug(tmp_path_factory):
    """A directory with a log that is large enough for workers."""
    folder = tmp_path_factory.mktemp("processes") / "debug"
    folder.mkdir()
    write_log(folder / "a.log", 40)
    return folder


class TestScripts:
    """Programs that use the package."""

    @pytest.fixture
    def small(self, tmp_path):
        """A directory with a small log."""
        return write_files(tmp_path / "debug", {"a.log": log_lines(100)})

    def test_without_a_main_guard(self, small, tmp_path):
        """A script that builds at its top level is not run again by the workers."""
        script = tmp_path / "script.py"
        script.write_text(SCRIPT)
        done = subprocess.run(
            [sys.executable, script, small, tmp_path / "b.db"], capture_output=True, env=environment(), check=False
        )
        assert (done.stdout, done.stderr) == (b"2 workers: 100\n", b"")

    @pytest.mark.parametrize("name", ["orjson.py", "signal.py", "wink_debug_bundle.py", "sitecustomize.py"])
    def test_the_current_directory_is_not_searched(self, small, tmp_path, name):
        """A file in the current directory that is named like a module is not imported by the workers."""
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        (elsewhere / name).write_text("raise SystemExit('imported from the current directory')")
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
        """A thread other than the main one can build with workers, and several of them at once."""
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
        assert naming(tmp_path) == []

    def test_the_mask_of_signals_is_given_back(self, small, tmp_path, monkeypatch):
        """The calling thread has its signals as it had them before."""
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
        DebugBundle.from_directory(small, output=tmp_path / "b.db", jobs=2).close()
        assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before


def create(debug: Path, output: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start a build of two jobs in a process group of its own."""
    return subprocess.Popen(
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
    """Wait until workers write."""
    wait_until(lambda: size_of(partial_of(output) + "-wal") > 4 << 20)


def wait_for_indexes(output: Path) -> None:
    """Wait until all rows are in the file, and no worker is left."""
    wait_until(lambda: partial_of(output) and not os.path.exists(partial_of(output) + "-wal"))


def partial_of(output: Path) -> str:
    """Path of the bundle under construction; '' as long as there is none."""
    return next((str(path) for path in output.parent.glob(f".{output.name}.*.partial")), "")


def size_of(path: str) -> int:
    """Bytes in a file; 0 without one."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0


class TestInterrupts:
    """A build that is stopped."""

    @pytest.mark.parametrize("moment", [wait_for_workers, wait_for_rows])
    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_nothing_is_left(self, debug, tmp_path, moment, number, code):
        """Two seconds after the signal all processes are gone, no file is left, and one line was said."""
        output = tmp_path / "b.db"
        with create(debug, output) as running:
            moment(output)
            running.send_signal(number)
            started = time.monotonic()
            stdout, stderr = running.communicate(timeout=10)
        wait_until(lambda: not naming(tmp_path), 5)
        assert time.monotonic() - started < 2
        assert (running.returncode, stdout, stderr) == (code, b"", b"Interrupted\n")
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("delay", [0, 0.05, 0.1, 0.2])
    def test_the_whole_group(self, debug, tmp_path, delay):
        """Ctrl-C on a terminal reaches the workers too; they say nothing, also while they start."""
        output = tmp_path / "b.db"
        with create(debug, output) as running:
            wait_for_workers(output)
            time.sleep(delay)
            os.killpg(running.pid, signal.SIGINT)
            _, stderr = running.communicate(timeout=10)
        assert (running.returncode, stderr) == (130, b"Interrupted\n")
        assert naming(tmp_path) == []
        assert os.listdir(tmp_path) == []

    @pytest.mark.parametrize("moment", [wait_for_rows, wait_for_indexes])
    def test_the_old_bundle_stays(self, debug, tmp_path, moment):
        """A bundle that should have been replaced is as it was."""
        output = tmp_path / "b.db"
        output.write_bytes(b"precious")
        with create(debug, output, "--force") as running:
            moment(output)
            running.send_signal(signal.SIGTERM)
            running.communicate(timeout=10)
        assert running.returncode == 143
        assert output.read_bytes() == b"precious"
        assert os.listdir(tmp_path) == ["b.db"]

    def test_while_a_large_file_is_hashed(self, tmp_path):
        """A file of many GB is not hashed to its end first."""
        folder = write_files(tmp_path / "debug", {"a.log": log_lines(10)})
        with (folder / "zeros").open("wb") as stream:
            stream.truncate(20 << 30)
        output = tmp_path / "b.db"
        with create(folder, output) as running:
            wait_for_workers(output)
            time.sleep(0.3)
            running.send_signal(signal.SIGINT)
            started = time.monotonic()
            running.communicate(timeout=60)
        assert time.monotonic() - started < 2
        assert running.returncode == 130


def test_a_long_statement_is_stopped(tmp_path, monkeypatch):
    """A signal ends the statement that runs, and with it the build, however long creating an index would take."""
    endless = "CREATE TABLE much AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000)"
    monkeypatch.setattr(finish, "finalize_statements", lambda: [f"{endless} SELECT max(i) FROM n"])

    def stop(*_):
        raise KeyboardInterrupt

    folder = write_files(tmp_path / "debug", {"a.log": log_lines(10)})
    before = signal.signal(signal.SIGALRM, stop)
    started = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        with pytest.raises(KeyboardInterrupt):
            DebugBundle.from_directory(folder, output=tmp_path / "b.db", jobs=1)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - started < 3
    assert os.listdir(tmp_path) == ["debug"]


class TestKilledBuilder:
    """A builder that is killed and can do nothing about it."""

    def test_workers_end(self, debug, tmp_path):
        """Its workers are gone soon, and the next build removes what it left."""
        output = tmp_path / "b.db"
        with create(debug, output) as running:
            wait_for_rows(output)
            assert len(children(running.pid)) == 2
            running.kill()
        assert wait_until(lambda: not naming(tmp_path), 10) < 5
        assert partial_of(output)
        with create(debug, output) as running:
            _, stderr = running.communicate(timeout=60)
        assert (running.returncode, stderr) == (0, b"")
        assert os.listdir(tmp_path) == ["b.db"]
        assert column(output, "SELECT count(*) = max(id) FROM logs") == [1]

    def test_a_worker_that_reads(self, tmp_path):
        """A worker ends with its builder also while it reads something that takes for ever."""
        os.mkfifo(tmp_path / "a.log")
        with subprocess.Popen(
            [sys.executable, "-c", ORPHAN, tmp_path / "b.db", tmp_path / "a.log"],
            stdout=subprocess.PIPE,
            env=environment(),
        ) as running:
            assert running.stdout is not None
            assert running.stdout.readline() == b"assigned\n"
            wait_until((tmp_path / "b.db-shm").exists)
            time.sleep(0.2)
            (worker,) = children(running.pid)
            running.kill()
        assert wait_until(lambda: worker not in naming(tmp_path), 10) < 5


@pytest.mark.slow
class TestMemory:
    """What all processes need together."""

    def test_peak(self, tmp_path):
        """Two jobs stay under 400 MB with 200 MB of log and a member of 300 MB that does not compress."""
        folder = tmp_path / "debug"
        folder.mkdir()
        write_log(folder / "a.log", 190)
        with zipfile.ZipFile(folder / "a.zip", "w") as archive, archive.open("large", "w", force_zip64=True) as member:
            for number in range(300):
                member.write(noise(1_000_000, number))
        peak = 0
        with create(folder, tmp_path / "b.db") as running:
            while running.poll() is None:
                peak = max(peak, proportional_bytes([running.pid, *children(running.pid)]))
                time.sleep(0.02)
        assert running.returncode == 0
        assert 50_000_000 < peak < 400_000_000
