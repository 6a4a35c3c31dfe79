"""What is new in a directory is added to its bundle, which then is that of a new build."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.artifact_samples import ROOT
from support.command_runner import run
from support.divided_sources import built
from support.resolved_rows import differences, resolved_rows

from wink_debug_bundle import BundleBuildError, BundleError, DamagedBundleError, DebugBundle
from wink_debug_bundle.building import append_from_directory
from wink_debug_bundle.merging import appending
from wink_debug_bundle.merging.append_summary import AppendSummary
from wink_debug_bundle.packing.frame_header import is_packed
from wink_debug_bundle.pipeline.build_options import BuildOptions

FIXTURES = ROOT / "fixtures"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory with runs, and with the artifacts of a session whose log is not written to its end."""
    shutil.copytree(FIXTURES / "wink-0.27.0" / "runs", tmp_path / "folder" / "runs")
    shutil.copytree(FIXTURES / "wink-0.20.0" / "run", tmp_path / "folder" / "session")
    return tmp_path / "folder"


def append(folder: Path, bundle: Path, **options: object) -> AppendSummary:
    """Add what is new in the folder to the bundle."""
    return append_from_directory(folder, bundle, BuildOptions(**options), recursive=True)  # type: ignore[arg-type]


def sound(path: Path) -> Path:
    """Check that the bundle is as consistent as a build."""
    with DebugBundle.open(path) as bundle:
        verification = bundle.verify()
    assert verification.findings == ()
    assert verification.remarks == ()
    return path


def test_new_files_and_grown_ones_are_added(folder: Path, tmp_path: Path) -> None:
    """The bundle has the rows of a new build: new runs, more lines of a log, and calls that both record."""
    whole = built(folder, tmp_path / "whole.db")
    later = [*sorted((folder / "runs").iterdir())[3:], *(folder / "session").glob("*.zip")]
    held = {path: path.read_bytes() for path in (*later, folder / "session" / "session.log")}
    for path in later:
        path.unlink()
    log = folder / "session" / "session.log"
    log.write_bytes(b"".join(held[log].splitlines(keepends=True)[:20]))
    bundle = built(folder, tmp_path / "b.db")
    for path, data in held.items():
        path.write_bytes(data)
    summary = append(folder, bundle)
    assert sorted(summary.new) == sorted(str(path.relative_to(folder)) for path in later)
    assert (summary.grown, summary.changed) == (("session/session.log",), ())
    assert len(summary.known) == 4
    assert differences(resolved_rows(whole), resolved_rows(sound(bundle))) == {}


def test_nothing_new_changes_nothing(folder: Path, tmp_path: Path) -> None:
    """The file is not written, and the summary names what it has."""
    bundle = built(folder, tmp_path / "b.db")
    before = bundle.stat()
    summary = append(folder, bundle)
    assert (summary.new, summary.grown, summary.changed, summary.build) == ((), (), (), None)
    assert len(summary.known) == 10
    assert bundle.stat() == before


def test_of_a_changed_file_both_versions_are_kept(folder: Path, tmp_path: Path) -> None:
    """A log that was rotated has lost what the bundle still has."""
    log = folder / "session" / "session.log"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:50]))
    bundle = built(folder, tmp_path / "b.db")
    log.write_bytes(b"".join(lines[50:]))
    assert append(folder, bundle).changed == ("session/session.log",)
    with DebugBundle.open(sound(bundle)) as opened:
        counts = opened.query(
            "SELECT count(*) FROM logs JOIN artifacts ON artifacts.id = artifact_id WHERE path = ?",
            ("session/session.log",),
        )
        assert counts.fetchone()[0] >= len(lines) - 10


def test_a_file_that_is_only_listed_is_no_artifact(folder: Path, tmp_path: Path) -> None:
    """It is listed as it is now, and a directory may have nothing else that is new."""
    (folder / "notes.txt").write_text("one")
    bundle = built(folder, tmp_path / "b.db")
    (folder / "notes.txt").write_text("another")
    (folder / "more.txt").write_text("more")
    append(folder, bundle)
    assert differences(resolved_rows(built(folder, tmp_path / "w.db")), resolved_rows(sound(bundle))) == {}


def test_another_directory_may_have_the_same_names(folder: Path, tmp_path: Path) -> None:
    """Its files are new, unless they have the same bytes."""
    bundle = built(folder, tmp_path / "b.db")
    other = tmp_path / "other" / "session"
    other.mkdir(parents=True)
    lines = (folder / "session" / "session.log").read_bytes().splitlines(keepends=True)
    (other / "session.log").write_bytes(b"".join(lines[5:9]))
    summary = append(tmp_path / "other", bundle)
    assert (summary.new, summary.grown, summary.changed) == (("session/session.log",), (), ())
    sound(bundle)


def test_description_tags_and_index_stay(folder: Path, tmp_path: Path) -> None:
    """Unless others are given."""
    first = min((folder / "runs").iterdir())
    data = first.read_bytes()
    first.unlink()
    bundle = built(folder, tmp_path / "b.db", description="nightly", tags={"a": "1", "b": "2"}, search="usual")
    first.write_bytes(data)
    append(folder, bundle, tags={"b": "3"})
    with DebugBundle.open(sound(bundle)) as opened:
        row = opened.query("SELECT description, tags, source_directory FROM bundle_meta").fetchone()
        assert tuple(row) == ("nightly", '{"a": "1", "b": "3"}', str(folder))
        assert opened.search("error").uses_index


def test_the_old_bundle_stays_if_something_fails(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the disk is full when nearly all is done; no other file is left."""
    bundle = built(folder, tmp_path / "b.db")
    before = bundle.read_bytes()
    (folder / "more.txt").write_text("more")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(appending, "join", fail)
    with pytest.raises(BundleBuildError, match="the disk is full"):
        append(folder, bundle)
    assert bundle.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_a_damaged_bundle_is_not_added_to(folder: Path, tmp_path: Path) -> None:
    """Its damage would become part of a bundle that looks sound."""
    bundle = built(folder, tmp_path / "b.db")
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    bundle.write_bytes(data)
    with pytest.raises(DamagedBundleError, match="checksum differs"):
        append(folder, bundle)
    assert bundle.read_bytes() == data


def test_there_must_be_a_bundle(folder: Path, tmp_path: Path) -> None:
    """A wrong path is noticed."""
    with pytest.raises(BundleError, match="no such bundle to append to"):
        DebugBundle.from_directory(folder, output=tmp_path / "b.db", append=True)


def test_options_that_contradict_it_are_refused(folder: Path, tmp_path: Path) -> None:
    """A part of a directory cannot be told from what is not new."""
    with pytest.raises(ValueError, match="none of shard, force and redact"):
        DebugBundle.from_directory(folder, output=tmp_path / "b.db", append=True, shard="1/2")
    assert run("create", folder, "--append", "--force").exit_code == 2
    assert run("create", "--append", "--logs", folder / "session" / "session.log", "-o", "x.db").exit_code == 2


def test_the_command_says_what_it_had(folder: Path, tmp_path: Path) -> None:
    """The summary names what is new, and counts what is not."""
    run("create", folder, "--recursive", "--output", tmp_path / "b.db")
    again = run("create", folder, "--recursive", "--output", tmp_path / "b.db", "--append")
    assert again.stdout.splitlines() == [
        "Had already: 10 entries",
        f"Nothing is new: {tmp_path / 'b.db'} stays as it is",
    ]
    (folder / "more.txt").write_text("more")
    lines = run("create", folder, "--recursive", "--output", tmp_path / "b.db", "--append").stdout.splitlines()
    assert lines[:3] == ["Had already: 10 entries", "New: 1 entry", "  more.txt"]
    assert any(line.startswith("  Runs: 7 ") for line in lines)


def test_a_folder_that_is_empty_now_has_nothing_new(folder: Path, tmp_path: Path) -> None:
    """What was deleted stays in the bundle."""
    bundle = built(folder, tmp_path / "b.db")
    (tmp_path / "empty").mkdir()
    done = run("create", tmp_path / "empty", "-r", "--output", bundle, "--append")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "Had already: 0 entries")


def test_a_renamed_file_is_a_duplicate(folder: Path, tmp_path: Path) -> None:
    """Its run counts once."""
    bundle = built(folder, tmp_path / "b.db")
    first = min((folder / "runs").iterdir())
    first.rename(folder / "renamed.zip")
    assert append(folder, bundle).new == ("renamed.zip",)
    with DebugBundle.open(sound(bundle)) as opened:
        assert opened.query("SELECT count(*) FROM runs").fetchone()[0] == 7
        rows = opened.query("SELECT path, reason FROM artifacts WHERE status = 'duplicate'").fetchall()
    assert rows == [(f"runs/{first.name}", "the same bytes as renamed.zip")]


def test_a_packed_bundle_stays_packed(folder: Path, tmp_path: Path) -> None:
    """It is unpacked to be added to."""
    bundle = built(folder, tmp_path / "b.db.zst")
    (folder / "more.txt").write_text("more")
    assert append(folder, bundle).new == ("more.txt",)
    assert is_packed(sound(bundle))


def test_entries_that_are_only_listed_are_not_read(folder: Path, tmp_path: Path) -> None:
    """The summary has no heading without lines."""
    run("create", folder, "--recursive", "--output", tmp_path / "b.db")
    (folder / "more.txt").write_text("more")
    assert "Read:" not in run("create", folder, "-r", "--output", tmp_path / "b.db", "--append").stdout
