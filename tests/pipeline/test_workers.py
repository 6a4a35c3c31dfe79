"""Worker processes make the same bundle that this process makes, and outlive the death of some."""

from __future__ import annotations

import os
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from support.artifact_samples import (
    CHILD_SESSION,
    FIXTURES,
    ROOT_SESSION,
    archive,
    lines,
    log_record,
    reading,
    snapshot,
    write_files,
)

from wink_debug_bundle import BundleBuildError, DebugBundle
from wink_debug_bundle.pipeline.loading.workers import Worker

LOG = lines(*[log_record(message=f"{number}", context={"session_id": f"s{number % 7}"}) for number in range(300)])
DAMAGED = lines(*[b"bad" if number % 10 == 3 else log_record() for number in range(100)])


@pytest.fixture(scope="module")
def debug(tmp_path_factory):
    """A tree with artifacts of every kind, in pieces small enough for several tasks."""
    folder = write_files(
        tmp_path_factory.mktemp("workers") / "debug",
        {
            "a.log": LOG,
            "b/damaged.log": DAMAGED,
            "b/s.jsonl": lines(*[snapshot(ROOT_SESSION, created_at=f"{day}") for day in range(40)], b"bad", b""),
            "c/s.jsonl": lines(snapshot(CHILD_SESSION, parent=ROOT_SESSION)) * 20,
            "c/f.zip": archive({f"{number}": bytes([number]) * 3000 for number in range(200)}),
            "c/g.zip": archive({f"{number}": bytes([number]) * 3000 for number in range(200)}),
            "notes.txt": "not an artifact",
        },
    )
    shutil.copytree(FIXTURES / "run", folder / "run")
    return folder


@pytest.fixture(scope="module", autouse=True)
def _small_pieces():
    """Small inputs go to worker processes too, in many pieces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wink_debug_bundle.pipeline.build.POOL_BYTES", 0)
        patch.setattr("wink_debug_bundle.pipeline.planning.splitting.BLOCK_BYTES", 5000)
        patch.setattr("wink_debug_bundle.pipeline.planning.tasks.GROUP_BYTES", 12_000)
        yield


def content(path):
    """Every row of every table but for what differs from build to build."""
    with reading(path) as bundle:
        names = [name for (name,) in bundle.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        return {name: bundle.execute(f"SELECT * FROM {name}").fetchall() for name in names if name != "bundle_meta"}


@pytest.fixture(scope="module")
def alone(debug, tmp_path_factory):
    """The content of the bundle that this process makes by itself."""
    return built(debug, tmp_path_factory.mktemp("alone") / "b.db", 1)


def built(debug, output, jobs):
    """The content of a bundle that so many jobs made."""
    with DebugBundle.from_directory(debug, output=output, recursive=True, jobs=jobs):
        return content(output)


def children():
    """Processes that this one has started and that are still there, dead ones included."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.append(entry.name)
    return found


class Killer:
    """Kills a worker when it is spoken to for the n-th time, before the words or after them."""

    def __init__(self, monkeypatch, method, times, *, after=False):
        self.calls = 0
        self.times = times
        speak = getattr(Worker, method)

        def spoken(worker, *words):
            self.calls += 1
            if after:
                speak(worker, *words)
            if self.calls in self.times:
                worker.process.kill()
                worker.process.wait()
            if not after:
                speak(worker, *words)

        monkeypatch.setattr(Worker, method, spoken)


class TestSameBundle:
    """Jobs change nothing but the time."""

    @pytest.mark.parametrize("jobs", [2, 3])
    def test_rows(self, debug, alone, tmp_path, jobs):
        """Every row of every table is the same under the same id, whatever the number of jobs."""
        assert built(debug, tmp_path / "b.db", jobs) == alone
        assert len(alone["logs"]) == 300 + 90 + 274

    def test_nothing_is_left(self, debug, tmp_path):
        """Neither a process nor a file is left."""
        before = children()
        built(debug, tmp_path / "b.db", 2)
        assert children() == before
        assert os.listdir(tmp_path) == ["b.db"]

    def test_large_members(self, tmp_path):
        """A large member is the same blob, whoever reads it."""
        folder = tmp_path / "debug"
        folder.mkdir()
        for name in ("a.zip", "b.zip"):
            with zipfile.ZipFile(folder / name, "w") as opened:
                opened.writestr("large", bytes(range(256)) * 10_000)
                opened.writestr("small", "x")
        assert built(folder, tmp_path / "one.db", 1) == built(folder, tmp_path / "two.db", 2)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
class TestDeath:
    """Workers that are killed."""

    @pytest.mark.parametrize("method", ["assign", "grant"])
    @pytest.mark.parametrize("when", [1, 4])
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_one(self, debug, alone, tmp_path, monkeypatch, method, when, after):
        """One that dies before or after it is spoken to is replaced, and the bundle is what it would have been."""
        killer = Killer(monkeypatch, method, {when}, after=after)
        assert built(debug, tmp_path / "b.db", 2) == alone
        assert killer.calls > when

    def test_twice_of_one_task(self, debug, tmp_path, monkeypatch):
        """A task that two workers die of ends the build with an error that says so; nothing is left."""
        Killer(monkeypatch, "grant", set(range(1, 1000)), after=True)
        before = children()
        with pytest.raises(BundleBuildError, match="two worker processes died"):
            built(debug, tmp_path / "b.db", 2)
        assert children() == before
        assert os.listdir(tmp_path) == []
