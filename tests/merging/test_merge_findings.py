"""A merge says what several bundles hold in different ways, and loses no label."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.artifact_samples import ROOT
from support.command_runner import run
from support.divided_sources import built

from wink_debug_bundle import DebugBundle

RUNS = ROOT / "fixtures" / "wink-0.27.0" / "runs"


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two runs."""
    folder = tmp_path_factory.mktemp("two") / "runs"
    folder.mkdir()
    for path in sorted(RUNS.iterdir())[:2]:
        shutil.copy2(path, folder / path.name)
    return folder


def labels(path: Path) -> list[str | None]:
    """Return the labels of the artifacts and of the runs in a bundle."""
    with DebugBundle.open(path) as bundle:
        assert bundle.verify().findings == ()
        rows = bundle.query("SELECT evaluation FROM artifacts UNION SELECT evaluation FROM runs")
        return [label for (label,) in rows.fetchall()]


@pytest.mark.parametrize("order", [1, -1])
def test_the_label_of_one_bundle_is_kept(two_runs: Path, tmp_path: Path, order: int) -> None:
    """Also if the runs are copied from the other bundle, in which they have none."""
    parts = [built(two_runs, tmp_path / "a.db"), built(two_runs, tmp_path / "b.db", label="before")]
    DebugBundle.merge(parts[::order], tmp_path / "m.db").close()
    assert labels(tmp_path / "m.db") == ["before"]


def test_labels_that_contradict_each_other_are_named(two_runs: Path, tmp_path: Path) -> None:
    """The first bundle decides, and the summary says so."""
    parts = [built(two_runs, tmp_path / f"{name}.db", label=name) for name in ("before", "after")]
    printed = run("merge", *parts, "-o", tmp_path / "m.db").stdout.splitlines()
    place = printed.index("Labels: 2 files with another label in another bundle")
    first = min(path.name for path in two_runs.iterdir())
    assert printed[place + 1] == f"  {first}: before is kept, not after"
    assert labels(tmp_path / "m.db") == ["before"]


def test_versions_of_a_file_are_named(tmp_path: Path) -> None:
    """A log that was rotated is another file of the same name; what both hold is not counted twice in silence."""
    lines = (ROOT / "fixtures" / "wink-0.20.0" / "run" / "session.log").read_bytes().splitlines(keepends=True)
    parts = []
    for name, content in (("before", lines[:60]), ("after", lines[40:])):
        (tmp_path / name).mkdir()
        (tmp_path / name / "session.log").write_bytes(b"".join(content))
        parts.append(built(tmp_path / name, tmp_path / f"{name}.db"))
    printed = run("merge", *parts, "-o", tmp_path / "m.db").stdout.splitlines()
    place = printed.index("In other bytes: 1 file of the same name, each imported by itself")
    assert printed[place + 1] == "  session.log"


def test_nothing_of_this_is_said_of_different_bundles(two_runs: Path, tmp_path: Path) -> None:
    """Two shards have nothing in common."""
    parts = [built(two_runs, tmp_path / f"{number}.db", shard=f"{number}/2", label="one") for number in (1, 2)]
    printed = run("merge", *parts, "-o", tmp_path / "m.db").stdout
    assert "In other bytes" not in printed
    assert "Labels" not in printed
    assert labels(tmp_path / "m.db") == ["one"]


def test_a_packed_bundle_comes_with_the_command_that_unpacks_it(two_runs: Path, tmp_path: Path) -> None:
    """As after create: also where this program is not installed, it can be read."""
    part = built(two_runs, tmp_path / "a.db")
    for output, is_told in (("m.db.zst", True), ("m.db", False)):
        assert ("zstd -d --long=27" in run("merge", part, "-o", tmp_path / output).stdout) is is_told
