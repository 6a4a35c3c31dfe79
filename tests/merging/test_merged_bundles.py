"""A merged bundle is the bundle of all sources, but for ids."""

from __future__ import annotations

import shutil
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import ROOT
from support.divided_sources import built, divided
from support.resolved_rows import differences, resolved_rows
from support.saved_answers import run_query

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.saved_queries import saved_queries
from wink_debug_bundle.merging.bundle_merging import merge_bundles

FIXTURES = ROOT / "fixtures"

ID_NAMES = ("id", "run", "_id")
"""Endings of columns of saved queries that have ids."""


def first_folder(name: str) -> str:
    """Return the folder of the source directory that a file is in."""
    return name.split("/", maxsplit=1)[0]


def unit(name: str) -> str:
    """Return one of three parts, by the second part of the path, so that runs are dealt out like cards."""
    return str(sum(name.split("/")[1].encode()) % 3)


def merged(parts: list[Path], output: Path) -> Path:
    """Merge bundles, and check that the whole is as consistent as a build."""
    DebugBundle.merge(parts, output).close()
    with DebugBundle.open(output) as bundle:
        verification = bundle.verify()
    assert verification.findings == ()
    assert verification.remarks == ()
    return output


@pytest.mark.parametrize(
    ("fixture", "part_of"),
    [
        ("wink-0.19.0", first_folder),
        ("wink-0.20.0", first_folder),
        ("wink-0.20.0/repeated", first_folder),
        ("wink-0.21.0", unit),
        ("wink-0.27.0", unit),
    ],
)
def test_rows_are_those_of_one_build(tmp_path: Path, fixture: str, part_of: Any) -> None:
    """Every row of every table is the same, if ids are replaced by what they name."""
    whole, parts = divided(FIXTURES / fixture, tmp_path, part_of)
    assert len(parts) > 1
    assert differences(resolved_rows(whole), resolved_rows(merged(parts, tmp_path / "m.db"))) == {}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a bundle of an evaluation and of runs, and the merged bundle of both parts."""
    folder = tmp_path_factory.mktemp("merged")
    whole, parts = divided(FIXTURES / "wink-0.27.0", folder, first_folder)  # in the order of a build
    return whole, merged(parts, folder / "m.db")


def test_outcome_is_that_of_one_build(pair: tuple[Path, Path]) -> None:
    """What happened in all of the runs is counted alike."""
    with DebugBundle.open(pair[0]) as whole, DebugBundle.open(pair[1]) as together:
        first, second = whole.outcome, together.outcome
    for name in ("runs", "session_samples", "sessions", "experiments", "first_time", "last_time", "models", "adapters"):
        assert getattr(first, name) == getattr(second, name)
    counted = [
        Counter((each.kind, each.name, each.signature, each.count) for each in of.reasons) for of in (first, second)
    ]
    assert counted[0] == counted[1]


def test_saved_queries_have_the_answers_of_one_build(pair: tuple[Path, Path]) -> None:
    """Beside columns with ids, every saved query gives the same rows in the same order."""
    for name in (query.name for query in saved_queries() if not query.parameters):
        answers = [[without_ids(row) for row in run_query(path, name)] for path in pair]
        assert answers[0] == answers[1], name


def without_ids(row: dict[str, Any]) -> tuple[Any, ...]:
    """Return the values of a row that are no ids of rows."""
    return tuple(
        value for name, value in row.items() if not (isinstance(value, int | None) and name.endswith(ID_NAMES))
    )


def test_runs_that_arrived_twice_are_imported_once(tmp_path: Path) -> None:
    """The same bytes under another name, a folder and a changed copy of a run are duplicates, as in one build."""
    zips = sorted((FIXTURES / "wink-0.27.0").rglob("*.zip"))[:4]
    source = tmp_path / "source"
    for path in zips[:3]:
        put(source / "one" / path.name, path.read_bytes())
    put(source / "two" / "another-name.zip", zips[0].read_bytes())
    with zipfile.ZipFile(zips[1]) as archive:
        for name in archive.namelist():
            put(source / "two" / "folder" / name, archive.read(name))
        put(source / "two" / "alone.log", archive.read("debug_bundle/logs/app.jsonl"))
    write_changed(zips[2], source / "two" / "changed.zip")
    put(source / "two" / zips[3].name, zips[3].read_bytes())
    whole, parts = divided(source, tmp_path, first_folder)
    for order, output in ((parts, "m.db"), (parts[::-1], "n.db")):
        assert differences(resolved_rows(whole), resolved_rows(merged(order, tmp_path / output))) == {}
    with DebugBundle.open(tmp_path / "m.db") as bundle:
        kinds = Counter(row[0] for row in bundle.query("SELECT kind FROM problems"))
        assert kinds["conflict"] == 2
        assert bundle.query("SELECT count(*) FROM runs").fetchone()[0] == 4


def put(path: Path, data: bytes) -> None:
    """Write a file, and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def write_changed(source: Path, target: Path) -> None:
    """Write a zip of a run again, with other bytes of two members: one of lines and one that is JSON."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as changed:
        for info in archive.infolist():
            data = archive.read(info)
            if info.filename.endswith(("request/input.json", "logs/app.jsonl")):
                data = data.replace(b"{", b"{ ", 1)
            changed.writestr(info.filename, data)


def test_the_same_files_are_copied_once(tmp_path: Path) -> None:
    """Bundles that overlap give the rows of one of them, and the summary names what both have."""
    source = FIXTURES / "wink-0.27.0" / "evaluation"
    folders = sorted(path.name for path in source.iterdir())
    parts = []
    for number, names in enumerate((folders[:3], folders[1:])):
        for name in names:
            shutil.copytree(source / name, tmp_path / str(number) / name)
        parts.append(built(tmp_path / str(number), tmp_path / f"{number}.db"))
    whole = built(shutil.copytree(source, tmp_path / "all"), tmp_path / "whole.db")
    summary = merge_bundles(parts, tmp_path / "m.db")
    assert [first_folder(path) for path in summary.known[1]] == folders[1:3]
    assert differences(resolved_rows(whole), resolved_rows(tmp_path / "m.db")) == {}
    with DebugBundle.open(tmp_path / "m.db") as bundle:
        assert bundle.verify().findings == ()


def test_a_merged_bundle_can_be_merged(tmp_path: Path) -> None:
    """Merging step by step gives the rows of one merge."""
    _, parts = divided(FIXTURES / "wink-0.27.0", tmp_path, unit)
    once = merged(parts, tmp_path / "once.db")
    first = merged(parts[:2], tmp_path / "first.db")
    twice = merged([first, parts[2]], tmp_path / "twice.db")
    with DebugBundle.open(once) as one, DebugBundle.open(twice) as two:
        tables = [
            {row[:2] for row in each.query("SELECT name, sha256 FROM digests WHERE name <> 'bundle_meta'")}
            for each in (one, two)
        ]
    assert tables[0] == tables[1]


def test_artifacts_come_back(tmp_path: Path) -> None:
    """Extracting writes the files of all bundles."""
    _, parts = divided(FIXTURES / "wink-0.20.0", tmp_path, first_folder)
    with DebugBundle.open(merged(parts, tmp_path / "m.db")) as bundle:
        extraction = bundle.extract(tmp_path / "out")
    assert extraction.findings == ()
    for file in (tmp_path / "whole").rglob("*.jsonl"):
        assert (tmp_path / "out" / file.relative_to(tmp_path / "whole")).read_bytes() == file.read_bytes()


def test_metadata_is_what_all_bundles_say(tmp_path: Path) -> None:
    """Tags that contradict each other are left out; others, and those given, are kept."""
    source = FIXTURES / "wink-0.19.0"
    one = built(source, tmp_path / "1.db", tags={"model": "a", "team": "x"}, description="nightly")
    two = built(source, tmp_path / "2.db", tags={"model": "b", "team": "x"}, description="nightly")
    with DebugBundle.merge([one, two], tmp_path / "m.db", tags={"new": "1"}) as bundle:
        row = bundle.query("SELECT description, tags, source_directory, root_session_id FROM bundle_meta").fetchone()
    with DebugBundle.open(one) as bundle:
        root = bundle.query("SELECT root_session_id FROM bundle_meta").fetchone()[0]
    assert tuple(row) == ("nightly", '{"team": "x", "new": "1"}', str(source), root)


def test_a_search_index_is_made_if_all_bundles_have_one(tmp_path: Path) -> None:
    """The index holds the texts of all bundles, and is the one that a build makes."""
    case = FIXTURES / "wink-0.27.0"
    one = built(case / "runs", tmp_path / "1.db", search="usual")
    two = built(case / "evaluation", tmp_path / "2.db", search="usual")
    none = built(case / "evaluation", tmp_path / "3.db")
    with DebugBundle.merge([one, two], tmp_path / "m.db") as bundle:
        assert bundle.search("itinerary").uses_index
        assert bundle.verify().findings == ()
    with DebugBundle.merge([one, none], tmp_path / "n.db") as bundle:
        assert not bundle.search("itinerary").uses_index


def test_a_log_that_has_grown_since_is_imported_once(tmp_path: Path) -> None:
    """Of bundles of two nights, the later one has all lines of the earlier one."""
    lines = (FIXTURES / "wink-0.20.0" / "run" / "session.log").read_bytes().splitlines(keepends=True)
    put(tmp_path / "source" / "monday" / "app.log", b"".join(lines[:30]))
    put(tmp_path / "source" / "tuesday" / "app.log", b"".join(lines))
    put(tmp_path / "source" / "tuesday" / "other.log", b"".join([*lines[:10], *lines[40:50]]))
    whole, parts = divided(tmp_path / "source", tmp_path, first_folder)
    for order, name in ((parts, "m.db"), (parts[::-1], "n.db")):
        assert differences(resolved_rows(whole), resolved_rows(merged(order, tmp_path / name))) == {}
    with DebugBundle.open(tmp_path / "m.db") as bundle:
        assert bundle.query("SELECT count(*) FROM logs").fetchone()[0] < len(lines) + 20 + 1
