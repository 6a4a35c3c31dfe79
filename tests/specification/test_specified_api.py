"""The Python interface has every name and signature of the specification."""

from __future__ import annotations

import dataclasses
import inspect
import sqlite3
from pathlib import Path

import pytest
from support.artifact_samples import archive, lines, log_record, rows, snapshot, write_files

import wink_debug_bundle
from wink_debug_bundle import BundleError, BundleStatistics, BundleVersionError, DebugBundle

POSITIONAL = inspect.Parameter.POSITIONAL_OR_KEYWORD
KEYWORD = inspect.Parameter.KEYWORD_ONLY
REQUIRED = inspect.Parameter.empty

SIGNATURES = {
    "from_directory": [
        ("directory", POSITIONAL, REQUIRED),
        ("output", KEYWORD, None),
        ("description", KEYWORD, None),
    ],
    "from_artifacts": [
        ("output", POSITIONAL, REQUIRED),
        ("session_snapshots", KEYWORD, ()),
        ("log_files", KEYWORD, ()),
        ("filesystem_archives", KEYWORD, ()),
        ("description", KEYWORD, None),
    ],
    "open": [("path", POSITIONAL, REQUIRED)],
    "serve": [
        ("self", POSITIONAL, REQUIRED),
        ("host", KEYWORD, "127.0.0.1"),
        ("port", KEYWORD, 8001),
        ("open_browser", KEYWORD, True),
    ],
    "query": [("self", POSITIONAL, REQUIRED), ("sql", POSITIONAL, REQUIRED), ("params", POSITIONAL, ())],
    "export_csv": [("self", POSITIONAL, REQUIRED), ("table", POSITIONAL, REQUIRED), ("output", POSITIONAL, REQUIRED)],
    "export_json": [("self", POSITIONAL, REQUIRED), ("sql", POSITIONAL, REQUIRED), ("output", POSITIONAL, REQUIRED)],
    "close": [("self", POSITIONAL, REQUIRED)],
    "__enter__": [("self", POSITIONAL, REQUIRED)],
}

STATISTICS = (
    "session_count",
    "log_count",
    "tool_invocation_count",
    "prompt_event_count",
    "file_count",
    "total_input_tokens",
    "total_output_tokens",
    "size_bytes",
)


@pytest.mark.parametrize("name", SIGNATURES)
class TestSignatures:
    """Each specified method."""

    def test_parameters(self, name):
        """A method's parameters have the specified names, kinds, order and defaults."""
        parameters = inspect.signature(getattr(DebugBundle, name)).parameters.values()
        want = SIGNATURES[name]
        assert [(entry.name, entry.kind, entry.default) for entry in parameters][: len(want)] == want

    def test_further_parameters(self, name):
        """Parameters that are not in the specification are keyword-only and optional."""
        parameters = list(inspect.signature(getattr(DebugBundle, name)).parameters.values())
        added = parameters[len(SIGNATURES[name]) :]
        assert all(entry.kind is KEYWORD and entry.default is not REQUIRED for entry in added)


class TestDebugBundle:
    """The class and its properties."""

    def test_shape(self):
        """DebugBundle is a dataclass with slots, of a path and a connection."""
        assert [field.name for field in dataclasses.fields(DebugBundle)] == ["path", "_conn"]
        assert set(DebugBundle.__slots__) == {"path", "_conn"}

    @pytest.mark.parametrize("name", ["session_ids", "statistics"])
    def test_properties(self, name):
        """The specified properties are properties."""
        assert isinstance(inspect.getattr_static(DebugBundle, name), property)

    @pytest.mark.parametrize("name", ["from_directory", "from_artifacts", "open"])
    def test_class_methods(self, name):
        """from_directory, from_artifacts and open are class methods."""
        assert isinstance(inspect.getattr_static(DebugBundle, name), classmethod)

    def test_path(self, run_bundle):
        """A bundle has the path of its file, and a query returns a cursor of sqlite3."""
        with DebugBundle.open(str(run_bundle)) as bundle:
            assert bundle.path == run_bundle
            assert isinstance(bundle.query("SELECT 1"), sqlite3.Cursor)

    def test_parameters_of_a_query(self, run_bundle):
        """A query accepts values for its placeholders."""
        with DebugBundle.open(run_bundle) as bundle:
            assert bundle.query("SELECT ? + ?", (1, 2)).fetchall() == [(3,)]
            assert bundle.query("SELECT :a", {"a": "x"}).fetchall() == [("x",)]

    def test_closed(self, run_bundle):
        """A closed bundle refuses queries, and closing it again is allowed."""
        bundle = DebugBundle.open(run_bundle)
        bundle.close()
        bundle.close()
        with pytest.raises((BundleError, sqlite3.ProgrammingError)):
            bundle.query("SELECT 1")

    def test_with(self, run_bundle):
        """The context manager returns the bundle and closes it at the end."""
        opened = DebugBundle.open(run_bundle)
        with opened as bundle:
            assert bundle is opened
        with pytest.raises((BundleError, sqlite3.ProgrammingError)):
            opened.query("SELECT 1")

    def test_session_ids(self, run_bundle):
        """Session ids are strings, each once, those without a parent first."""
        with DebugBundle.open(run_bundle) as bundle:
            found = bundle.session_ids
        parents = dict(rows(run_bundle, "SELECT session_id, parent_session_id FROM sessions"))
        assert set(found) == set(parents)
        assert len(found) == 5
        assert [parents[session] is None for session in found] == [True, True, False, False, False]


class TestStatistics:
    """BundleStatistics."""

    def test_fields(self):
        """BundleStatistics is frozen and has the specified fields, all of them integers."""
        fields = dataclasses.fields(BundleStatistics)
        assert tuple(field.name for field in fields) == STATISTICS
        assert {field.type for field in fields} == {"int"}
        with pytest.raises(dataclasses.FrozenInstanceError):
            BundleStatistics(*range(8)).log_count = 1

    def test_values(self, run_bundle):
        """The statistics count what the library's objects held."""
        with DebugBundle.open(run_bundle) as bundle:
            found = bundle.statistics
        assert found == BundleStatistics(5, 274, 14, 8, 21, 500, 122, run_bundle.stat().st_size)

    def test_an_empty_bundle(self, build):
        """The tokens of a bundle without prompts are 0, not NULL."""
        with DebugBundle.open(build({"a.log": lines(log_record())})) as bundle:
            assert (bundle.statistics.total_input_tokens, bundle.statistics.total_output_tokens) == (0, 0)


class TestErrors:
    """The classes of errors."""

    @pytest.mark.parametrize("name", [name for name in wink_debug_bundle.__all__ if name.endswith("Error")])
    def test_one_base(self, name):
        """Every public error is a BundleError."""
        assert issubclass(getattr(wink_debug_bundle, name), BundleError)

    def test_named_in_the_specification(self):
        """Both errors of the specification are public, for different reactions of a caller."""
        assert BundleVersionError.__mro__[1] is BundleError

    def test_directory_without_artifacts(self, tmp_path):
        """A directory without artifacts raises an error with the specification's words."""
        with pytest.raises(BundleError, match=f"No artifacts found in {tmp_path}"):
            DebugBundle.from_directory(tmp_path)

    def test_newer_schema(self, run_bundle, tmp_path):
        """A bundle of a newer schema raises an error with the specification's words."""
        path = tmp_path / "newer.db"
        path.write_bytes(run_bundle.read_bytes())
        connection = sqlite3.connect(path)
        connection.execute("UPDATE bundle_meta SET schema_version = 9")
        connection.commit()
        connection.close()
        with pytest.raises(BundleVersionError, match="schema v9 is newer than supported v1"):
            DebugBundle.open(path)


class TestWaysToABundle:
    """from_directory, from_artifacts and open."""

    def test_default_output(self, tmp_path):
        """The default output is bundle.db in the directory."""
        write_files(tmp_path, {"a.log": lines(log_record())})
        with DebugBundle.from_directory(str(tmp_path)) as bundle:
            assert bundle.path == tmp_path / "bundle.db"

    def test_description(self, tmp_path):
        """The description is stored."""
        write_files(tmp_path, {"a.log": lines(log_record())})
        with DebugBundle.from_directory(tmp_path, description="Code review: “größe”") as bundle:
            assert bundle.query("SELECT description, tags FROM bundle_meta").fetchall() == [
                ("Code review: “größe”", "{}")
            ]

    def test_tags(self, tmp_path):
        """Tags are stored as a JSON object."""
        write_files(tmp_path, {"a.log": lines(log_record())})
        with DebugBundle.from_directory(tmp_path, tags={"run": "17"}) as bundle:
            assert bundle.query("SELECT tags ->> 'run' FROM bundle_meta").fetchall() == [("17",)]

    def test_from_artifacts(self, tmp_path):
        """Named files are imported, whatever their folder and their name."""
        folder = write_files(
            tmp_path,
            {"a/s.jsonl": lines(snapshot()), "b/l.txt": lines(log_record()), "c/f": archive({"x.txt": "text"})},
        )
        with DebugBundle.from_artifacts(
            tmp_path / "out.db",
            session_snapshots=[folder / "a/s.jsonl"],
            log_files=[str(folder / "b/l.txt")],
            filesystem_archives=[folder / "c/f"],
            description="three",
        ) as bundle:
            found = bundle.statistics
            assert (found.session_count, found.log_count, found.file_count) == (1, 1, 1)
            assert bundle.query("SELECT source_directory, description FROM bundle_meta").fetchall() == [(None, "three")]

    def test_one_file_of_each_kind(self, tmp_path):
        """A single file is given as a path, without a list around it."""
        write_files(
            tmp_path, {"s.jsonl": lines(snapshot()), "app.log": lines(log_record()), "f.zip": archive({"a": "b"})}
        )
        with DebugBundle.from_artifacts(
            tmp_path / "x.db",
            session_snapshots=str(tmp_path / "s.jsonl"),
            log_files=tmp_path / "app.log",
            filesystem_archives=str(tmp_path / "f.zip"),
        ) as bundle:
            kinds = [row["kind"] for row in bundle.query("SELECT kind FROM artifacts")]
        assert kinds == ["snapshots", "logs", "archive"]

    def test_no_artifacts_named(self, tmp_path):
        """A call without any file is refused, and no file is left."""
        with pytest.raises(BundleError, match="No artifacts"):
            DebugBundle.from_artifacts(tmp_path / "out.db")
        assert list(tmp_path.iterdir()) == []

    def test_an_artifact_that_is_not_there(self, tmp_path):
        """One error names all files that do not exist."""
        with pytest.raises(BundleError, match=r"a\.log: no such file\n.*b\.zip: no such file"):
            DebugBundle.from_artifacts(
                tmp_path / "out.db", log_files=[tmp_path / "a.log"], filesystem_archives=[tmp_path / "b.zip"]
            )

    def test_no_such_directory(self, tmp_path):
        """A missing directory is an error that names it."""
        with pytest.raises(BundleError, match="no such directory"):
            DebugBundle.from_directory(tmp_path / "absent")

    def test_a_file_for_a_directory(self, tmp_path):
        """A file given as directory is an error that names it."""
        (tmp_path / "f").write_text("")
        with pytest.raises(BundleError, match="is not a directory"):
            DebugBundle.from_directory(tmp_path / "f")

    def test_relative_paths(self, tmp_path, monkeypatch):
        """Relative paths work, and the source directory is stored as given."""
        write_files(tmp_path, {"debug/a.log": lines(log_record())})
        monkeypatch.chdir(tmp_path)
        with DebugBundle.from_directory("debug", output="out.db") as bundle:
            assert bundle.path == Path("out.db")
            assert bundle.query("SELECT source_directory FROM bundle_meta").fetchall() == [("debug",)]
