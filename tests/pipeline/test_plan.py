"""The order in which artifacts are read, and the session that an artifact belongs to."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from support.artifact_samples import (
    CHILD_SESSION,
    OTHER_SESSION,
    ROOT_SESSION,
    archive,
    column,
    lines,
    log_record,
    rows,
    snapshot,
    sqlite_connection,
    write_files,
)

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.artifacts import discovery
from wink_debug_bundle.artifacts.source import Source
from wink_debug_bundle.column_values import ArtifactKind, Compression
from wink_debug_bundle.pipeline.planning.plan import in_order

A, B, C = ROOT_SESSION, CHILD_SESSION, OTHER_SESSION
LOG, ZIP = lines(log_record()), archive({"a": "x"})
NAMED = lines(log_record(context={"session_id": "named"}))


def dump(*sessions, parent=None):
    """Return a file of snapshots."""
    return lines(*[snapshot(session, parent=parent) for session in sessions])


class TestLogSession:
    """The session of a log record."""

    @pytest.mark.parametrize(
        ("files", "session"),
        [
            ({f"{B}/{C}.log": NAMED, f"{B}/s.jsonl": dump(A)}, "named"),
            ({f"{B}/{C}.log": LOG, f"{B}/s.jsonl": dump(A)}, C),
            ({f"{B}/x.{C.upper()}.log": LOG, f"{B}/s.jsonl": dump(A)}, C),
            ({f"{B}/x.log": LOG, f"{B}/s.jsonl": dump(A)}, A),
            ({f"{B}/x.log": LOG, f"{B}/s.jsonl": dump(A) + dump(C, parent=A)}, A),
            ({f"{B}/x.log": LOG, f"{B}/s.jsonl": dump(C, parent=A)}, A),
            ({f"{B}/x.log": LOG, f"{B}/s.jsonl": dump(A, C)}, None),
            ({f"{B}/x.log": LOG}, B),
            ({f"{B}/x.log": LOG, "s.jsonl": dump(A)}, B),
            ({"d/x.log": LOG}, None),
            ({"d/x.log": LOG, "e/s.jsonl": dump(A)}, None),
        ],
        ids=[
            "its context over all",
            "the file's name over its folder",
            "a name with more in it",
            "the folder's only root over the folder's name",
            "the root of a tree",
            "the root that another names",
            "two roots",
            "the folder's name",
            "the folder's own name over another folder's root",
            "nothing",
            "another folder's root",
        ],
    )
    def test_guess(self, build, files, session):
        """The first known one is used: of the context, the file's name, the folder's only root, the folder's name."""
        assert column(build(files, recursive=True), "SELECT session_id FROM logs") == [session]


class TestArchiveSession:
    """The session of an archive."""

    @pytest.mark.parametrize(
        ("files", "session"),
        [
            ({f"d/{C}.zip": ZIP, "d/s.jsonl": dump(A)}, A),
            ({f"d/{A}.zip": ZIP, "d/s.jsonl": dump(A, B)}, A),
            ({f"d/{C}.zip": ZIP, "d/s.jsonl": dump(A, B)}, None),
            ({f"{A}/{C}.zip": ZIP}, A),
            ({f"d/{C}.zip": ZIP}, None),
        ],
        ids=["the folder's only root", "its name, of a known session", "two roots", "the folder's name", "nothing"],
    )
    def test_guess(self, build, files, session):
        """The session in the archive's name is used if it is known, otherwise the folder's session."""
        assert column(build(files, recursive=True), "SELECT session_id FROM files") == [session]

    def test_no_session_of_its_name(self, build):
        """An archive's name does not create a session."""
        path = build({f"{C}.zip": ZIP, "s.jsonl": dump(A)})
        assert column(path, "SELECT session_id FROM sessions") == [A]


class TestSnapshotSession:
    """The session of a snapshot."""

    def test_tags(self, build):
        """The session in the tags is used, whatever the file's name is."""
        assert column(build({f"{C}.jsonl": dump(A)}), "SELECT session_id FROM snapshots") == [A]

    def test_file_name(self, build):
        """Without the tag, the session in the file's name is used."""
        path = build({f"{C}.jsonl": lines(snapshot(tags={}))})
        assert column(path, "SELECT session_id FROM snapshots") == [C]

    def test_unknown_session(self, build):
        """A snapshot of an unknown session is malformed and stored."""
        path = build({"s.jsonl": lines(snapshot(tags={}), snapshot(A))})
        assert column(path, "SELECT line FROM snapshots") == [2]
        assert column(path, "SELECT error FROM problems") == ["not a snapshot: no tags.session_id"]


class TestOrder:
    """The order of reading."""

    @staticmethod
    def source(name, kind):
        """Return a source that is never read."""
        return Source(Path("/nowhere", name), name, kind, Compression.NONE, 0, 0)

    def test_kinds_and_names(self):
        """Snapshots are read first, then logs, archives and the rest, each by name."""
        sources = [
            self.source("b.log", ArtifactKind.LOGS),
            self.source("z.jsonl", ArtifactKind.SNAPSHOTS),
            self.source("a.txt", ArtifactKind.UNKNOWN),
            self.source("a.log", ArtifactKind.LOGS),
            self.source("a.zip", ArtifactKind.ARCHIVE),
            self.source("y.jsonl", ArtifactKind.SNAPSHOTS),
        ]
        names = ["y.jsonl", "z.jsonl", "a.log", "b.log", "a.zip", "a.txt"]
        for seed in range(5):
            random.Random(seed).shuffle(sources)
            assert [artifact.source.name for artifact in in_order(sources)] == names
            assert [artifact.id for artifact in in_order(sources)] == list(range(1, 7))

    def test_each_file_once(self, tmp_path):
        """A file that is named twice is read once."""
        write_files(tmp_path, {"a.log": LOG})
        with DebugBundle.from_artifacts(
            tmp_path / "b.db", log_files=[tmp_path / "a.log", f"{tmp_path}/../{tmp_path.name}/./a.log"]
        ) as bundle:
            assert bundle.statistics.log_count == 1

    def test_directory_order(self, tmp_path, monkeypatch):
        """The order in which the file system lists files does not change the bundle."""
        files = {
            f"d{n % 3}/{n}.{end}": data
            for n in range(9)
            for end, data in (("log", NAMED), ("jsonl", dump(A, C)), ("zip", ZIP))
        }
        folder = write_files(tmp_path / "d", files)
        contents, walk = [], discovery.walk
        for number, reverse in enumerate((False, True)):

            def walked(*where, reverse=reverse, **how):
                return sorted(walk(*where, **how), reverse=reverse)

            monkeypatch.setattr(discovery, "walk", walked)
            output = tmp_path / f"{number}.db"
            with DebugBundle.from_directory(folder, output=output, recursive=True):
                contents.append(content(output))
        assert contents[0] == contents[1]


_OF_A_BUILD = ("bundle_meta", "digests")
"""Tables with values that differ between builds."""


def content(path):
    """Return all rows of each table, without the values that differ between builds."""
    with sqlite_connection(path) as bundle:
        names = [name for (name,) in bundle.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")]
        return {name: bundle.execute(f"SELECT * FROM {name}").fetchall() for name in names if name not in _OF_A_BUILD}


class TestReproducibility:
    """The same input gives the same bundle."""

    def test_two_builds(self, build):
        """Two builds of a directory have the same rows with the same ids."""
        files = {"s.jsonl": dump(A, C), "x.log": LOG * 3, "f.zip": ZIP, "n.txt": "x"}
        first, second = build(files), build(files, "again")
        one, two = content(first), content(second)
        one["artifacts"] = two["artifacts"] = []
        assert one == two
        columns = "id, path, kind, status, size_bytes, sha256, record_count, problem_count"
        assert rows(first, f"SELECT {columns} FROM artifacts") == rows(second, f"SELECT {columns} FROM artifacts")
