"""Worker processes make the same bundle as this process alone, even if some of them die."""

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
    snapshot,
    sqlite_connection,
    write_files,
)
from support.case_selection import mostly_slow
from support.process_table import has_open, needs_linux

from wink_debug_bundle import BundleBuildError, DebugBundle
from wink_debug_bundle.artifacts.discovery import describe
from wink_debug_bundle.artifacts.split_reader import Split
from wink_debug_bundle.database.connection import open_new
from wink_debug_bundle.database.table_setup import create_empty_tables
from wink_debug_bundle.database.writing import start_progress
from wink_debug_bundle.pipeline.loading.workers import Grant, Ready, Worker
from wink_debug_bundle.pipeline.planning.tasks import Task

LOG = lines(*[log_record(message=f"{number}", context={"session_id": f"s{number % 7}"}) for number in range(300)])
MOMENTS = ["before 1", "after 1", "before 4", "after 4"]
"""When a worker dies: before or after which of the messages to workers."""

DAMAGED = lines(*[b"bad" if number % 10 == 3 else log_record() for number in range(100)])


@pytest.fixture(scope="module")
def debug(tmp_path_factory):
    """Return a tree of artifacts of every kind, small enough for several tasks."""
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
def _small_splits():
    """Make small inputs go through workers in many splits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wink_debug_bundle.pipeline.build.POOL_BYTES", 0)
        patch.setattr("wink_debug_bundle.pipeline.planning.splitting.BLOCK_BYTES", 5000)
        patch.setattr("wink_debug_bundle.pipeline.planning.tasks.GROUP_BYTES", 12_000)
        yield


def content(path):
    """Return all rows of each table, without the values that differ between builds."""
    with sqlite_connection(path) as bundle:
        names = [name for (name,) in bundle.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        return {
            name: bundle.execute(f"SELECT * FROM {name}").fetchall()
            for name in names
            if name not in ("bundle_meta", "digests")
        }


@pytest.fixture(scope="module")
def one_process_content(debug, tmp_path_factory):
    """Return the content of the bundle that this process makes alone."""
    return built(debug, tmp_path_factory.mktemp("alone") / "b.db", 1)


def built(debug, output, jobs):
    """Return the content of a bundle made by the number of jobs."""
    with DebugBundle.from_directory(debug, output=output, recursive=True, jobs=jobs):
        return content(output)


def children():
    """Return the child processes of this process, including ended ones that were not waited for."""
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
    """A patch that kills a worker before or after its n-th message."""

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
    """The number of jobs does not change the bundle."""

    @pytest.mark.parametrize("jobs", [2, 3])
    def test_rows(self, debug, one_process_content, tmp_path, jobs):
        """All rows have the same ids and values, whatever the number of jobs."""
        assert built(debug, tmp_path / "b.db", jobs) == one_process_content
        assert len(one_process_content["logs"]) == 300 + 90 + 274

    def test_nothing_is_left(self, debug, tmp_path):
        """No process and no file is left."""
        before = children()
        built(debug, tmp_path / "b.db", 2)
        assert children() == before
        assert os.listdir(tmp_path) == ["b.db"]

    def test_large_members(self, tmp_path):
        """A large member is the same blob, whichever worker reads it."""
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
    @pytest.mark.parametrize("moment", mostly_slow(MOMENTS, ["before 1", "after 4"]))
    def test_one(self, debug, one_process_content, tmp_path, monkeypatch, method, moment):
        """A worker that dies before or after a message is replaced, and the bundle is the same."""
        when, after = int(moment[-1]), moment.startswith("after")
        killer = Killer(monkeypatch, method, {when}, after=after)
        assert built(debug, tmp_path / "b.db", 2) == one_process_content
        assert killer.calls > when

    def test_twice_of_one_task(self, debug, tmp_path, monkeypatch):
        """If a task kills two workers, the build ends with an error that says so, and leaves no file."""
        Killer(monkeypatch, "grant", set(range(1, 1000)), after=True)
        before = children()
        with pytest.raises(BundleBuildError, match="two worker processes died"):
            built(debug, tmp_path / "b.db", 2)
        assert children() == before
        assert os.listdir(tmp_path) == []


@needs_linux
def test_a_worker_opens_the_bundle_in_its_turn(tmp_path):
    """Before, another worker may be in a transaction, whose journal SQLite would take for that of a dead process."""
    folder = write_files(tmp_path / "debug", {"a.log": LOG})
    source = describe(folder / "a.log", "a.log")
    file = tmp_path / "b.db"
    file.touch()
    connection = open_new(file, 0, is_shared=True)
    create_empty_tables(connection)
    start_progress(connection)
    worker = Worker(file)
    try:
        worker.assign(Task(0, (Split(1, source, None, tmp_path, 1),)))
        assert worker.receive() == Ready(0, is_whole=True)
        assert not has_open(worker.process.pid, file.name)
        worker.grant(Grant(0, {1: 0}))
        assert worker.receive()[0].record_count == 300
        assert has_open(worker.process.pid, file.name)
    finally:
        worker.kill()
    assert connection.execute("SELECT count(*) FROM logs").get == 300
    connection.close()
