"""Which files belong together, by their names alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dataset_files import listed

from wink_debug_bundle.dataset.shard_planning.run_units import units_of
from wink_debug_bundle.dataset.shard_planning.shard_grouping import grouped, label_of
from wink_debug_bundle.dataset.shard_planning.source_columns import SourceColumns

ID = "68a47590-c15d-46b5-90cc-39a5307c36e2"
RUN = f"{ID}_20261128_145833.zip"


@pytest.mark.parametrize(
    ("names", "units"),
    [
        ([f"a/{RUN}", f"b/{RUN}"], ["a", "b"]),
        ([f"a/{RUN}", f"a/2{RUN}"], [f"a/{RUN}", f"a/2{RUN}"]),
        ([f"a/{RUN}", "a/app.log"], ["a", "a"]),
        ([f"{ID}.jsonl", f"{ID}.log", f"{ID}.zip"], [".", ".", "."]),
        ([f"a/{ID}.jsonl", "a/x.log", f"b/{ID}.jsonl.gz", "b/y.log"], ["a", "a", "a", "a"]),
        (["a/one.zip", "a/two.zip"], ["a/one.zip", "a/two.zip"]),
        (["a/debug_bundle/manifest.json", "a/debug_bundle/filesystem/x/y.txt"], ["a", "a"]),
        (["a/1/manifest.json", "a/1/request/input.json", "a/1/logs/app.jsonl"], ["a", "a", "a"]),
        (["manifest.json", f"a/{RUN}", f"b/{RUN}"], [".", "a", "b"]),
        (["web/manifest.json", "web/style.css", "web/icons/a.png"], ["web", "web", "web/icons"]),
    ],
)
def test_units(names, units):
    """A run is on its own if others share its folder; else it goes with what lies there, like files of sessions."""
    assert units_of(names) == units


@pytest.mark.parametrize("root", ["a/debug_bundle", "runs/1"])
def test_run_folders_are_apart(root):
    """Several folders of runs in one folder are units of their own, each with all of its files."""
    other = root.replace("a/", "a/b/").replace("/1", "/2")
    names = [f"{root}/manifest.json", f"{root}/session/after.jsonl", f"{other}/manifest.json"]
    names += [f"{other}/session/after.jsonl", f"{other}/filesystem/deep/er/x.py"]
    first, second = units_of(names)[0], units_of(names)[2]
    assert units_of(names) == [first, first, second, second, second]
    assert first != second


def test_labels():
    """The innermost folder with a label decides; '' labels everything."""
    labels = {"": "all", "a/b": "inner"}
    assert [label_of(name, labels) for name in ("x", "a/x", "a/b/c/x", "a/bc/x")] == ["all", "all", "inner", "all"]
    assert label_of("x/y", {"a": "other"}) is None


_FOLDERS = st.sampled_from(["a", "b", "b/c", "d", "d/debug_bundle", "e/f"])
_FILES = st.sampled_from([RUN, f"2{RUN}", "app.log", "session.jsonl", "files.zip", "manifest.json", "notes.txt"])
_NAMES = st.lists(st.tuples(_FOLDERS, _FILES, st.integers(0, 400)), unique_by=lambda each: each[:2], max_size=40)


@given(_NAMES, st.integers(1, 300), st.sampled_from([{}, {"b": "one", "e": "two"}, {"": "all"}]))
def test_grouping(files, least, labels):
    """Each file is in one shard, no unit is divided, labels are apart, and only a single unit exceeds the limit."""
    sources = [listed(f"{folder}/{name}", size) for folder, name, size in files]
    shards = list(grouped(SourceColumns.of(sources), labels, least))
    assert sorted(source.name for shard in shards for source in shard) == sorted(source.name for source in sources)
    units = dict(zip([source.name for source in sources], units_of([source.name for source in sources]), strict=True))
    for shard in shards:
        inside = {units[source.name] for source in shard}
        assert sum(unit in inside for unit in units.values()) == len(shard)
        assert len({label_of(source.name, labels) for source in shard}) == 1 or len(inside) == 1
        assert sum(source.size for source in shard) <= 4 * least or len(inside) == 1


def test_shard_size():
    """Small runs fill shards up to the size that is asked for."""
    sources = [listed(f"{number:03}/{RUN}", 10) for number in range(100)]
    assert [len(shard) for shard in grouped(SourceColumns.of(sources), {}, 200)] == [20, 20, 20, 20, 20]
