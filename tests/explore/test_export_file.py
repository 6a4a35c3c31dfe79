"""Exported files are complete and private, or do not exist."""

from __future__ import annotations

import os
import stat

import pytest

from wink_debug_bundle import BundleError, BundleExistsError, DebugBundle
from wink_debug_bundle.explore.export_file import export_file


@pytest.fixture
def bundle(run_bundle):
    """Yield an open bundle."""
    with DebugBundle.open(run_bundle) as opened:
        yield opened


def test_the_path_is_returned(bundle, tmp_path):
    """The file is at the path that is returned."""
    path = export_file(bundle.query("SELECT 1 AS x"), tmp_path / "x.csv", "csv")
    assert path == tmp_path / "x.csv"
    assert path.read_bytes() == b"x\n1\n"


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_only_the_owner_reads_it(bundle, tmp_path, mask):
    """The file has mode 0600 whatever the umask."""
    before = os.umask(mask)
    try:
        export_file(bundle.query("SELECT 1"), tmp_path / "x.csv", "csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.csv").stat().st_mode) == 0o600


def test_it_appears_when_it_is_complete(bundle, tmp_path):
    """While rows are written, nothing is at the path."""
    seen = []
    connection = bundle.query("SELECT 1").connection
    connection.create_function("look", 0, lambda: seen.append((tmp_path / "x.csv").exists()))
    export_file(bundle.query("SELECT look() FROM (VALUES (1), (2), (3))"), tmp_path / "x.csv", "csv")
    assert seen == [False, False, False]
    assert (tmp_path / "x.csv").is_file()


def test_a_failure_leaves_the_old_file(bundle, tmp_path):
    """A query that fails after some rows leaves the old file unchanged, and no temporary file."""
    (tmp_path / "x.csv").write_text("old")
    cursor = bundle.query("SELECT json_extract(value, '$.a') FROM json_each('[\"{}\", \"{broken\"]')")
    with pytest.raises(BundleError, match="malformed JSON"):
        export_file(cursor, tmp_path / "x.csv", "csv")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.csv", "old")]


def test_replacing_is_the_default(bundle, tmp_path):
    """The Python interface replaces a file, as writing a file does."""
    (tmp_path / "x.csv").write_text("old")
    bundle.export_csv("sessions", tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").startswith("session_id")


def test_replacing_can_be_refused(bundle, tmp_path):
    """Without `replace` an existing file is kept."""
    (tmp_path / "x.csv").write_text("old")
    with pytest.raises(BundleExistsError):
        export_file(bundle.query("SELECT 1"), tmp_path / "x.csv", "csv", replace=False)
    assert (tmp_path / "x.csv").read_text() == "old"


def test_a_file_that_appears_meanwhile_stays(bundle, tmp_path):
    """Without `replace`, a file that another program creates during the export is kept."""
    connection = bundle.query("SELECT 1").connection
    connection.create_function("rival", 0, lambda: (tmp_path / "x.csv").write_text("theirs"))
    with pytest.raises(BundleExistsError):
        export_file(bundle.query("SELECT rival()"), tmp_path / "x.csv", "csv", replace=False)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.csv", "theirs")]


def test_a_file_system_without_hard_links(bundle, tmp_path, monkeypatch):
    """On a file system without hard links the file is renamed into place."""

    def no_links(*paths):
        raise PermissionError

    monkeypatch.setattr(os, "link", no_links)
    export_file(bundle.query("SELECT 1 AS x"), tmp_path / "x.csv", "csv", replace=False)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x.csv", b"x\n1\n")]


def test_the_bundle_itself_as_output(bundle, run_bundle):
    """An export does not replace its own bundle."""
    before = run_bundle.read_bytes()
    with pytest.raises(BundleError, match="is the bundle itself"):
        export_file(bundle.query("SELECT 1"), run_bundle, "csv")
    assert run_bundle.read_bytes() == before


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (".", "is a directory"),
        ("no/such/folder/x.csv", "cannot be written: No such file or directory"),
    ],
)
def test_impossible_outputs(bundle, tmp_path, path, message):
    """An output that cannot be written is named with the reason."""
    with pytest.raises(BundleError, match=message):
        export_file(bundle.query("SELECT 1"), tmp_path / path, "csv")


@pytest.mark.parametrize("replace", [False, True])
def test_a_pipe_as_output(bundle, tmp_path, replace):
    """An output that is not a regular file is not replaced."""
    os.mkfifo(tmp_path / "x.csv")
    with pytest.raises(BundleError, match=r"x\.csv: is not a regular file; to write there, redirect the output"):
        export_file(bundle.query("SELECT 1"), tmp_path / "x.csv", "csv", replace=replace)
    assert [path.name for path in tmp_path.iterdir() if path.is_fifo()] == ["x.csv"]


def test_a_failing_disk(bundle, tmp_path, monkeypatch):
    """A disk error at the end is an error that names the file, and leaves nothing."""

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(BundleError, match=r"x\.csv: cannot be written: No space left on device"):
        export_file(bundle.query("SELECT 1"), tmp_path / "x.csv", "csv")
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_not_followed(bundle, tmp_path):
    """A symbolic link at the output is replaced, and its target is unchanged."""
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "link.csv").symlink_to(tmp_path / "precious")
    bundle.export_csv("sessions", tmp_path / "link.csv")
    assert (tmp_path / "precious").read_text() == "precious"
    assert not (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "link.csv").stat().st_mode & 0o7777 == 0o600


def test_what_a_killed_export_left_is_removed(bundle, tmp_path):
    """The next export to the same output removes leftovers of a killed one, and no other file."""
    (tmp_path / ".s.csv.0123.partial").write_text("half")
    (tmp_path / ".t.csv.0123.partial").write_text("half")
    bundle.export_csv("sessions", tmp_path / "s.csv")
    assert {".t.csv.0123.partial", "s.csv"} <= set(os.listdir(tmp_path))
    assert not (tmp_path / ".s.csv.0123.partial").exists()
