"""Runs that are read whole are settled at once; the others at the end, with the same calls, counts and prompt parts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import apsw
import pytest
from support.artifact_samples import (
    CHILD_SESSION,
    OTHER_SESSION,
    ROOT,
    ROOT_SESSION,
    TOOL_INVOKED,
    archive,
    column,
    lines,
    rows,
    slice_of,
    snapshot,
    tool_event,
    write_files,
)
from support.bundle_comparison import tables_that_differ
from support.call_records import bridge_finished, bridge_started, record_at, session_dispatched, timestamp_at

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.derive import tool_calls
from wink_debug_bundle.derive.reopened_runs import reopen_runs
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.planning import tasks

EVALUATIONS = sorted(ROOT.glob("fixtures/wink-*/evaluation"))
RUNS = sorted(ROOT.glob("fixtures/wink-*/runs"))

Files = dict[str, bytes]


def run_zip(
    number: int,
    session: str | None,
    *,
    events: Iterable[Any] = (),
    log: Iterable[Any] = (),
    members: Mapping[str, bytes] | None = None,
) -> Files:
    """Return the zip of a run whose session holds the events and whose log holds the records."""
    manifest = {
        "format_version": "1.0.0",
        "bundle_id": f"00000000-0000-4000-8000-{number:012}",
        "created_at": timestamp_at(number),
        "request": {"session_id": session, "started_at": timestamp_at(0), "ended_at": timestamp_at(59)},
        "files": ["session/after.jsonl", "logs/app.jsonl"],
    }
    content = {
        "debug_bundle/manifest.json": json.dumps(manifest).encode(),
        "debug_bundle/session/after.jsonl": lines(snapshot(session or OTHER_SESSION, slice_of(TOOL_INVOKED, *events))),
        "debug_bundle/logs/app.jsonl": lines(*log),
    }
    return {f"run{number}.zip": archive({**content, **(members or {})})}


def call_records(session: str, *seconds: float) -> Iterator[dict[str, Any]]:
    """Yield the log records of a call of the session at each of the seconds."""
    for second in seconds:
        yield bridge_started(second, "tool")
        yield session_dispatched(second + 0.4, session)
        yield bridge_finished(second + 0.5, "tool")


def event(session: str, second: float, name: str = "") -> dict[str, Any]:
    """Return the ToolInvoked event of a call at that second."""
    event_id = name or f"{session}-{second}"
    return tool_event(event_id, session_id=session, created_at=timestamp_at(second), call_id=None)


def usual_run(number: int, session: str) -> Files:
    """Return a run with two calls that log and session record, two prompts, a file, and a member that is damaged.

    One prompt's descriptor cannot be read.
    """
    descriptor = (
        f"PromptDescriptor(ns='n', key='prompt {number}', sections=[SectionDescriptor(path=('s',), content_hash='2e', "
        "number='1')], tools=[], task_examples=[])"
    )
    prompts = [record_at(5, "prompt.render.start", descriptor=text) for text in (descriptor, "cut o", descriptor)]
    return run_zip(
        number,
        session,
        events=[event(session, 1.4), event(session, 3.4)],
        log=[*call_records(session, 1, 3), *prompts],
        members={"debug_bundle/filesystem/a.txt": b"text", "debug_bundle/error.json": b"{"},
    )


class Builds:
    """Builds bundles of the same files in two ways."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self._monkeypatch = monkeypatch
        self._settled: list[int] = []

    def settled(self, source: Path) -> list[int]:
        """Build a bundle, check that all calls put together at the end are the same, and return the settled runs."""

        def reopen(connection: apsw.Connection) -> None:
            reopen_runs(connection)
            self._settled = [run for (run,) in connection.execute("SELECT run_id FROM settled_runs ORDER BY run_id")]

        with self._monkeypatch.context() as patch:
            patch.setattr(tool_calls, "reopen_runs", reopen)
            self._build(source, "settled.db")
            settled = self._settled
            patch.setattr(build, "with_whole_runs", lambda all_tasks, _: all_tasks)
            self._build(source, "late.db")
        assert self._settled == []
        assert tables_that_differ(self.folder / "settled.db", self.folder / "late.db") == []
        return settled

    def of_files(self, *files: Files) -> list[int]:
        """Return the settled runs of these files."""
        return self.settled(
            write_files(self.folder / "in", {name: data for each in files for name, data in each.items()})
        )

    def calls(self, columns: str) -> list[tuple[Any, ...]]:
        """Return columns of the calls of the last bundle."""
        return rows(self.folder / "settled.db", f"SELECT {columns} FROM calls ORDER BY id")

    def _build(self, source: Path, name: str) -> None:
        DebugBundle.from_directory(source, output=self.folder / name, recursive=True, jobs=1).close()


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Builds:
    return Builds(tmp_path, monkeypatch)


@pytest.mark.parametrize("source", EVALUATIONS + RUNS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_runs_of_every_release_have_the_same_calls(builds: Builds, source: Path) -> None:
    builds.settled(source)
    assert builds.calls("id")


def test_runs_that_name_their_sessions_are_settled(builds: Builds) -> None:
    assert builds.of_files(usual_run(1, ROOT_SESSION), usual_run(2, CHILD_SESSION)) == [1, 4]
    assert builds.calls("run_id, source, requested_log_id, started_log_id, ended_log_id, event_id") == [
        (1, "slices,bridge", None, 1, 3, f"{ROOT_SESSION}-1.4"),
        (1, "slices,bridge", None, 4, 6, f"{ROOT_SESSION}-3.4"),
        (4, "slices,bridge", None, 10, 12, f"{CHILD_SESSION}-1.4"),
        (4, "slices,bridge", None, 13, 15, f"{CHILD_SESSION}-3.4"),
    ]


def test_counts_of_a_settled_run(builds: Builds) -> None:
    assert builds.of_files(usual_run(1, ROOT_SESSION)) == [1]
    counts = "log_count, entry_count, tool_call_count, failed_call_count, file_count, problem_count"
    assert rows(builds.folder / "settled.db", f"SELECT {counts} FROM runs") == [(9, 0, 2, 0, 1, 1)]


@pytest.mark.parametrize("open_run", [1, 2, 3])
def test_prompt_parts_are_in_the_order_of_the_runs(
    builds: Builds, caplog: pytest.LogCaptureFixture, open_run: int
) -> None:
    sessions = {1: ROOT_SESSION, 2: CHILD_SESSION, 3: OTHER_SESSION}
    files = [usual_run(number, session) for number, session in sessions.items()]
    shared = run_zip(4, sessions[open_run])
    with caplog.at_level("WARNING"):
        assert len(builds.of_files(*files, shared)) == 2
    assert column(builds.folder / "settled.db", "SELECT prompt_key FROM prompt_parts ORDER BY id") == [
        "prompt 1",
        "prompt 2",
        "prompt 3",
    ]
    incomplete = [vars(each)["context"] for each in caplog.records if "incomplete_prompts" in each.getMessage()]
    assert incomplete == [{"descriptor_count": 3}] * 2


def test_a_run_without_calls_is_settled(builds: Builds) -> None:
    assert builds.of_files(run_zip(1, ROOT_SESSION), usual_run(2, CHILD_SESSION)) == [1, 4]


def test_entries_of_a_transcript_keep_their_ids(builds: Builds) -> None:
    detail = {"sdk_entry": {"message": {"content": [{"type": "tool_use", "id": "c-1", "name": "Read", "input": {}}]}}}
    entry = record_at(5, "transcript.entry", entry_type="assistant_message", source="main", detail=detail)
    log = [*call_records(ROOT_SESSION, 1), entry]
    assert builds.of_files(usual_run(1, CHILD_SESSION), run_zip(2, ROOT_SESSION, log=log)) == [1, 4]
    found = column(
        builds.folder / "settled.db", "SELECT entries.call_id FROM calls JOIN entries ON use_entry_id = entries.id"
    )
    assert found == ["c-1"]


class TestLeftToTheEnd:
    """Runs whose calls something else decides as well."""

    def test_runs_that_share_a_session(self, builds: Builds) -> None:
        shared = usual_run(1, ROOT_SESSION), usual_run(2, ROOT_SESSION)
        assert builds.of_files(*shared, usual_run(3, CHILD_SESSION)) == [7]

    def test_runs_with_events_of_a_shared_session(self, builds: Builds) -> None:
        shared = usual_run(1, ROOT_SESSION), usual_run(2, ROOT_SESSION)
        other = run_zip(3, CHILD_SESSION, events=[event(ROOT_SESSION, 9, "new")])
        assert builds.of_files(*shared, other, usual_run(4, OTHER_SESSION)) == [10]

    def test_runs_with_events_that_the_bundle_has(self, builds: Builds) -> None:
        repeated = run_zip(2, CHILD_SESSION, events=[event(ROOT_SESSION, 1.4)], log=call_records(CHILD_SESSION, 1))
        assert builds.of_files(usual_run(1, ROOT_SESSION), repeated) == [1]
        assert builds.calls("run_id, event_id")[2:] == [(4, None)]

    @pytest.mark.parametrize("position", [0, 1, 2])
    def test_runs_one_of_whose_events_the_bundle_has(self, builds: Builds, position: int) -> None:
        events = [event(CHILD_SESSION, 7), event(CHILD_SESSION, 8)]
        events.insert(position, event(ROOT_SESSION, 3.4))
        assert builds.of_files(usual_run(1, ROOT_SESSION), run_zip(2, CHILD_SESSION, events=events)) == [1]

    def test_runs_with_events_of_a_session_outside(self, builds: Builds) -> None:
        outside = {"a.jsonl": lines(snapshot(ROOT_SESSION, slice_of(TOOL_INVOKED, event(ROOT_SESSION, 1.4))))}
        assert builds.of_files(outside, usual_run(1, ROOT_SESSION)) == []

    def test_runs_with_calls_of_another_session(self, builds: Builds) -> None:
        run = run_zip(1, ROOT_SESSION, log=[*call_records(ROOT_SESSION, 1), *call_records(CHILD_SESSION, 3)])
        assert builds.of_files(run, usual_run(2, CHILD_SESSION)) == [4]
        assert [run_id for (run_id,) in builds.calls("run_id")] == [1, 4, 4]

    def test_all_runs_if_one_names_no_session(self, builds: Builds) -> None:
        nameless = run_zip(2, None, log=[record_at(1, "a", session_id=ROOT_SESSION)])
        assert builds.of_files(usual_run(1, ROOT_SESSION), nameless) == []

    def test_runs_that_have_a_copy(self, builds: Builds) -> None:
        [(_, data)] = usual_run(1, ROOT_SESSION).items()
        assert builds.of_files({"a.zip": data, "b.zip": data}, usual_run(2, CHILD_SESSION)) == [4]

    def test_runs_that_are_cut(self, builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tasks, "GROUP_BYTES", 1)
        assert builds.of_files(usual_run(1, ROOT_SESSION), usual_run(2, CHILD_SESSION)) == []


@pytest.mark.parametrize("group_bytes", [1, 70_000, 150_000, 250_000, 1 << 20])
def test_calls_do_not_depend_on_where_tasks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group_bytes: int
) -> None:
    sessions = [f"{number:08}-1111-4111-8111-111111111111" for number in range(6)]
    files = [usual_run(number, session) for number, session in enumerate(sessions, 1)]
    folder = write_files(tmp_path / "in", {name: data for each in files for name, data in each.items()})
    monkeypatch.setattr(tasks, "GROUP_BYTES", group_bytes)
    DebugBundle.from_directory(folder, output=tmp_path / "cut.db", jobs=1).close()
    monkeypatch.undo()
    DebugBundle.from_directory(folder, output=tmp_path / "whole.db", jobs=1).close()
    assert tables_that_differ(tmp_path / "cut.db", tmp_path / "whole.db") == []


def test_two_workers_put_the_same_calls_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run is a task of its own, and each second one has an event of the run before it; the first, one of no run."""
    files = []
    for number in range(1, 9):
        session = f"{number:08}-1111-4111-8111-111111111111"
        repeated = event(f"{number - number % 2:08}-1111-4111-8111-111111111111", 1.4)
        events = [event(session, 1.4), repeated, event(session, 3.4)]
        files.append(run_zip(number, session, events=events, log=call_records(session, 1, 3)))
    folder = write_files(tmp_path / "in", {name: data for each in files for name, data in each.items()})
    monkeypatch.setattr(tasks, "GROUP_BYTES", 150_000)
    monkeypatch.setattr(build, "POOL_BYTES", 0)
    for jobs in (1, 2):
        DebugBundle.from_directory(folder, output=tmp_path / f"{jobs}.db", jobs=jobs).close()
    assert tables_that_differ(tmp_path / "1.db", tmp_path / "2.db") == []
    assert len(column(tmp_path / "1.db", "SELECT id FROM calls")) == 8 * 2 + 1
