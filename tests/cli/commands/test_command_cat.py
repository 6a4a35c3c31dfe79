"""`cat` writes the bytes of a stored file, and nothing else, to standard output."""

from __future__ import annotations

import hashlib
import subprocess

import pytest
from support.artifact_samples import archive, column
from support.command_runner import command_line, run, run_process
from support.large_artifacts import random_bytes

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


@pytest.mark.parametrize("arguments", [["\udcff"], ["text", "--archive", "\udcff"], ["--blob", "\udcff"]])
def test_a_name_that_is_not_utf_8(bundle, arguments):
    """A path that is not UTF-8 is reported as missing."""
    result = run("cat", bundle, *arguments)
    assert (result.exit_code, "the bundle has no " in result.stderr or r"archive \xff has no" in result.stderr) == (
        1,
        True,
    )
