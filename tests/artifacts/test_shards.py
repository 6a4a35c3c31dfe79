"""Shards divide sources without gap and without overlap, and keep together what belongs together."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import ROOT

from wink_debug_bundle.artifacts.discovery import discover
from wink_debug_bundle.artifacts.sets.shards import Shard, sources_of_shard
from wink_debug_bundle.artifacts.source import Source
from wink_debug_bundle.column_values import ArtifactKind, Compression

KINDS = st.sampled_from(list(ArtifactKind))
NAMES = st.lists(st.sampled_from(["a", "b", "run", "x.jsonl", "y.zip", "debug_bundle"]), min_size=1, max_size=4)


def source(name: str, kind: ArtifactKind) -> Source:
    """Return a source that need not exist."""
    return Source(Path("/none") / name, name, kind, Compression.NONE, 1, 0, openable=False)


def names(sources: list[Source]) -> list[str]:
    """Return the names of sources."""
    return [each.name for each in sources]


@given(st.dictionaries(NAMES.map("/".join), KINDS, max_size=12), st.integers(1, 5))
def test_shards_are_a_partition(files: dict[str, ArtifactKind], count: int) -> None:
    """Whatever the names are, each source is in exactly one shard, and the order stays."""
    sources = [source(name, kind) for name, kind in sorted(files.items())]
    parts = [sources_of_shard(sources, Shard(number, count)) for number in range(1, count + 1)]
    assert sorted(name for part in parts for name in names(part)) == names(sources)
    assert all(names(part) == sorted(names(part)) for part in parts)


def test_runs_are_dealt_out_evenly() -> None:
    """Every third run of a folder is in the first shard of three."""
    sources = [source(f"runs/{number:03}.zip", ArtifactKind.RUN) for number in range(30)]
    parts = [sources_of_shard(sources, Shard(number, 3)) for number in (1, 2, 3)]
    assert names(parts[0]) == [f"runs/{number:03}.zip" for number in range(0, 30, 3)]
    assert [len(part) for part in parts] == [10, 10, 10]


def test_files_of_one_folder_stay_together() -> None:
    """Snapshots, logs and archives of a folder are taken to be of one session; a lone run goes with its folder."""
    kinds = (ArtifactKind.SNAPSHOTS, ArtifactKind.LOGS, ArtifactKind.ARCHIVE, ArtifactKind.RUN, ArtifactKind.UNKNOWN)
    sources = [source(f"{folder}/{kind}", kind) for folder in "abc" for kind in kinds]
    for number in (1, 2, 3):
        part = sources_of_shard(sources, Shard(number, 3))
        assert len(part) == len(kinds)
        assert len({name.partition("/")[0] for name in names(part)}) == 1


def test_the_folder_of_a_run_stays_together(tmp_path: Path) -> None:
    """All files of an unpacked run are read by one shard, also beside other runs."""
    archive = min((ROOT / "fixtures" / "wink-0.27.0" / "runs").glob("*.zip"))
    for name in ("one", "two", "three"):
        shutil.unpack_archive(archive, tmp_path / name)
    found = discover(tmp_path, recursive=True)
    parts = [names(sources_of_shard(found, Shard(number, 3))) for number in (1, 2, 3)]
    assert [{name.partition("/")[0] for name in part} for part in parts] == [{"one"}, {"three"}, {"two"}]


def test_the_bundle_of_another_shard_moves_nothing() -> None:
    """A job that finds the bundle of another one beside the artifacts deals them out like that one."""
    sources = [source(f"{letter}/run.zip", ArtifactKind.RUN) for letter in "bcd"]
    later = [source("bundle-1-of-2.db", ArtifactKind.UNKNOWN), *sources]
    for number in (1, 2):
        part = sources_of_shard(later, Shard(number, 2))
        assert [name for name in names(part) if name.endswith(".zip")] == names(
            sources_of_shard(sources, Shard(number, 2))
        )


@pytest.mark.parametrize(("number", "count"), [(0, 3), (4, 3), (1, 0), (-1, 2)])
def test_other_numbers_are_refused(number: int, count: int) -> None:
    """Shards are numbered from 1, so that a job which counts from 0 is noticed."""
    with pytest.raises(ValueError, match="numbered from 1"):
        Shard(number, count)


def test_bundles_have_names_that_sort() -> None:
    """The names of the bundles tell which shards they are of."""
    assert Shard(2, 12).file_name("bundle.db") == "bundle-02-of-12.db"
