"""N jobs that each read a shard of a directory, and a merge, are one build."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from support.artifact_samples import ROOT
from support.command_runner import command_line, run
from support.divided_sources import built
from support.many_runs import write_many_runs
from support.resolved_rows import differences, resolved_rows

from wink_debug_bundle import DebugBundle


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Return a directory with artifacts of two releases: runs, folders of sessions, and other files."""
    for release in ("wink-0.20.0", "wink-0.27.0"):
        shutil.copytree(ROOT / "fixtures" / release, tmp_path / "source" / release)
    return tmp_path / "source"


def test_jobs_of_an_array_and_a_merge_are_one_build(source: Path, tmp_path: Path) -> None:
    """Each job finds its shard in the environment, and writes its bundle beside the artifacts."""
    whole = built(source, tmp_path / "whole.db")
    for index in range(3):
        environment = {**os.environ, "JOB_COMPLETION_INDEX": str(index)}
        arguments = command_line("create", source, "--recursive", "--shard", "auto/3", "--quiet")
        subprocess.run(arguments, env=environment, check=True, timeout=120)
    parts = sorted(source.glob("bundle-*-of-3.db"))
    assert len(parts) == 3
    with DebugBundle.merge(parts, tmp_path / "m.db") as merged:
        assert merged.verify().findings == ()
        assert merged.verify(against=source).findings == ()
    assert differences(resolved_rows(whole), resolved_rows(tmp_path / "m.db")) == {}


def test_a_shard_may_be_empty(source: Path, tmp_path: Path) -> None:
    """More jobs than runs: the bundle of such a job has no artifacts, and can be merged."""
    one = source / "wink-0.27.0" / "runs"
    for path in sorted(one.iterdir())[1:]:
        path.unlink()
    parts = [built(one, tmp_path / f"{number}.db", shard=f"{number}/2") for number in (1, 2)]
    counts = []
    for part in parts:
        with DebugBundle.open(part) as bundle:
            counts.append(bundle.query("SELECT count(*) FROM runs").fetchone()[0])
    assert sorted(counts) == [0, 1]
    with DebugBundle.merge(parts, tmp_path / "m.db") as merged:
        assert merged.verify().findings == ()
    assert differences(resolved_rows(built(one, tmp_path / "w.db")), resolved_rows(tmp_path / "m.db")) == {}


def test_the_summary_names_the_part(source: Path, tmp_path: Path) -> None:
    """A part is not mistaken for the whole."""
    result = run("create", source, "--recursive", "--output", tmp_path / "b.db", "--shard", "2/3")
    assert result.stdout.startswith("Part 2/3 of the artifacts; merge puts the bundles of all parts together\n")


def test_a_wrong_shard_is_wrong_usage(source: Path, tmp_path: Path) -> None:
    """Nothing is built."""
    result = run("create", source, "--output", tmp_path / "b.db", "--shard", "0/3")
    assert result.exit_code == 2
    assert "shards are numbered from 1" in " ".join(result.stderr.split())
    assert not (tmp_path / "b.db").exists()


@pytest.mark.slow
def test_many_shards_are_one_build(tmp_path: Path) -> None:
    """Eight shards of 30 runs each."""
    folder = write_many_runs(tmp_path / "runs", 40)
    whole = built(folder, tmp_path / "whole.db")
    parts = [built(folder, tmp_path / f"{number}.db", shard=f"{number}/8") for number in range(1, 9)]
    counts = []
    for part in parts:
        with DebugBundle.open(part) as bundle:
            counts.append(bundle.outcome.runs.total)
    assert counts == [30] * 8
    with DebugBundle.merge(parts, tmp_path / "m.db") as merged:
        assert merged.verify(against=folder).findings == ()
    assert differences(resolved_rows(whole), resolved_rows(tmp_path / "m.db")) == {}
