"""`create --label` names evaluations, of folders below the input or of folders that are apart."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from support.command_runner import run

from wink_debug_bundle import DebugBundle

FIXTURES = Path(__file__).parents[3] / "fixtures"


@pytest.fixture
def folders(tmp_path) -> Path:
    """Return a folder with two evaluations of the same samples, in folders that are apart."""
    shutil.copytree(FIXTURES / "wink-0.24.0/evaluation", tmp_path / "main/out")
    shutil.copytree(FIXTURES / "wink-0.27.0/evaluation", tmp_path / "pull/out")
    return tmp_path


def evaluations(bundle: Path) -> list[tuple[str | None, int]]:
    """Return the evaluations of the runs of a bundle, with the number of runs of each."""
    with sqlite3.connect(bundle) as connection:
        found = connection.execute("SELECT evaluation, count(*) FROM runs GROUP BY evaluation").fetchall()
    connection.close()
    return found


def test_folders_that_are_apart(folders):
    """Without a directory the folders with labels are read, and nothing else; `verify` finds them below their common one."""
    (folders / "other.log").write_text("not read")
    bundle = folders / "both.db"
    labels = ("--label", f"base={folders / 'main'}", "--label", f"new={folders / 'pull'}")
    done = run("create", *labels, "--recursive", "--output", bundle)
    assert "  2 evaluations: base 1 of 6 passed, new 1 of 6 passed\n" in done.stdout
    assert evaluations(bundle) == [("base", 6), ("new", 6)]
    assert run("verify", bundle, "--against", folders).exit_code == 0


def test_one_label_for_several_folders(folders):
    """Folders with the same label are one evaluation."""
    bundle = folders / "both.db"
    labels = ("--label", f"all={folders / 'main'}", "--label", f"all={folders / 'pull'}")
    run("create", folders, *labels, "--recursive", "--output", bundle)
    assert evaluations(bundle) == [("all", 12)]


def test_label_of_everything(folders):
    """A label without a path is that of the whole input, but for folders with a label of their own."""
    bundle = folders / "both.db"
    labels = ("--label", "base", "--label", f"new={folders / 'pull'}")
    run("create", folders, *labels, "--recursive", "--output", bundle)
    assert evaluations(bundle) == [("base", 6), ("new", 6)]


def test_api(folders):
    """The API builds the same bundles."""
    by_command, by_api = folders / "command.db", folders / "api.db"
    labels = {folders / "main": "base", folders / "pull": "new"}
    options = [part for path, name in labels.items() for part in ("--label", f"{name}={path}")]
    run("create", *options, "--recursive", "--output", by_command)
    with DebugBundle.from_artifacts(by_api, labelled_folders=labels, recursive=True) as bundle:
        assert [each.evaluation for each in bundle.outcome.evaluations] == ["base", "new"]
    assert evaluations(by_api) == evaluations(by_command)
    with DebugBundle.from_directory(folders / "main", recursive=True, label="base") as bundle:
        assert [each.evaluation for each in bundle.outcome.evaluations] == ["base"]


@pytest.mark.parametrize("jobs", [1, 3])
def test_jobs_do_not_matter(folders, jobs, monkeypatch):
    """The names are the same with worker processes."""
    monkeypatch.setattr("wink_debug_bundle.pipeline.build.POOL_BYTES", 1)
    with DebugBundle.from_directory(folders, recursive=True, jobs=jobs) as bundle:
        found = {tuple(row) for row in bundle.query("SELECT path, evaluation FROM artifacts WHERE kind != 'unknown'")}
    assert {(path.partition("/")[0], name) for path, name in found} == {("main", "main"), ("pull", "pull")}


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["=x"], "is not of the form NAME or NAME=PATH"),
        (["a="], "is not of the form NAME or NAME=PATH"),
        (["a", "b"], "labels what has a label already"),
        (["a=main", "b=main"], "labels what has a label already"),
    ],
)
def test_labels_without_meaning(folders, labels, message):
    """Labels that say nothing, or two things, are refused."""
    options = [part for label in labels for part in ("--label", label)]
    done = run("create", folders, *options)
    assert done.exit_code == 2
    assert message in done.stderr


def test_folder_outside_of_the_directory(folders):
    """The error about a folder that is not below the directory says what to do."""
    done = run("create", folders / "main", "--label", f"new={folders / 'pull'}", "--output", folders / "b.db")
    assert done.exit_code == 1
    assert "leave DIRECTORY out" in done.stderr


def test_folder_that_does_not_exist(folders):
    """A label of a folder that is not there is an error, not a label of nothing."""
    done = run("create", folders, "--label", f"new={folders / 'pul'}", "--output", folders / "b.db")
    assert done.exit_code == 1
    assert "no such file or directory" in done.stderr
