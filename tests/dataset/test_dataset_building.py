"""The command `dataset build`."""

from __future__ import annotations

import re
import shutil
import subprocess
import time

import pytest
from support.command_runner import command_line, run, run_python
from support.dataset_files import EVALUATION, SMALL_SHARDS, build_here, hashes
from support.guarded_process import GuardedProcess

from wink_debug_bundle import BundleError, Dataset
from wink_debug_bundle.dataset.extras import require

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")


def test_build(tmp_path):
    """The summary says what was built, how the runs ended, and the second time that nothing was to do."""
    output = tmp_path / "dataset"
    first = run("dataset", "build", EVALUATION, output, "--shard-size", "0.0286", "--jobs", "2")
    assert first.exit_code == 0
    assert "Built: 2 shards of 6 files (68.0 kB)" in first.stdout
    assert "Runs: 6 (1 passed, 2 failed, 3 ended with an error)" in first.stdout
    assert max(map(len, first.stdout.replace(str(tmp_path), "").splitlines())) <= 80
    second = run("dataset", "build", EVALUATION, output, "--quiet")
    assert (second.exit_code, second.output) == (0, "")
    assert "Complete before: 2 shards" in run("dataset", "build", EVALUATION, output).stdout


def test_killed_build(tmp_path):
    """A build that is killed leaves a dataset that can be used; the next one completes it, byte for byte."""
    arguments = (
        "dataset",
        "build",
        EVALUATION,
        tmp_path / "killed",
        "--shard-size",
        str(SMALL_SHARDS / 2**20),
        "-j",
        "1",
    )
    with GuardedProcess(command_line(*arguments), stdout=subprocess.DEVNULL) as running:
        while not [*(tmp_path / "killed").glob("_commits/*.json")]:
            assert running.poll() is None
            time.sleep(0.01)
        running.kill()
    assert len(Dataset.open(tmp_path / "killed").commits) > 0
    build_here(EVALUATION, tmp_path / "killed")
    build_here(EVALUATION, tmp_path / "whole")
    assert hashes(tmp_path / "killed").items() >= hashes(tmp_path / "whole").items()


def test_part(tmp_path):
    """A job of an array builds its part, and says how many shards are left."""
    done = run("dataset", "build", EVALUATION, tmp_path / "out", "--shard-size", "0.0286", "--shard", "2/2", "-j", "1")
    assert done.exit_code == 0
    assert "Built: 1 shard of" in done.stdout
    assert "Left to other jobs: 1 shard" in done.stdout


def test_failed_shard(tmp_path):
    """A shard that fails for good is named with its files, and the exit code is 1."""
    source = shutil.copytree(EVALUATION, tmp_path / "in")
    Dataset.build(source, tmp_path / "out", shard="2/2")
    (tmp_path / "out" / "runs").write_text("a file where a folder has to be")
    done = run("dataset", "build", source, tmp_path / "out", "--jobs", "1")
    assert done.exit_code == 1
    assert "Failed: 1 shard; the rest is usable, and the next build tries them again" in done.stdout
    assert ".zip" in done.stdout


@pytest.mark.parametrize(
    "wrong", [["--shard", "3/2"], ["--label", "=x"], ["--label", "a", "--label", "b"], ["--label", "a="]]
)
def test_wrong_options(tmp_path, wrong):
    """Options that mean nothing are refused."""
    assert run("dataset", "build", EVALUATION, tmp_path / "out", *wrong).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["build", "", "{}/out"],
        ["build", str(EVALUATION), ""],
        ["verify", ""],
        ["verify", "{}/out", "--against", ""],
        ["compact", ""],
        ["pull", "", "--where", "true", "--output", "{}/out.db"],
    ],
)
def test_empty_path(tmp_path, words):
    """A path that is empty, of a shell variable that is not set, is refused; it would be the current folder."""
    shown = run("dataset", *(word.format(tmp_path) for word in words))
    assert (shown.exit_code, "the path is empty" in shown.output) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_missing_package():
    """A package that is not installed is named, with the command that installs it."""
    with pytest.raises(BundleError, match=r"no_such_package is missing.*pip install 'wink-debug-bundle\[ray\]'"):
        require("no_such_package.part", "ray")


def test_lazy_imports():
    """Neither the commands nor `run_shard` import pyarrow, fsspec or DuckDB before they are needed."""
    code = "import sys, wink_debug_bundle.cli.main; from wink_debug_bundle import run_shard; print({*sys.modules})"
    assert not {"'pyarrow'", "'fsspec'", "'duckdb'"} & {*run_python(code).strip("{}\n").split(", ")}


def test_other_files_in_the_output(tmp_path):
    """A folder with other files is left as it is; one with the beginning of a dataset alone becomes one."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.txt").write_text("dear")
    done = run("dataset", "build", EVALUATION, tmp_path / "out", "--jobs", "1", "--quiet")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert "is no dataset, and has other files, such as 'letter.txt'; give a new folder" in done.stderr
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["letter.txt"]
    (tmp_path / "begun" / "_plan").mkdir(parents=True)
    (tmp_path / "begun" / "_plan" / "0.json").write_text("of a killed build")
    assert run("dataset", "build", EVALUATION, tmp_path / "begun", "--jobs", "1", "--quiet").exit_code == 0


def test_unreadable_zip(tmp_path):
    """A zip that cannot be read whole is in the dataset with the others, and the build says so."""
    source = shutil.copytree(EVALUATION, tmp_path / "in")
    first = min(source.rglob("*.zip"))
    first.write_bytes(first.read_bytes()[:3000])
    done = run("dataset", "build", source, tmp_path / "out", "--jobs", "1")
    assert (done.exit_code, "Built: 1 shard of 6 files" in done.stdout) == (0, True)
    assert re.search(r"^  Not read completely: \d artifacts? \(see the table problems\)$", done.stdout, re.MULTILINE)


def test_empty_source(tmp_path):
    """A folder without files is named as it was given."""
    (tmp_path / "in").mkdir()
    done = run("dataset", "build", tmp_path / "in", tmp_path / "out", "--quiet")
    assert (done.exit_code, done.stderr) == (1, f"Error: {tmp_path / 'in'}: holds no files\n")
