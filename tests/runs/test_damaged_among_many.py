"""Damaged zips among the runs of an evaluation: the other runs are read as without them, and damage is reported."""

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


def cut_member(name: str, share: float) -> bytes:
    """Return the real run with one member shortened, and with a checksum that fits the rest."""
    with zipfile.ZipFile(RUN_ZIP) as opened:
        members = {info.filename: opened.read(info) for info in opened.infolist()}
    members[PREFIX + name] = members[PREFIX + name][: int(len(members[PREFIX + name]) * share)]
    return archive(members)


def damaged_zips() -> dict[str, bytes]:
    """Return damaged zips of one real run, as a kill, a full disk or a broken copy leave them, by the damage."""
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
        "manifest cut": cut_member("manifest.json", 0.5),
        "manifest empty": cut_member("manifest.json", 0),
        "metrics cut": cut_member("metrics.json", 0.5),
        "snapshot before the run cut": cut_member("session/before.jsonl", 0.9),
        "snapshot after the run cut": cut_member("session/after.jsonl", 0.5),
        "log cut": cut_member("logs/app.jsonl", 0.5),
        "transcript cut": cut_member("transcript.jsonl", 0.5),
    }


DAMAGED = damaged_zips()


def names(path):
    """Return the paths of the damaged zips in the tree."""
    return f"broken/{path}.zip"


@pytest.fixture(scope="module")
def bundles(tmp_path_factory):
    """Return the bundle of the good runs alone, and that of the good runs among damaged ones."""
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


class TestGoodRuns:
    """The undamaged runs."""

    def test_rows(self, bundles):
        """Each row of `runs` is the same as without the damaged zips."""
        found = [rows_of_good_runs(bundle) for bundle in bundles]
        assert len(found[0]) == len(GOOD) - 1
        assert found[1] == found[0]

    def test_calls(self, bundles):
        """Their tool calls are the same as without the damaged zips."""
        calls = (
            "SELECT r.path, c.tool_name, c.outcome, c.source, c.duration_ms FROM calls c JOIN runs r ON r.id = c.run_id "
            "WHERE r.path NOT LIKE 'broken/%' ORDER BY r.path, c.id"
        )
        alone, mixed = (rows(bundle, calls) for bundle in bundles)
        assert len(alone) > 100
        assert mixed == alone

    def test_references(self, bundles):
        """Every foreign key points to an existing row."""
        assert rows(bundles[1], "PRAGMA foreign_key_check") == []


@pytest.mark.parametrize("path", DAMAGED)
class TestDamaged:
    """The damaged runs."""

    def test_is_reported(self, bundles, path):
        """The damage is a problem of the zip or of a member, and is in the zip's status or its run's count."""
        name = names(path)
        found_problems = rows(
            bundles[1],
            "SELECT p.kind, p.error FROM problems p JOIN artifacts a ON a.id = p.artifact_id "
            "WHERE a.path = ? OR a.path LIKE ? || '!%'",
            (name, name),
        )
        assert found_problems
        assert all(error for _, error in found_problems)
        [status] = rows(bundles[1], "SELECT status FROM artifacts WHERE path = ?", (name,))
        counted = rows(bundles[1], "SELECT problem_count FROM runs WHERE path = ?", (name,))
        assert status != ("imported",) or counted == [(len(found_problems),)]

    def test_bytes_are_kept(self, bundles, path):
        """All members of the zip are in the bundle, or the zip's bytes are, or the zip is accounted for as a duplicate."""
        [(size, kept, status, accounted)] = rows(
            bundles[1],
            "SELECT a.size_bytes, b.size_bytes, a.status, "
            "(SELECT sum(length) FROM ledger WHERE artifact_id = a.id) FROM artifacts a LEFT JOIN blobs b ON b.sha256 = a.blob_sha256 WHERE path = ?",
            (names(path),),
        )
        assert size == len(DAMAGED[path])
        if status == "duplicate":
            assert accounted == size
        elif kept is None:
            members = "SELECT count(*) FROM run_members m JOIN runs r ON r.id = m.run_id WHERE r.path = ?"
            assert rows(bundles[1], members, (names(path),)) > [(10,)] or size == 0
        else:
            assert kept == size


def rows_of_good_runs(bundle):
    """Return the row of each undamaged run by its path, without row ids."""
    with sqlite_connection(bundle) as connection:
        cursor = connection.execute("SELECT * FROM runs WHERE path NOT LIKE 'broken/%' ORDER BY path")
        columns = [entry[0] for entry in cursor.description]
        return [{name: value for name, value in zip(columns, row, strict=True) if name != "id"} for row in cursor]
