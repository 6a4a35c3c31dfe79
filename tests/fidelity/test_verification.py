"""`verify` finds damaged and missing data, and names the place."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest
from support.artifact_samples import FIXTURES, ROOT, archive, lines, log_record, snapshot, write_files
from support.file_tables import on_files

from wink_debug_bundle import BundleError, DebugBundle, Finding

RUN = FIXTURES / "run"
RUNS = ROOT / "fixtures" / "wink-0.27.0"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a bundle with an artifact of every kind, and the folder it was built from."""
    folder = tmp_path_factory.mktemp("whole")
    source = folder / "debug"
    shutil.copytree(RUN, source)
    shutil.copytree(RUNS / "runs", source / "runs")
    lines_ = lines(log_record(), b"{bad", log_record(event="transcript.entry"), b"", b"x" * (1 << 21))
    write_files(source, {"odd.log": lines_, "notes.log": b"no \0 artifact"})
    output = folder / "whole.db"
    with DebugBundle.from_directory(source, output=output, recursive=True):
        return output, source


@pytest.fixture
def bundle(whole, tmp_path):
    """Return a copy of the bundle, to be damaged."""
    path = tmp_path / "bundle.db"
    shutil.copy(whole[0], path)
    return path


def findings_of(path, against=None):
    """Return the findings in the bundle, as places and texts."""
    with DebugBundle.open(path) as opened:
        return [(finding.place, finding.text) for finding in opened.verify(against=against).findings]


def change(path, sql, *parameters):
    """Change exactly one row of a bundle with SQL."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(on_files(connection, sql), parameters).rowcount == 1
        connection.commit()


def test_sound(whole):
    """A new bundle has no findings, alone and against its sources, and all its artifacts are proven."""
    path, source = whole
    with DebugBundle.open(path) as opened:
        result = opened.verify(against=source)
        assert (result.findings, result.is_sound) == ((), True)
        assert result.exact_count == result.artifact_count


LOST = {
    "a log record": "DELETE FROM logs WHERE id = 7",
    "the last log record": "DELETE FROM logs WHERE id = (SELECT max(id) FROM logs)",
    "an item": "DELETE FROM slice_items WHERE id = 3",
    "a snapshot": "DELETE FROM snapshots WHERE id = 2",
    "a file": "DELETE FROM files WHERE id = 5",
    "a member of a run": "DELETE FROM run_members WHERE id = 5",
    "a malformed line": "DELETE FROM problems WHERE id = (SELECT min(id) FROM problems WHERE kind = 'malformed')",
    "a run of the ledger": "DELETE FROM ledger WHERE id = 4",
    "an artifact": "DELETE FROM artifacts WHERE path = 'odd.log'",
    "the directory of a zip": "DELETE FROM zip_parts WHERE artifact_id = (SELECT min(artifact_id) FROM zip_parts)",
    "a line that repeats another": "DELETE FROM duplicate_lines WHERE (artifact_id, first) = "
    "(SELECT artifact_id, first FROM duplicate_lines LIMIT 1)",
    "a blob": "DELETE FROM blobs WHERE sha256 = (SELECT min(sha256) FROM blobs)",
    "a chunk": "DELETE FROM blob_chunks WHERE sha256 = (SELECT min(sha256) FROM blobs) AND seq = 0",
}


@pytest.mark.parametrize("what", LOST)
def test_lost_rows(bundle, what):
    """A missing row is found without the sources."""
    change(bundle, LOST[what])
    assert findings_of(bundle)


CHANGED = {
    "a file's text": "UPDATE files SET content = content || '!' WHERE id = (SELECT min(id) FROM files WHERE content > '')",
    "a member's text": "UPDATE run_members SET content = ' ' || content WHERE id = 3",
    "a blob's size": "UPDATE blobs SET size_bytes = size_bytes + 1 WHERE sha256 = (SELECT min(sha256) FROM blobs)",
    "a count": "UPDATE artifacts SET record_count = record_count + 1 WHERE path = 'odd.log'",
    "a size": "UPDATE artifacts SET size_bytes = size_bytes + 1 WHERE path = 'odd.log'",
    "a status": "UPDATE ledger SET status = 'blank' WHERE id = (SELECT min(id) FROM ledger WHERE status = 'malformed')",
    "a range": "UPDATE ledger SET length = length - 1 WHERE id = 4",
    "a reference": "UPDATE logs SET session_id = 'nobody' WHERE id = 3",
    "a context that is no JSON": "UPDATE logs SET context = substr(context, 2) WHERE id = 3",
    "parameters that are no JSON": "UPDATE tool_invocations SET params = params || '}' WHERE rowid = 1",
    "the name of a file": "UPDATE files SET path = path || 'x' WHERE id = 3",
    "what names a blob": "UPDATE problems SET blob_sha256 = NULL WHERE id = "
    "(SELECT min(id) FROM problems WHERE blob_sha256 IS NOT NULL)",
    "a view": "UPDATE sqlite_schema SET sql = replace(sql, 'WARNING', 'WARMING') WHERE name = 'error_log'",
}


@pytest.mark.parametrize("what", CHANGED)
def test_changed_rows(bundle, what):
    """A value that no build would write is found without the sources."""
    with closing(sqlite3.connect(bundle)) as connection:
        connection.execute("PRAGMA writable_schema = 1")
        assert connection.execute(on_files(connection, CHANGED[what])).rowcount == 1
        connection.commit()
    assert findings_of(bundle)


MISTYPED = {
    "a number for a text": "UPDATE files SET content = 17 WHERE id = (SELECT min(id) FROM files WHERE content > '')",
    "bytes that are no text": "UPDATE logs SET message = CAST(x'ff' AS TEXT) WHERE id = 3",
    "bytes for a context": "UPDATE logs SET context = x'00' WHERE id = 3",
    "a broken envelope": "UPDATE snapshots SET envelope = '[' WHERE id = 1",
    "an endless envelope": "UPDATE snapshots SET envelope = printf('%.*c', 100000, '[') WHERE id = 1",
    "a text for a line": "UPDATE ledger SET last = 'x' WHERE id = 4",
    "a text for a member": "UPDATE files SET member = 'x' WHERE id = 2",
    "an unknown compression": "UPDATE artifacts SET compression = 'rar' WHERE path = 'odd.log'",
    "a kind that there is not": "UPDATE artifacts SET kind = 'nothing' WHERE path = 'odd.log'",
}


@pytest.mark.parametrize("what", MISTYPED)
def test_mistyped_values(whole, bundle, tmp_path, what):
    """A value of another type is found, and the other artifacts are still checked and restored."""
    with closing(sqlite3.connect(bundle)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = 1")
        assert connection.execute(on_files(connection, MISTYPED[what])).rowcount == 1
        connection.commit()
    assert findings_of(bundle)
    with DebugBundle.open(bundle) as opened:
        opened.verify(against=whole[1])
        assert opened.extract(tmp_path / "out").file_count >= 5


@pytest.mark.parametrize("column", ["message", "context", "timestamp", "logger"])
def test_changed_record(whole, bundle, column):
    """A changed log record is found against the sources, with its file and line."""
    with closing(sqlite3.connect(bundle)) as connection:
        path, line = connection.execute(
            "SELECT path, line FROM logs JOIN artifacts ON artifacts.id = artifact_id WHERE logs.id = 9"
        ).fetchone()
    change(bundle, f"UPDATE logs SET {column} = replace({column}, substr({column}, 3, 1), '~') WHERE id = 9")
    assert (f"{path}, line {line}", "is not equal to what the bundle holds") in findings_of(bundle, whole[1])


@pytest.mark.parametrize(
    "place", ["line = line + 1", "line = line - 1", "line = -line", "artifact_id = 1", "line = 1e9"]
)
@pytest.mark.parametrize("record", ["min(id)", "9", "max(id)"])
def test_log_record_of_another_line(bundle, place, record):
    """A log record that claims another place in its file, or another file, is found without the sources."""
    change(bundle, f"UPDATE logs SET {place} WHERE id = (SELECT {record} FROM logs)")
    assert findings_of(bundle)


def test_flipped_byte_of_a_blob(bundle):
    """A single flipped bit in a blob is found."""
    with closing(sqlite3.connect(bundle)) as connection:
        key, data = connection.execute("SELECT sha256, data FROM blob_chunks ORDER BY length(data) DESC").fetchone()
    flipped = bytearray(data)
    flipped[len(flipped) // 2] ^= 1
    change(bundle, "UPDATE blob_chunks SET data = ? WHERE sha256 = ? AND seq = 0", bytes(flipped), key)
    assert any(key in text for _, text in findings_of(bundle))


def test_foreign_objects(bundle):
    """Tables, views and triggers that are not part of the schema are named."""
    with closing(sqlite3.connect(bundle)) as connection:
        connection.execute("CREATE TABLE mine (a)")
        connection.execute("CREATE TRIGGER theirs AFTER INSERT ON mine BEGIN SELECT 1; END")
    texts = [text for _, text in findings_of(bundle)]
    assert texts == [
        "the table mine was added after the bundle was built",
        "the table mine was added after the bundle was built",
        "the trigger theirs was added after the bundle was built",
        "the table mine is not part of the schema",
        "the trigger theirs is not part of the schema",
    ]


class TestAgainst:
    """Differences between a bundle and a directory."""

    @pytest.fixture
    def pair(self, tmp_path):
        """Return a small bundle and its directory."""
        files = {
            "a.log": lines(*(log_record(message=f"{number}") for number in range(4))),
            "s.jsonl": lines(snapshot()),
            "f.zip": archive({"x.txt": "x", "y.txt": "y"}),
        }
        folder = write_files(tmp_path / "debug", files)
        output = tmp_path / "b.db"
        with DebugBundle.from_directory(folder, output=output):
            return output, folder

    def test_changed_line(self, pair):
        """A changed line of a source is named, and the changed file too."""
        path, folder = pair
        data = (folder / "a.log").read_bytes()
        (folder / "a.log").write_bytes(data.replace(b'"2"', b'"two"'))
        assert findings_of(path, folder) == [
            ("a.log", "is not the file that the bundle was built from: its SHA-256 differs"),
            ("a.log, line 3", "is not equal to what the bundle holds"),
        ]

    def test_equal_in_value(self, pair):
        """Lines with equal values are not a difference, but the changed file is."""
        path, folder = pair
        data = (folder / "a.log").read_bytes()
        (folder / "a.log").write_bytes(data.replace(b": ", b":"))
        assert [place for place, _ in findings_of(path, folder)] == ["a.log"]

    @pytest.mark.parametrize(("extra", "line"), [(b"{}\n", 5), (b"\n", 5)])
    def test_more_lines(self, pair, extra, line):
        """A line that only the source has is named."""
        path, folder = pair
        with (folder / "a.log").open("ab") as stream:
            stream.write(extra)
        assert (f"a.log, line {line}", "the bundle does not have this line") in findings_of(path, folder)

    def test_fewer_lines(self, pair):
        """A line that the source no longer has is named."""
        path, folder = pair
        (folder / "a.log").write_bytes(lines(log_record(message="0")))
        assert ("a.log, line 4", "the source does not have this line") in findings_of(path, folder)

    def test_changed_member(self, pair):
        """A member with other bytes is named."""
        path, folder = pair
        (folder / "f.zip").write_bytes(archive({"x.txt": "x", "y.txt": "z"}))
        assert ("f.zip, member y.txt", "its bytes are not those that the bundle holds") in findings_of(path, folder)

    def test_missing_and_new_files(self, pair):
        """Missing files and new files are named."""
        path, folder = pair
        (folder / "s.jsonl").rename(folder / "t.jsonl")
        places = [place for place, _ in findings_of(path, folder)]
        assert places == ["s.jsonl", "t.jsonl"]

    def test_not_a_directory(self, pair):
        """A path that is not a directory is refused."""
        path, folder = pair
        with DebugBundle.open(path) as opened, pytest.raises(BundleError, match="is not a directory"):
            opened.verify(against=folder / "a.log")

    def test_many_differences(self, tmp_path):
        """The first of many differences in a file are named, and the others counted."""
        folder = write_files(tmp_path / "debug", {"a.log": lines(*[log_record()] * 100)})
        output = tmp_path / "b.db"
        with DebugBundle.from_directory(folder, output=output) as bundle:
            (folder / "a.log").write_bytes(lines(*[log_record(level="ERROR")] * 100))
            findings = bundle.verify(against=folder).findings
        assert (len(findings), findings[-1]) == (21, Finding("and 81 more", "a.log"))
