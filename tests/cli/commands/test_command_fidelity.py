"""`verify` and `extract`: their output, their exit codes, and that they change nothing."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing

import pytest
from support.artifact_samples import lines, log_record
from support.command_runner import run

from wink_debug_bundle import DebugBundle

LOG = lines(log_record(), log_record(message="again"))


@pytest.fixture
def bundle(build):
    """Return a bundle of one log."""
    return build({"a.log": LOG})


def change(path, sql):
    """Change a bundle with SQL."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(sql).rowcount == 1
        connection.commit()


class TestVerify:
    """`verify`."""

    def test_sound(self, bundle, tmp_path):
        """An undamaged bundle prints one line and exits with 0."""
        done = run("verify", bundle)
        words = "1 artifact, 1 proven byte for byte: nothing wrong was found"
        assert (done.exit_code, done.stdout, done.stderr) == (0, f"{words}\n", "")
        done = run("verify", bundle, "--against", tmp_path / "debug")
        assert (done.exit_code, done.stdout) == (0, f"{words}; the bundle holds everything that is in the directory\n")

    def test_damaged(self, bundle):
        """Damage is printed with its place, and the exit code is 1."""
        change(bundle, "DELETE FROM logs WHERE id = 2")
        done = run("verify", bundle)
        assert done.exit_code == 1
        assert "a.log, line 2: the ledger says imported, but the bundle does not hold the line\n" in done.stdout
        assert done.stdout.endswith("1 artifact, 0 proven byte for byte: 4 findings\n")

    def test_an_unproven_artifact(self, bundle):
        """A changed record is a finding, and leaves its artifact unproven."""
        change(bundle, "UPDATE logs SET message = 'other' WHERE id = 2")
        done = run("verify", bundle)
        finding, unproven, remark, words = done.stdout.splitlines()
        assert finding == "a.log: its lines do not have the SHA-256 that they had when it was read"
        assert unproven == "Not proven byte for byte: a.log"
        assert remark.startswith("Not checked: SQLite has written to its file since it was built")
        assert (done.exit_code, words) == (1, "1 artifact, 0 proven byte for byte: 1 finding")

    def test_digest(self, bundle):
        """The digest that `create` printed is compared; another one is a finding, and what is none a wrong option."""
        with DebugBundle.open(bundle) as opened:
            digest = opened.digest
        assert run("verify", bundle, "--digest", digest).exit_code == 0
        assert run("verify", bundle, "--digest", "0" * 64).exit_code == 1
        assert run("verify", bundle, "--digest", "abc").exit_code == 2

    def test_against_another_directory(self, build, tmp_path):
        """If the directory has none of the artifacts, one line asks whether another one is meant."""
        bundle = build({f"{number}.log": LOG.replace(b"again", b"%d" % number) for number in range(30)})
        (tmp_path / "another").mkdir()
        (tmp_path / "another" / "notes.txt").write_text("of no importance")
        done = run("verify", bundle, "--against", tmp_path / "another")
        assert done.exit_code == 1
        assert done.stdout.splitlines() == [
            (
                f"none of the 30 artifacts is in {tmp_path / 'another'}: another directory? The bundle was built from"
                f" {tmp_path / 'debug'}"
            ),
            "30 artifacts, 30 proven byte for byte: 1 finding",
        ]

    def test_against_a_part_of_the_directory(self, build, tmp_path):
        """If some artifacts are there, each of the others has its line."""
        bundle = build({"a.log": LOG, "b.log": LOG.replace(b"again", b"other")})
        (tmp_path / "debug/a.log").unlink()
        done = run("verify", bundle, "--against", tmp_path / "debug")
        assert done.exit_code == 1
        assert done.stdout.splitlines()[0] == f"a.log: {tmp_path / 'debug/a.log'}: there is no such file"

    def test_no_directory(self, bundle, tmp_path):
        """A missing directory is an error."""
        done = run("verify", bundle, "--against", tmp_path / "absent")
        assert (done.exit_code, "is not a directory" in done.stderr) == (1, True)


class TestExtract:
    """`extract`."""

    def test_output(self, bundle, tmp_path):
        """The files written are reported in one line."""
        done = run("extract", bundle, "--output", tmp_path / "out")
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == f"{tmp_path}/out: 1 file ({len(LOG)} bytes), 1 of them byte for byte\n"
        assert (tmp_path / "out" / "a.log").read_bytes() == LOG

    def test_findings(self, bundle, tmp_path):
        """Files that could not be restored exactly are named with control characters escaped; the exit code is 1."""
        change(bundle, "UPDATE artifacts SET path = char(27) || '/../a.log'")
        done = run("extract", bundle, "--output", tmp_path / "out")
        assert done.exit_code == 1
        assert "\x1b" not in done.stdout
        assert "was written as" in done.stdout

    def test_not_empty(self, bundle, tmp_path):
        """A directory that is not empty is an error that says what to do."""
        done = run("extract", bundle, "--output", tmp_path)
        assert (done.exit_code, "--force" in done.stderr) == (1, True)
        assert run("extract", bundle, "--output", tmp_path, "--force").exit_code == 0


def test_bundle_is_not_changed(bundle, tmp_path):
    """Neither command writes to the bundle or beside it."""
    before = hashlib.sha256(bundle.read_bytes()).hexdigest()
    run("verify", bundle)
    run("extract", bundle, "-o", tmp_path / "out")
    assert hashlib.sha256(bundle.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([bundle.name, "debug", "out"])
