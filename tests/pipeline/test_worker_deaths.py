"""Workers that die: no data is lost or duplicated, and a build that cannot go on leaves nothing."""

from __future__ import annotations

import os
import random
import signal
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from support.bundle_comparison import table_rows
from support.case_selection import mostly_slow
from support.large_artifacts import log_lines, random_bytes, write_archive, write_log, write_mixed_directory
from support.process_table import child_processes, has_open, needs_linux, processes_naming, wait_until

from wink_debug_bundle import BundleBuildError
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.build_options import BuildOptions
from wink_debug_bundle.pipeline.loading import pool
from wink_debug_bundle.pipeline.loading.workers import Worker
from wink_debug_bundle.pipeline.planning import splitting, tasks

pytestmark = needs_linux

ALL = range(10_000)
"""The numbers of all calls of a method."""

GROUPS = 3
"""Number of transactions that the compressed log takes."""


@pytest.fixture(scope="module", autouse=True)
def _many_tasks():
    """Make small inputs go through workers in many small tasks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "POOL_BYTES", 0)
        patch.setattr(splitting, "BLOCK_BYTES", 1 << 17)
        patch.setattr(tasks, "GROUP_BYTES", 1 << 17)
        yield


@pytest.fixture(scope="module")
def compressed_log(tmp_path_factory):
    """Return a compressed log between two small ones: a task of several transactions."""
    folder = tmp_path_factory.mktemp("packed") / "debug"
    folder.mkdir()
    (folder / "a.log").write_bytes(log_lines(10) + b"{broken\n")
    block = log_lines(100, text="x" * 4000) + b"{broken\n"
    with zstandard.open(folder / "b.log.zst", "wb") as stream:
        for _ in range(1 + ((GROUPS - 1) << 23) // len(block)):
            stream.write(block)
    (folder / "c.log").write_bytes(log_lines(11) + b"{broken\n")
    return folder


@pytest.fixture(scope="module")
def expected(compressed_log, tmp_path_factory):
    """Return the rows and the totals that one process gets from the compressed log."""
    return built(compressed_log, tmp_path_factory.mktemp("expected") / "b.db", jobs=1)


def built(folder: Path, output: Path, *, jobs: int = 2):
    """Return the rows of a new bundle, and the totals of its build."""
    summary = build_from_directory(folder, output, BuildOptions(jobs=jobs), recursive=True)
    return table_rows(output), summary.artifacts, summary.duplicate_count, summary.examples


def kill(worker: Worker) -> None:
    """Kill a worker as the kernel does when memory runs out."""
    os.kill(worker.process.pid, signal.SIGKILL)


def kill_unheard(worker: Worker) -> None:
    """Kill a worker so that its last unread messages are lost too."""
    kill(worker)
    worker.process.wait()
    with suppress(EOFError, OSError):
        while True:
            worker.receive()


def after(monkeypatch, owner, method, act, *, times=(1,)):
    """Run `act` on the arguments of the method's n-th calls, after them; return the list of calls."""
    calls = []
    original = getattr(owner, method)

    def called(*arguments):
        result = original(*arguments)
        calls.append(arguments)
        if len(calls) in times:
            act(*arguments)
        return result

    monkeypatch.setattr(owner, method, called)
    return calls


class TestOneDeath:
    """One worker is killed."""

    def test_while_reading(self, compressed_log, expected, tmp_path, monkeypatch):
        """A worker killed while it reads is replaced, and the bundle is the same."""

        def kill_reader(worker, _):
            wait_until(lambda: has_open(worker.process.pid, "b.log.zst"))
            kill(worker)

        calls = after(monkeypatch, Worker, "assign", kill_reader)
        assert built(compressed_log, tmp_path / "b.db") == expected
        assert len(calls) == 2

    def test_while_writing(self, compressed_log, expected, tmp_path, monkeypatch):
        """A transaction whose worker is killed is rolled back, and another worker writes it completely."""

        def kill_writer(worker, _):
            before = size(tmp_path)
            wait_until(lambda: size(tmp_path) > before)
            kill_unheard(worker)

        calls = after(monkeypatch, Worker, "grant", kill_writer)
        assert built(compressed_log, tmp_path / "b.db") == expected
        assert len(calls) == 2

    @pytest.mark.parametrize("group", mostly_slow(range(1, GROUPS + 1), [1, GROUPS]))
    def test_after_a_transaction(self, compressed_log, expected, tmp_path, monkeypatch, group):
        """Rows committed before the death are neither lost nor written twice."""
        calls = after(monkeypatch, pool.Pool, "_count", _kill_holder, times=(group,))
        assert built(compressed_log, tmp_path / "b.db") == expected
        assert len(calls) == GROUPS + group

    @pytest.mark.parametrize("group", mostly_slow(range(1, GROUPS + 1), [1, GROUPS]))
    def test_before_its_report(self, compressed_log, expected, tmp_path, monkeypatch, group):
        """A transaction whose report is lost with its worker is still counted."""
        original = pool.Pool._count
        calls = []

        def lose(own, attempt, written, totals):
            calls.append(written)
            if len(calls) < group or attempt.is_retry:
                original(own, attempt, written, totals)
            else:
                _kill_holder(own, attempt)

        monkeypatch.setattr(pool.Pool, "_count", lose)
        assert built(compressed_log, tmp_path / "b.db") == expected
        assert len(calls) == GROUPS + group

    @pytest.mark.parametrize("group", mostly_slow([2, 5], [5]))
    def test_within_a_large_member(self, tmp_path, monkeypatch, group):
        """A blob of several transactions is complete, although its second worker did not read its first half."""
        folder = tmp_path / "debug"
        folder.mkdir()
        large = random_bytes(20 << 20, 7)
        write_archive(folder / "a.zip", {"one.bin": large, "small.txt": b"x"})
        write_archive(folder / "b.zip", {"two.bin": large, "other.bin": large[1:], "small.txt": b"x"})
        expected = built(folder, tmp_path / "one.db", jobs=1)
        calls = after(monkeypatch, pool.Pool, "_count", _kill_holder, times=(group,))
        assert built(folder, tmp_path / "two.db", jobs=2) == expected
        assert len(calls) > 6

    def test_idle(self, compressed_log, expected, tmp_path, monkeypatch):
        """The death of an idle worker is noticed when it gets its next task."""
        original = pool.Pool.load
        monkeypatch.setattr(pool.Pool, "load", lambda own, *arguments: (_kill_idle(own), original(own, *arguments))[1])
        assert built(compressed_log, tmp_path / "b.db") == expected


def _kill_holder(own: pool.Pool, attempt: object, *_: object) -> None:
    """Kill the worker that has the task."""
    kill_unheard(next(worker for worker, held in own._busy.items() if any(each is attempt for each in held)))


def _kill_idle(own: pool.Pool) -> None:
    worker = own._idle[-1]
    worker.process.kill()
    worker.process.wait()


class TestReadingOn:
    """Workers that read another task while they wait for their turn."""

    @pytest.fixture(scope="class")
    @classmethod
    def logs(cls, tmp_path_factory):
        """Return small logs after one of several transactions, and the rows that one process makes of them."""
        folder = tmp_path_factory.mktemp("on") / "debug"
        folder.mkdir()
        (folder / "a.log.zst").write_bytes(zstandard.compress(log_lines(3000, text="x" * 4000)))
        for number in range(6):
            (folder / f"b{number}.log").write_bytes(log_lines(130, text="x" * 1000) + b"{broken\n")
        return folder, built(folder, folder.parent / "b.db", jobs=1)

    def test_a_waiting_worker_holds_two_tasks(self, logs, tmp_path, monkeypatch):
        """A worker whose turn has not come reads one more task, and the bundle is the same."""
        folder, expected = logs
        held = []
        after(monkeypatch, pool.Pool, "_assign", lambda own, _: held.extend(map(len, own._busy.values())), times=ALL)
        assert built(folder, tmp_path / "b.db") == expected
        assert max(held) == 2

    def test_death_of_a_worker_with_two_tasks(self, logs, tmp_path, monkeypatch):
        """Both tasks of a dead worker are tried again, each by itself."""
        folder, expected = logs
        killed = []

        def kill_holder(own, _):
            alone = [len(held) for held in own._busy.values() if any(each.is_retry for each in held)]
            assert alone == [1] * len(alone)
            for worker, held in own._busy.items():
                if len(held) == 2 and not killed:
                    killed.extend(each.task.number for each in held)
                    kill_unheard(worker)

        after(monkeypatch, pool.Pool, "_assign", kill_holder, times=ALL)
        assert built(folder, tmp_path / "b.db") == expected
        assert len(killed) == 2


class TestManyDeaths:
    """Workers are killed at random moments."""

    @pytest.fixture(scope="class")
    @classmethod
    def mix(cls, tmp_path_factory):
        """Return artifacts of every kind, and the rows that one process makes of them."""
        folder = tmp_path_factory.mktemp("mix")
        return write_mixed_directory(folder / "debug"), built(folder / "debug", folder / "b.db", jobs=1)

    @pytest.mark.parametrize("seed", mostly_slow(range(24), range(2)))
    def test_random_points(self, mix, tmp_path, monkeypatch, seed):
        """A worker killed at a random message, or shortly after it, does not change the bundle."""
        folder, expected = mix
        chance = random.Random(seed)
        delay = chance.choice([0, 0.001, 0.005, 0.02])

        def strike(own, *_):
            victim = chance.choice([*own._idle, *own._busy])
            pid = victim.process.pid
            timers.append(
                threading.Timer(delay, lambda: pid in child_processes(os.getpid()) and os.kill(pid, signal.SIGKILL))
            )
            timers[-1].start()

        timers = []
        after(monkeypatch, pool.Pool, "_serve", strike, times=(chance.randrange(1, 60),))
        assert built(folder, tmp_path / "b.db") == expected
        assert [timer.join() for timer in timers] == [None]


class TestTwoDeaths:
    """The worker that repeats the task dies too."""

    @pytest.mark.parametrize(
        ("name", "place"),
        [
            ("a.log", r" \(bytes \d+ to \d+\)"),
            ("b.log.zst", r" \(bytes 0 to \d+\) and \d+ more"),
            ("c.zip", r" \(members \d+ to \d+\)"),
        ],
    )
    def test_error(self, tmp_path, monkeypatch, name, place):
        """The error names the file, its bytes or members and the signal, and says what may help."""
        folder = tmp_path / "debug"
        folder.mkdir()
        write_log(folder / "a.log", 1)
        (folder / "b.log.zst").write_bytes(zstandard.compress(random_bytes(200_000, 0).hex().encode() + log_lines(100)))
        write_archive(folder / "c.zip", {f"{number}.bin": random_bytes(60_000, number) for number in range(6)})

        def kill_reader(worker, task):
            first = task.splits[0]
            if first.source.name == name and first.first <= 1:  # of several tasks, any might die first
                kill(worker)

        before = child_processes(os.getpid())
        after(monkeypatch, Worker, "assign", kill_reader, times=range(100))
        lost = r": two worker processes died reading it \(the second of signal 9; .*--jobs"
        with pytest.raises(BundleBuildError, match=f"^{name}{place}{lost}"):
            built(folder, tmp_path / "b.db")
        assert sorted(os.listdir(tmp_path)) == ["debug"]
        assert child_processes(os.getpid()) == before
        assert processes_naming(tmp_path) == []

    def test_the_old_bundle_stays(self, compressed_log, tmp_path, monkeypatch):
        """An existing bundle is unchanged."""
        output = tmp_path / "b.db"
        output.write_bytes(b"precious")
        after(monkeypatch, Worker, "assign", lambda worker, _: kill(worker), times=range(100))
        with pytest.raises(BundleBuildError, match="two worker processes died"):
            build_from_directory(compressed_log, output, BuildOptions(jobs=2, force=True))
        assert output.read_bytes() == b"precious"
        assert os.listdir(tmp_path) == ["b.db"]


class TestFailure:
    """Workers that fail and report it."""

    @pytest.mark.slow
    def test_out_of_memory(self, tmp_path, monkeypatch):
        """A line that needs more memory than a worker may use is an error that names the file and the bytes.

        The worker cannot always report it: some libraries crash at the limit.
        """
        import resource

        class Limited(Worker):
            def __init__(self, partial):
                super().__init__(partial)
                resource.prlimit(self.process.pid, resource.RLIMIT_AS, (1 << 28, 1 << 28))

        folder = tmp_path / "debug"
        folder.mkdir()
        with (folder / "a.log").open("wb") as stream:
            stream.write(log_lines(1000) + b'{"message": "')
            stream.write(b"x" * (60 << 20))
            stream.write(b'"}\n')
        monkeypatch.setattr(pool, "Worker", Limited)
        with pytest.raises(BundleBuildError, match=r"^a\.log \(bytes \d+ to \d{8}\): "):
            built(folder, tmp_path / "b.db")
        assert os.listdir(tmp_path) == ["debug"]
        assert processes_naming(tmp_path) == []

    def test_a_bundle_that_cannot_be_opened(self, compressed_log, tmp_path, monkeypatch):
        """If workers cannot open the bundle, the build fails with their error."""
        monkeypatch.setattr(pool, "Worker", lambda partial: Worker(partial.with_name("absent")))
        with pytest.raises(BundleBuildError, match="CantOpenError: unable to open database file"):
            built(compressed_log, tmp_path / "b.db")
        assert os.listdir(tmp_path) == []


def size(folder: Path) -> int:
    """Return the size of the unfinished bundle in bytes."""
    return sum(path.stat().st_size for path in folder.glob(".*.partial"))
