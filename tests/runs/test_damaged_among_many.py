"""Damaged zips in the folder of an evaluation: the other runs are read as if they were alone, and each damage is told."""

from __future__ import annotations

import shutil
import zipfile

import pytest
from support.artifact_samples import ROOT, archive, rows, sqlite_connection
from support.run_zip_sample import PREFIX, RUN_ZIP

from wink_debug_bundle import DebugBundle

GOOD = [
    path
    for version in ("0.21.0", "0.24.0", "0.27.0")
    for path in (ROOT / "fixtures" / f"wink-{version}").rglob("*.zip")
]


def cut(name: str, share: float) -> bytes:
    """The real run with one member that ends early; its own checksum is that of what is left."""
    with zipfile.ZipFile(RUN_ZIP) as opened:
        members = {info.filename: opened.read(info) for info in opened.infolist()}
    members[PREFIX + name] = members[PREFIX + name][: int(len(members[PREFIX + name]) * share)]
    return archive(members)


def damaged_zips() -> dict[str, bytes]:
    """Zips of one real run as a killed process, a full disk or a broken copy leave them, by what was done to them."""
    data = RUN_ZIP.read_bytes()
    with zipfile.ZipFile(RUN_ZIP) as opened:
        directory, log = opened.start_dir, opened.getinfo(f"{PREFIX}logs/app.jsonl")
    ends = {
        "nothing written": 0,
        "within the first signature": 3,
        "within the first header": 20,
        "within the first name": 45,
        "within the first member": 500,
        "within the log": log.header_offset + log.compress_size // 2,
        "before the directory": directory,
        "within the directory": (directory + len(data)) // 2,
        "before the end record": len(data) - 22,
        "within the end record": len(data) - 1,
    }
    begin = log.header_offset + 200
    return {
        **{f"ends {place}": data[:end] for place, end in ends.items()},
        "a block of zeros in the log": data[:begin] + bytes(1000) + data[begin + 1000 :],
        "zeros instead of the directory": data[:directory] + bytes(len(data) - directory),
        "zeros alone": bytes(len(data)),
        "another file's bytes": b"\x89PNG\r\n\x1a\n" + data[8:],
        "manifest cut": cut("manifest.json", 0.5),
        "manifest empty": cut("manifest.json", 0),
        "metrics cut": cut("metrics.json", 0.5),
        "snapshot before the run cut": cut("session/before.jsonl", 0.9),
        "snapshot after the run cut": cut("session/after.jsonl", 0.5),
        "log cut": cut("logs/app.jsonl", 0.5),
        "transcript cut": cut("transcript.jsonl", 0.5),
    }


DAMAGED = damaged_zips()


def names(path):
    """Paths of the tree that the damaged zips lie in."""
    return f"broken/{path}.zip"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """The bundle of good runs alone, and that of the same ones with damaged ones between them."""
    folder = tmp_path_factory.mktemp("evaluation")
    for path in GOOD:
        if path != RUN_ZIP:
            (folder / "target" / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / "target" / path.parent.name)
    alone, mixed = folder / "alone.db", folder / "mixed.db"
    DebugBundle.from_directory(folder / "target", output=alone, recursive=True).close()
    (folder / "target" / "broken").mkdir()
    for path, data in DAMAGED.items():
        (folder / "target" / names(path)).write_bytes(data)
    DebugBundle.from_directory(folder / "target", output=mixed, recursive=True).close()
    return alone, mixed


class TestOthers:
    """The runs that are whole."""

    def test_rows(self, bundles):
        """Each of them says of itself what it says without damaged ones beside it."""
        found = [told_of_good_runs(bundle) for bundle in bundles]
        assert len(found[0]) == len(GOOD) - 1
        assert found[1] == found[0]

    def test_calls(self, bundles):
        """Their calls are put together as they are without them."""
        calls = (
            "SELECT r.path, c.tool_name, c.outcome, c.sources, c.duration_ms FROM calls c JOIN runs r ON r.id = c.run_id "
            "WHERE r.path NOT LIKE 'broken/%' ORDER BY r.path, c.id"
        )
        alone, mixed = (rows(bundle, calls) for bundle in bundles)
        assert len(alone) > 100
        assert mixed == alone

    def test_references(self, bundles):
        """Every reference of the bundle holds."""
        assert rows(bundles[1], "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("path", DAMAGED)
class TestDamaged:
    """The runs that are not."""

    def test_is_told(self, bundles, path):
        """The damage is a problem of the zip, or of a member that names it; the zip does not pass for whole."""
        name = names(path)
        told = rows(
            bundles[1],
            "SELECT p.kind, p.error FROM problems p JOIN artifacts a ON a.id = p.artifact_id "
            "WHERE a.path = ? OR a.path LIKE ? || '!%'",
            (name, name),
        )
        assert told
        assert all(error for _, error in told)
        [status] = rows(bundles[1], "SELECT status FROM artifacts WHERE path = ?", (name,))
        counted = rows(bundles[1], "SELECT problem_count FROM runs WHERE path = ?", (name,))
        assert status != ("imported",) or counted == [(len(told),)]

    def test_is_accounted_for(self, bundles, path):
        """Its bytes are not lost: either all of its members are in the bundle, or the file as it lies on disk."""
        [(size, kept)] = rows(
            bundles[1],
            "SELECT a.size_bytes, b.size_bytes FROM artifacts a LEFT JOIN blobs b ON b.sha256 = a.blob_sha256 WHERE path = ?",
            (names(path),),
        )
        assert size == len(DAMAGED[path])
        if kept is None:
            members = "SELECT count(*) FROM run_members m JOIN runs r ON r.id = m.run_id WHERE r.path = ?"
            assert rows(bundles[1], members, (names(path),)) > [(10,)] or size == 0
        else:
            assert kept == size


def told_of_good_runs(bundle):
    """What `runs` says of each run that is whole, by its path; the numbers of rows are left out."""
    with sqlite_connection(bundle) as connection:
        cursor = connection.execute("SELECT * FROM runs WHERE path NOT LIKE 'broken/%' ORDER BY path")
        columns = [entry[0] for entry in cursor.description]
        return [{name: value for name, value in zip(columns, row, strict=True) if name != "id"} for row in cursor]
