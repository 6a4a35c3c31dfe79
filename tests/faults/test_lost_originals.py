"""Originals that vanish, change or fail after the build was planned: their duplicates are imported in their place."""

from __future__ import annotations

import gzip
import os
import zipfile

import pytest
from support.artifact_samples import lines, log_record, rows, snapshot, write_files
from support.failing_disk import fail_reading
from support.run_zip_sample import PREFIX, RUN_ZIP, RUN_ZIP_NAME

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.building import build_from_directory
from wink_debug_bundle.pipeline import build
from wink_debug_bundle.pipeline.build_options import BuildOptions

LOG = lines(*[log_record(message=f"message {number}") for number in range(400)])
ZIP = RUN_ZIP.read_bytes()
with zipfile.ZipFile(RUN_ZIP) as opened:
    MEMBERS = {info.filename: opened.read(info) for info in opened.infolist()}
FOLDER = {f"run/{name}": data for name, data in MEMBERS.items()}
SESSION = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def built(tmp_path, monkeypatch):
    """Build a bundle of files, and apply an act to one of them after planning and before reading."""
    create = build.create_empty_tables

    def run(files, act, name, jobs=1):
        folder = write_files(tmp_path / "debug", files)
        monkeypatch.setattr(
            build, "create_empty_tables", lambda connection, **form: (act(folder / name), create(connection, **form))
        )
        monkeypatch.setattr(build, "POOL_BYTES", 0)
        summary = build_from_directory(folder, tmp_path / "b.db", BuildOptions(jobs=jobs), recursive=True)
        return tmp_path / "b.db", summary

    return run


def rewrite(path):
    """Give the file other lines of the same size."""
    path.write_bytes(path.read_bytes().replace(b"message ", b"changed "))


def statuses(bundle):
    """Return the status of each artifact on disk."""
    return dict(rows(bundle, "SELECT path, status FROM artifacts WHERE container_id IS NULL"))


def count(bundle, table="logs"):
    """Return the number of rows of a table."""
    return rows(bundle, f"SELECT count(*) FROM {table}")[0][0]


@pytest.mark.parametrize("jobs", [1, 2])
def test_copy_of_a_vanished_log_is_imported(built, jobs):
    """One of two copies is imported, and the other one is its duplicate now."""
    bundle, summary = built({"a.log": LOG, "b.log": LOG, "c.log": LOG}, os.unlink, "a.log", jobs)
    assert statuses(bundle) == {"a.log": "partial", "b.log": "imported", "c.log": "duplicate"}
    assert (count(bundle), summary.incomplete_count) == (400, 1)
    [(reason,)] = rows(bundle, "SELECT reason FROM artifacts WHERE path = 'b.log'")
    assert reason.startswith("imported in the place of a.log, which could not be read")
    with DebugBundle.open(bundle) as opened:
        assert {finding.artifact for finding in opened.verify().findings} == {"a.log"}


@pytest.mark.parametrize(
    "files",
    [
        {"a.log.gz": gzip.compress(LOG, mtime=0), "b.log": LOG},
        {"a.log": LOG, "b.log": LOG[: LOG.index(b"message 300")]},
    ],
    ids=["compressed", "grown since"],
)
def test_whatever_repeats_a_vanished_log_is_imported(built, files):
    """A copy need not have the same bytes on disk."""
    bundle, _ = built(files, os.unlink, min(files))
    assert count(bundle) == (400 if "a.log.gz" in files else 300)


def test_copy_of_a_rewritten_log_is_imported(built):
    """A log that has other lines now has these, and its copy the old ones."""
    bundle, summary = built({"a.log": LOG, "b.log": LOG}, rewrite, "a.log")
    assert statuses(bundle) == {"a.log": "imported", "b.log": "imported"}
    assert summary.incomplete_count == 1
    assert rows(bundle, "SELECT count(*), min(message) FROM logs GROUP BY artifact_id") == [
        (400, "changed 0"),
        (400, "message 0"),
    ]


def test_copy_of_a_log_that_grows_stays_a_duplicate(built):
    """Growth changes nothing in what was there before."""

    def grow(path):
        with path.open("ab") as file:
            file.write(LOG)

    bundle, _ = built({"a.log": LOG, "b.log": LOG}, grow, "a.log")
    assert statuses(bundle) == {"a.log": "imported", "b.log": "duplicate"}


@pytest.mark.parametrize("files", [{RUN_ZIP_NAME: ZIP, "RUN (1).zip": ZIP}, {RUN_ZIP_NAME: ZIP} | FOLDER])
@pytest.mark.parametrize("act", [os.unlink, lambda path: path.write_bytes(b"")], ids=["vanished", "emptied"])
def test_copy_of_a_lost_run_is_imported(built, files, act):
    """A run that is in a second zip, or in a folder, is read from there, with its members."""
    bundle, summary = built(files, act, RUN_ZIP_NAME if "RUN (1).zip" not in files else "RUN (1).zip")
    assert rows(bundle, "SELECT count(*) FROM runs WHERE bundle_id IS NOT NULL") == [(1,)]
    assert (count(bundle), count(bundle, "tool_calls"), count(bundle, "snapshots")) == (313, 14, 2)
    assert summary.incomplete_count > 0


def test_copy_of_the_log_of_a_lost_run_is_imported(built):
    """The log beside a run is all that is left of it."""
    files = {RUN_ZIP_NAME: ZIP, "app.jsonl": MEMBERS[PREFIX + "logs/app.jsonl"]}
    bundle, _ = built(files, os.unlink, RUN_ZIP_NAME)
    assert count(bundle) == 313


def test_copy_of_a_lost_session_file_still_gives_its_folder_a_session(built):
    """Session files are loaded before logs, those that are imported in the place of others as well."""
    dump = lines(snapshot(SESSION))
    bundle, _ = built({"a.jsonl": dump, "b.jsonl": dump, "x.log": lines(log_record())}, os.unlink, "a.jsonl")
    assert rows(bundle, "SELECT session_id FROM logs") == [(SESSION,)]


def test_ids_follow_the_order_of_artifacts(built):
    """Rows of an artifact are found by their ids, whatever was imported in the place of another one."""
    files = {f"{name}.log": LOG[: 3000 + place] for place, name in enumerate("dbca")}
    bundle, _ = built(files | {"z.log": lines(log_record(message="other"))}, os.unlink, "a.log")
    ids = rows(bundle, "SELECT artifact_id FROM logs ORDER BY id")
    assert ids == sorted(ids)
    assert count(bundle, "logs WHERE message = 'other'") == 1


def test_copy_of_a_log_that_was_read_in_part_is_kept_as_bytes(built, monkeypatch):
    """Its first lines are in the bundle: importing the copy would count them twice."""

    def fail(_):
        fail_reading(monkeypatch, "a.log", 9000)

    monkeypatch.setattr("wink_debug_bundle.artifacts.split_reader.BLOCK_BYTES", 4000)
    bundle, summary = built({"a.log": LOG, "b.log": LOG}, fail, "a.log")
    assert 0 < count(bundle) < 400
    assert summary.incomplete_count == 2
    [(reason, size)] = rows(
        bundle,
        "SELECT reason, blobs.size_bytes FROM artifacts JOIN blobs ON blobs.sha256 = blob_sha256 WHERE path = 'b.log'",
    )
    assert reason.startswith("repeats a.log, which could be read in part only")
    assert size == len(LOG)
