"""Workers that die: nothing is lost, nothing is there twice; and if it cannot be mended, nothing is left."""

from __future__ import annotations

import os
import random
import signal
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import zstandard
from support.large_artifacts import contents, log_lines, noise, write_archive, write_log, write_mix
from support.process_table import LINUX, children, naming, wait_until

from wink_debug_bundle import BundleBuildError
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.build_options import BuildOptions
from wink_debug_bundle.pipeline.loading import pool
from wink_debug_bundle.pipeline.loading.workers import Worker
from wink_debug_bundle.pipeline.planning import splitting, tasks

pytestmark = LINUX

GROUPS = 3
"""Transactions that the packed log takes."""


@pytest.fixture(scope="module", autouse=True)
def _many_tasks():
    """Small inputs go through workers, in many small tasks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "POOL_BYTES", 0)
        patch.setattr(splitting, "BLOCK_BYTES", 1 << 17)
        patch.setattr(tasks, "GROUP_BYTES", 1 << 17)
        yield


@pytest.fixture(scope="module")
def compressed(tmp_path_factory):
    """A packed log between two small ones: one task of several transactions, however small the pieces of others."""
    folder = tmp_path_factory.mktemp("packed") / "debug"
    folder.mkdir()
    (folder / "a.log").write_bytes(log_lines(10) + b"{broken\n")
    block = log_lines(100, text="x" * 4000) + b"{broken\n"
    with zstandard.open(folder / "b.log.zst", "wb") as stream:
        for _ in range(1 + ((GROUPS - 1) << 23) // len(block)):
            stream.write(block)
    (folder / "c.log").write_bytes(log_lines(10) + b"{broken\n")
    return folder


@pytest.fixture(scope="module")
def expected(compressed, tmp_path_factory):
    """What one process makes of the packed log: its rows and its account."""
    return built(compressed, tmp_path_factory.mktemp("expected") / "b.db", jobs=1)


def built(folder: Path, output: Path, *, jobs: int = 2):
    """The rows of a new bundle, and what its build says of the artifacts."""
    summary = build_from_directory(folder, output, BuildOptions(jobs=jobs), recursive=True)
    return contents(output), summary.artifacts, summary.duplicate_count, summary.examples


def kill(worker: Worker) -> None:
    """End a worker as the kernel does when memory runs out."""
    os.kill(worker.process.pid, signal.SIGKILL)


def silence(worker: Worker) -> None:
    """End a worker; what it has said that nobody has heard yet is lost too."""
    kill(worker)
    worker.process.wait()
    with suppress(EOFError, OSError):
        while True:
            worker.receive()


def after(monkeypatch, owner, method, act, *, times=(1,)):
    """Act on the arguments of the method's n-th calls, after them; gives the list of calls."""
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
    """A worker is killed once."""

    def test_while_reading(self, compressed, expected, tmp_path, monkeypatch):
        """One that is killed with its artifact open is replaced, and the bundle is what it would have been."""

        def kill_reader(worker, _):
            wait_until(lambda: has_open(worker.process.pid, "b.log.zst"))
            kill(worker)

        calls = after(monkeypatch, Worker, "assign", kill_reader)
        assert built(compressed, tmp_path / "b.db") == expected
        assert len(calls) == 2

    def test_while_writing(self, compressed, expected, tmp_path, monkeypatch):
        """One that is killed within a transaction has written nothing of it, and another one writes all of it."""

        def kill_writer(worker, _):
            before = log_size(tmp_path)
            wait_until(lambda: log_size(tmp_path) > before)
            silence(worker)

        calls = after(monkeypatch, Worker, "grant", kill_writer)
        assert built(compressed, tmp_path / "b.db") == expected
        assert len(calls) == 2

    @pytest.mark.parametrize("group", range(1, GROUPS + 1))
    def test_after_a_transaction(self, compressed, expected, tmp_path, monkeypatch, group):
        """What it had committed before is neither lost nor repeated."""
        calls = after(monkeypatch, pool.Pool, "_count", _kill_holder, times=(group,))
        assert built(compressed, tmp_path / "b.db") == expected
        assert len(calls) == GROUPS + group

    @pytest.mark.parametrize("group", range(1, GROUPS + 1))
    def test_before_its_report(self, compressed, expected, tmp_path, monkeypatch, group):
        """A transaction whose report is lost with the worker is in the account all the same."""
        original = pool.Pool._count
        calls = []

        def lose(own, attempt, written, totals):
            calls.append(written)
            if len(calls) < group or attempt.is_retry:
                original(own, attempt, written, totals)
            else:
                _kill_holder(own, attempt)

        monkeypatch.setattr(pool.Pool, "_count", lose)
        assert built(compressed, tmp_path / "b.db") == expected
        assert len(calls) == GROUPS + group

    @pytest.mark.parametrize("group", [2, 5])
    def test_within_a_large_member(self, tmp_path, monkeypatch, group):
        """A blob of several transactions is whole, though its second worker had not seen its first half."""
        folder = tmp_path / "debug"
        folder.mkdir()
        large = noise(20 << 20, 7)
        write_archive(folder / "a.zip", {"one.bin": large, "small.txt": b"x"})
        write_archive(folder / "b.zip", {"two.bin": large, "other.bin": large[1:], "small.txt": b"x"})
        expected = built(folder, tmp_path / "one.db", jobs=1)
        calls = after(monkeypatch, pool.Pool, "_count", _kill_holder, times=(group,))
        assert built(folder, tmp_path / "two.db", jobs=2) == expected
        assert len(calls) > 6

    def test_idle(self, compressed, expected, tmp_path, monkeypatch):
        """One that dies between two tasks is noticed when it gets the next."""
        original = pool.Pool.load
        monkeypatch.setattr(pool.Pool, "load", lambda own, *arguments: (_kill_idle(own), original(own, *arguments))[1])
        assert built(compressed, tmp_path / "b.db") == expected


def _kill_holder(own: pool.Pool, attempt: object, *_: object) -> None:
    """Kill the worker that has the attempt in its hands."""
    silence(next(worker for worker, held in own._busy.items() if held is attempt))


def _kill_idle(own: pool.Pool) -> None:
    worker = own._idle[-1]
    worker.process.kill()
    worker.process.wait()


class TestManyDeaths:
    """Workers are killed at any time."""

    @pytest.fixture(scope="class")
    @classmethod
    def mix(cls, tmp_path_factory):
        """Artifacts of every kind, and what one process makes of them."""
        folder = tmp_path_factory.mktemp("mix")
        return write_mix(folder / "debug"), built(folder / "debug", folder / "b.db", jobs=1)

    @pytest.mark.parametrize(
        "seed", [*range(4), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(4, 24))]
    )
    def test_random_points(self, mix, tmp_path, monkeypatch, seed):
        """Killed at a random message of a random worker, a little later or at once: the bundle is the same."""
        folder, expected = mix
        chance = random.Random(seed)
        delay = chance.choice([0, 0.001, 0.005, 0.02])

        def strike(own, *_):
            victim = chance.choice([*own._idle, *own._busy])
            pid = victim.process.pid
            timers.append(threading.Timer(delay, lambda: pid in children(os.getpid()) and os.kill(pid, signal.SIGKILL)))
            timers[-1].start()

        timers = []
        after(monkeypatch, pool.Pool, "_serve", strike, times=(chance.randrange(1, 60),))
        assert built(folder, tmp_path / "b.db") == expected
        assert [timer.join() for timer in timers] == [None]


class TestTwoDeaths:
    """The worker that tries a task again dies too."""

    @pytest.mark.parametrize(
        ("name", "place"),
        [("a.log", r" \(bytes \d+ to \d+\)"), ("b.log.zst", ""), ("c.zip", r" \(members \d+ to \d+\)")],
    )
    def test_error(self, tmp_path, monkeypatch, name, place):
        """The error names the file, its bytes or members and the signal, and says what may help."""
        folder = tmp_path / "debug"
        folder.mkdir()
        write_log(folder / "a.log", 1)
        (folder / "b.log.zst").write_bytes(zstandard.compress(noise(200_000, 0).hex().encode() + log_lines(100)))
        write_archive(folder / "c.zip", {f"{number}.bin": noise(60_000, number) for number in range(6)})

        def kill_reader(worker, task):
            if task.splits[0].source.name == name:
                kill(worker)

        before = children(os.getpid())
        after(monkeypatch, Worker, "assign", kill_reader, times=range(100))
        lost = r": two worker processes died reading it \(the second of signal 9; .*--jobs"
        with pytest.raises(BundleBuildError, match=f"^{name}{place}{lost}"):
            built(folder, tmp_path / "b.db")
        assert sorted(os.listdir(tmp_path)) == ["debug"]
        assert children(os.getpid()) == before
        assert naming(tmp_path) == []

    def test_the_old_bundle_stays(self, compressed, tmp_path, monkeypatch):
        """A bundle that was there is as it was."""
        output = tmp_path / "b.db"
        output.write_bytes(b"precious")
        after(monkeypatch, Worker, "assign", lambda worker, _: kill(worker), times=range(100))
        with pytest.raises(BundleBuildError, match="two worker processes died"):
            build_from_directory(compressed, output, BuildOptions(jobs=2, force=True))
        assert output.read_bytes() == b"precious"
        assert os.listdir(tmp_path) == ["b.db"]


class TestFailure:
    """A worker that fails and can still say so."""

    @pytest.mark.slow
    def test_out_of_memory(self, tmp_path, monkeypatch):
        """A line that needs more memory than a worker may use is an error that names the file and the bytes.

        Whether the worker can say so itself depends on where it meets the limit; some libraries crash.
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
        assert naming(tmp_path) == []

    def test_a_bundle_that_cannot_be_opened(self, compressed, tmp_path, monkeypatch):
        """Workers that cannot open the bundle say so, and the error is theirs."""
        monkeypatch.setattr(pool, "Worker", lambda partial: Worker(partial.with_name("absent")))
        with pytest.raises(BundleBuildError, match="CantOpenError: unable to open database file"):
            built(compressed, tmp_path / "b.db")
        assert os.listdir(tmp_path) == []


def has_open(pid: int, name: str) -> bool:
    """Whether the process has a file of that name open."""
    try:
        return any(os.readlink(entry).endswith(name) for entry in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:  # a descriptor was closed meanwhile
        return False


def log_size(folder: Path) -> int:
    """Bytes in the write-ahead log of the bundle under construction."""
    return sum(path.stat().st_size for path in folder.glob(".*.partial-wal"))
