"""A worker that has no task left hashes rows, and its death costs the bundle nothing."""

from __future__ import annotations

import pytest
from support.artifact_samples import ROOT_SESSION, lines, log_record, snapshot, write_files

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.pipeline.loading.workers import IdleWorker


@pytest.fixture
def debug(tmp_path):
    return write_files(
        tmp_path / "debug",
        {"a.log": lines(*[log_record()] * 50), "s.jsonl": lines(snapshot(ROOT_SESSION)), "b.log": lines(b"bad")},
    )


@pytest.fixture
def asked(monkeypatch):
    """Make small builds use workers, and return the tables whose rows a worker is asked to hash."""
    tables = []
    hash_rows = IdleWorker.hash

    def ask(worker, group, inexact):
        tables.append(group.table)
        return hash_rows(worker, group, inexact)

    monkeypatch.setattr("wink_debug_bundle.pipeline.build.POOL_BYTES", 0)
    monkeypatch.setattr(IdleWorker, "hash", ask)
    return tables


def findings(debug, output):
    """Build with two workers, and return what `verify` finds."""
    with DebugBundle.from_directory(debug, output=output, jobs=2) as bundle:
        return list(bundle.verify().findings)


def test_large_tables_are_hashed_by_workers(debug, asked, tmp_path):
    assert findings(debug, tmp_path / "b.db") == []
    assert {"slice_items", "tool_invocations", "logs", "calls"} < set(asked)


def test_a_worker_that_dies_before_it_is_released(debug, asked, tmp_path, monkeypatch):
    monkeypatch.setattr("wink_debug_bundle.pipeline.loading.workers.Worker.release", _die)
    assert findings(debug, tmp_path / "b.db") == []
    assert asked == []


@pytest.mark.parametrize("step", ["open", "hash"])
def test_a_worker_that_dies_while_it_hashes(debug, asked, tmp_path, monkeypatch, step):
    method = getattr(IdleWorker, step)

    def dying(worker, *arguments):
        worker.close()
        return method(worker, *arguments)

    monkeypatch.setattr(IdleWorker, step, dying)
    assert findings(debug, tmp_path / "b.db") == []
    assert asked


def _die(worker):
    worker.kill()
    raise EOFError


def test_a_build_that_fails_does_not_wait_for_the_worker(debug, asked, tmp_path, monkeypatch):
    killed = []
    close = IdleWorker.close
    monkeypatch.setattr(IdleWorker, "close", lambda worker: (killed.append(worker), close(worker)))
    monkeypatch.setattr("wink_debug_bundle.pipeline.finish.derive_calls", _fail)
    with pytest.raises(ZeroDivisionError):
        findings(debug, tmp_path / "b.db")
    assert killed
    assert not (tmp_path / "b.db").exists()


def _fail(*_):
    raise ZeroDivisionError
