"""A merge, and a bundle that is appended to or packed, show how far they are, as a build does."""

from __future__ import annotations

import itertools
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from support.artifact_samples import ROOT
from support.command_runner import run_process
from support.divided_sources import built
from support.large_artifacts import random_bytes, write_archive

from wink_debug_bundle import DebugBundle, Progress
from wink_debug_bundle.building import append_from_directory
from wink_debug_bundle.merging import merge_progress
from wink_debug_bundle.pipeline.build_options import BuildOptions
from wink_debug_bundle.pipeline.progress import Phase

RUNS = ROOT / "fixtures" / "wink-0.27.0" / "runs"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return two bundles with a part of the same runs each, one of them packed."""
    folder = tmp_path_factory.mktemp("pair")
    return [built(RUNS, folder / name, shard=f"{number}/2") for number, name in ((1, "a.db"), (2, "b.db.zst"))]


def phases(reported: Sequence[Progress]) -> list[Phase]:
    """Return the phases in their order, and check that each goes on to its end."""
    for _, group in itertools.groupby(reported, key=lambda each: each.phase):
        steps = list(group)
        done = [each.done for each in steps]
        assert done == sorted(done)
        assert {each.total for each in steps} == {steps[0].total}
        assert 0 <= done[0] <= done[-1] == steps[0].total
    return [phase for phase, _ in itertools.groupby(each.phase for each in reported)]


def test_phases_of_a_merge(pair: list[Path], tmp_path: Path) -> None:
    """Bundles are unpacked, checked and copied before rows are indexed."""
    reported: list[Progress] = []
    DebugBundle.merge(pair, tmp_path / "m.db.zst", progress=reported.append).close()
    assert phases(reported) == [
        Phase.UNPACKING,
        Phase.CHECKING,
        Phase.COPYING,
        Phase.INDEXING,
        Phase.PACKING,
        Phase.SYNCING,
    ]


def test_copying_goes_on_within_a_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress follows the growth of the file, so that a large bundle is more than one step."""
    monkeypatch.setattr(merge_progress, "_OPCODES_OF_COPYING", 100)
    (tmp_path / "files").mkdir()
    write_archive(tmp_path / "files" / "a.zip", {f"{number}": random_bytes(1 << 20, number) for number in range(6)})
    bundle = built(tmp_path / "files", tmp_path / "b.db")
    reported: list[Progress] = []
    DebugBundle.merge([bundle], tmp_path / "m.db", progress=reported.append).close()
    assert len({each.done for each in reported if each.phase == Phase.COPYING}) > 2


def test_phases_of_appending(tmp_path: Path) -> None:
    """The bundle is checked and the directory compared with it; what is new is built, and merged."""
    folder = Path(shutil.copytree(RUNS, tmp_path / "runs"))
    last = max(folder.iterdir())
    data = last.read_bytes()
    last.unlink()
    bundle = built(folder, tmp_path / "b.db")
    last.write_bytes(data)
    reported: list[Progress] = []
    append_from_directory(folder, bundle, BuildOptions(progress=reported.append), recursive=True)
    whole = [Phase.COPYING, Phase.INDEXING, Phase.SYNCING]
    build = [Phase.OPENING, Phase.READING, Phase.INDEXING, Phase.SYNCING]
    assert phases(reported) == [Phase.FINDING, Phase.CHECKING, Phase.COMPARING, *build, *whole]


def shown(*arguments: str | Path) -> list[str]:
    """Run a command, and return the phases whose bars reached their end."""
    done = run_process(*arguments)
    assert done.returncode == 0
    assert b"\n" not in done.stderr
    return list(dict.fromkeys(re.findall(r"\r(\w+): +100%", done.stderr.decode())))


def test_bars_of_a_merge(pair: list[Path], tmp_path: Path) -> None:
    """Each phase has a bar; those that end within a second have none where `create` has none either."""
    assert shown("merge", *pair, "-o", tmp_path / "m.db", "--progress", "bar") == ["copying", "indexing", "syncing"]


def test_bars_of_packing(pair: list[Path], tmp_path: Path) -> None:
    """Packing has a bar, as with `create --output x.zst`."""
    assert shown("pack", pair[0], "-o", tmp_path / "a.zst", "--progress", "bar") == ["packing"]


@pytest.mark.parametrize("option", ["--progress=auto", "--progress=none", "--quiet"])
@pytest.mark.parametrize("command", ["merge", "pack"])
def test_without_a_terminal_nothing_is_shown(pair: list[Path], tmp_path: Path, command: str, option: str) -> None:
    """Short work prints no line elsewhere, and --quiet not even a summary."""
    bundles = pair if command == "merge" else pair[:1]
    done = run_process(command, *bundles, "-o", tmp_path / "out", option)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (done.stdout == b"") is (option == "--quiet")
