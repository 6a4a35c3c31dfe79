"""`cat` writes the bytes of a stored file, and nothing else, to standard output."""

from __future__ import annotations

import hashlib
import json
import subprocess
import zipfile

import pytest
from support.artifact_samples import ROOT, archive, column, rows
from support.command_runner import command_line, run, run_process
from support.large_artifacts import random_bytes

from wink_debug_bundle import DebugBundle

LARGE = random_bytes(3 << 20, 1)
FILES = {
    "text": b"a\r\nb\rc\n\x1a\x00 \xc3\xa9 without an end",
    "empty": b"",
    "binary": b"\xff\x00\r\n" + random_bytes(5000, 2),
    "large": LARGE,
    "-dash": b"a name like an option",
}


@pytest.fixture
def bundle(build):
    """Return a bundle of two archives."""
    return build({"a.zip": archive(FILES), "b.zip": archive({"text": "other", "only here": "x"})})


class TestBytes:
    """The bytes that are written."""

    @pytest.mark.parametrize("path", FILES)
    def test_to_a_pipe(self, bundle, path):
        """A pipe receives the file byte for byte, whatever its line ends."""
        done = run_process("cat", bundle, "--archive", "a", "--", path)
        assert (done.returncode, done.stdout, done.stderr) == (0, FILES[path], b"")

    def test_to_a_file(self, bundle, tmp_path):
        """A file receives the same bytes."""
        with (tmp_path / "out").open("wb") as stream:
            subprocess.run(command_line("cat", bundle, "large"), stdout=stream, check=True)
        assert (tmp_path / "out").read_bytes() == LARGE

    def test_blob(self, bundle):
        """--blob writes the bytes of the blob with that hash."""
        done = run_process("cat", bundle, "--blob", hashlib.sha256(LARGE).hexdigest())
        assert (done.returncode, done.stdout) == (0, LARGE)

    def test_in_an_ascii_locale(self, bundle):
        """The bytes do not depend on the locale."""
        done = run_process(
            "cat", bundle, "--archive", "a.zip", "text", environment={"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
        )
        assert (done.stdout, done.stderr) == (FILES["text"], b"")

    def test_head(self, bundle):
        """The command ends silently if its reader closes the pipe after a few bytes."""
        with subprocess.Popen(
            command_line("cat", bundle, "large"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as cat:
            done = subprocess.run(["head", "-c", "10"], stdin=cat.stdout, capture_output=True, check=True)
            assert cat.stdout is not None
            cat.stdout.close()
            assert cat.stderr is not None
            assert cat.stderr.read() == b""
        assert done.stdout == LARGE[:10]
        assert cat.returncode == 141


class TestErrors:
    """Files that cannot be written."""

    def test_a_missing_file(self, bundle):
        """The message about a path that no archive has suggests similar ones."""
        result = run("cat", bundle, "txt")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == "Error: txt: the bundle has no file of that path; nearest: text\n"

    def test_an_ambiguous_file(self, bundle):
        """A path in two archives is refused, and the message names both."""
        result = run("cat", bundle, "text")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == "Error: text: 2 archives hold it; name one of them: a.zip, b.zip\n"

    def test_a_missing_blob(self, bundle):
        """The message about a hash that no blob has names the hash."""
        result = run("cat", bundle, "--blob", "beef")
        assert (result.exit_code, result.stderr) == (1, "Error: beef: the bundle has no such blob\n")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([], "Name a PATH or give a --blob."),
            (["text", "--blob", "beef"], "Name a PATH or give a --blob."),
            (["--blob", "beef", "--archive", "a"], "--archive is for a PATH."),
            (["--blob", "beef", "--run", "1"], "--run is for a PATH."),
        ],
    )
    def test_wrong_usage(self, bundle, arguments, message):
        """The command takes either a path or a hash; other combinations are wrong usage."""
        result = run("cat", bundle, *arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in result.stderr

    def test_a_damaged_chunk(self, bundle):
        """A damaged chunk ends the command with exit code 3 and one line, after the undamaged bytes."""
        import sqlite3

        connection = sqlite3.connect(bundle)
        with connection:
            connection.execute("DELETE FROM blob_chunks WHERE seq = 2")
        connection.close()
        done = run_process("cat", bundle, "large")
        assert (done.returncode, done.stdout) == (3, LARGE[: 2 << 20])
        key = column(bundle, "SELECT sha256 FROM files WHERE path = 'large'")[0]
        assert done.stderr.decode() == f"Error: {bundle}: blob {key}: chunk 2 of 3 is missing or damaged\n"

    def test_a_name_with_escapes(self, build):
        """Control characters of a path are escaped in the error message."""
        bundle = build({"a.zip": archive({"a\x1b[2Jb": "x"}), "b\x1b[2J.zip": archive({"a\x1b[2Jb": "y"})})
        result = run("cat", bundle, "a\x1b[2Jb")
        assert result.exit_code == 1
        assert "\x1b" not in result.stderr


def run_zip(number):
    """Return the zip of a run of an evaluation, with another session, sample and note for each number."""
    (path,) = (ROOT / "fixtures/wink-0.27.0/evaluation").glob("ea7d0f21*/*.zip")
    ids = {b"332c443e-9c9d-4c7f-82d8-1b4fada1873d": b"332c443e", b"16f36438-a669-41e1-97d3-5f0e43dbd9b3": b"16f36438"}
    with zipfile.ZipFile(path) as source:
        members = {name: source.read(name) for name in source.namelist()}
    for name in list(members):
        for old, start in ids.items():
            members[name] = members[name].replace(old, start + b"-0000-4000-8000-%012d" % number)
    scores = json.loads(members["debug_bundle/eval.json"])
    members["debug_bundle/eval.json"] = json.dumps({**scores, "sample_id": f"sample-{number}"}).encode()
    members["debug_bundle/filesystem/notes.md"] = b"note %d" % number
    return archive(members)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return a bundle of three runs that have a file of one path."""
    source, output = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("out") / "runs.db"
    for number in range(3):
        (source / f"{number}.zip").write_bytes(run_zip(number))
    DebugBundle.from_directory(source, output=output).close()
    return output


class TestFilesOfRuns:
    """A file that several runs left, chosen by its run, sample or session."""

    def test_how_many(self, runs):
        """The message says how many archives hold the path, and how to choose one, with examples."""
        result = run("cat", runs, "notes.md")
        first, *_ = column(runs, "SELECT id FROM runs ORDER BY id")
        assert result.exit_code == 1
        assert f"notes.md: 3 archives hold it; choose one by --run ({first}, " in result.stderr
        assert (
            "--sample (sample-0, sample-1, sample-2 …), --session (332c443e-0000-4000-8000-000000000000, "
            in result.stderr
        )
        assert "or --archive (0.zip …)" in result.stderr

    @pytest.mark.parametrize("number", range(3))
    def test_chosen(self, runs, number):
        """The run's number, its sample and its session choose the same file."""
        (row,) = rows(runs, "SELECT id, session_id FROM runs WHERE sample_id = ?", (f"sample-{number}",))
        for choice in (["--run", row[0]], ["--sample", f"sample-{number}"], ["--session", row[1]], ["--run", row[1]]):
            assert run("cat", runs, "notes.md", *choice).stdout_bytes == f"note {number}".encode()

    def test_from_python(self, runs):
        """The same choices are arguments of read_file; a run's number may be a number."""
        with DebugBundle.open(runs) as bundle:
            (number,) = bundle.query("SELECT id FROM runs WHERE sample_id = 'sample-1'").fetchone()
            for choice in ({"run": number}, {"run": "sample-1"}, {"sample": "sample-1"}):
                assert bundle.read_file("notes.md", **choice).read() == b"note 1"

    def test_shortened_ids(self, runs):
        """Run and session may be given by the beginnings of their ids, with the mark of a shortened one."""
        with DebugBundle.open(runs) as bundle:
            sql = "SELECT bundle_id, session_id FROM runs WHERE sample_id = 'sample-1'"
            bundle_id, session = bundle.query(sql).fetchone()
            assert bundle.read_file("notes.md", run=f"{bundle_id}…").read() == b"note 1"
            assert bundle.read_file("notes.md", session=f"{session}…").read() == b"note 1"

    @pytest.mark.parametrize(
        ("choice", "message"),
        [
            (["--run", "sample-9"], "the bundle has no run 'sample-9'; nearest: sample-2, sample-1, sample-0"),
            (["--sample", "sample"], "the bundle has no sample 'sample'; nearest: sample-"),
            (
                ["--session", "332c443e-0000-4000-8000-x"],
                "the bundle has no session '332c443e-0000-4000-8000-x'; nearest: 332c443e-0000-4000-8000-",
            ),
        ],
    )
    def test_unknown(self, runs, choice, message):
        """A run, sample or session that the bundle does not have is an error with the nearest names."""
        result = run("cat", runs, "notes.md", *choice)
        assert (result.exit_code, message in result.stderr) == (1, True)

    def test_another_path(self, runs):
        """The message about a path that the run does not have suggests its paths."""
        result = run("cat", runs, "note.md", "--sample", "sample-1")
        assert result.stderr == "Error: note.md: sample sample-1 has no file of that path; nearest: notes.md\n"


@pytest.mark.parametrize("arguments", [["\udcff"], ["text", "--archive", "\udcff"], ["--blob", "\udcff"]])
def test_a_name_that_is_not_utf_8(bundle, arguments):
    """A path that is not UTF-8 is reported as missing."""
    result = run("cat", bundle, *arguments)
    assert (result.exit_code, "the bundle has no " in result.stderr or r"archive \xff has no" in result.stderr) == (
        1,
        True,
    )
