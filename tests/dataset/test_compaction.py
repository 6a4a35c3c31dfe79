"""`dataset compact`: few large shards that give the answers of the many small ones, at every moment."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from support import killed_compaction
from support.case_selection import mostly_slow
from support.command_runner import run
from support.dataset_files import EVALUATION, HereExecutor, build_here, hashes

from wink_debug_bundle import BundleBuildError, BundleError, DamagedBundleError, Dataset, DebugBundle
from wink_debug_bundle.dataset.compacting import dataset_compaction
from wink_debug_bundle.dataset.compacting.shard_groups import shard_groups
from wink_debug_bundle.dataset.parquet_tables import stored_tables
from wink_debug_bundle.dataset.shard_planning import source_listing
from wink_debug_bundle.dataset.storage import Storage

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("duckdb", reason="tox run -e dataset installs duckdb")

PAIRS = 16_000
"""Bytes of sources with which two shards at a time are put together."""

ALL = 1 << 30


def answers(dataset):
    """Return the rows of every table and of some saved queries, without what says in which shard they are."""
    tables = [name for name in stored_tables() if name != "bundle_meta"]
    with Dataset.open(dataset).connect() as connection:
        rows = {name: list(connection.query(f'SELECT * EXCLUDE shard FROM "{name}"').rows) for name in tables}
        found = {name: sorted(map(repr, each)) for name, each in rows.items()}
        asked = {name: list(connection.ask(name).rows) for name in ("failure-reasons", "slowest-tools")}
    totals = Dataset.open(dataset).totals
    return found, asked, totals.results, totals.ledger, totals.missing_count


def shards(dataset):
    """Return the ids of the shards that count."""
    return [commit.shard for commit in Dataset.open(dataset).commits]


def findings(dataset, **options):
    """Return what is wrong with a dataset."""
    return Dataset.open(dataset).verify(**options).findings


@pytest.mark.parametrize(("least", "count"), [(PAIRS, 3), (ALL, 1)])
def test_same_answers(built, least, count):
    """All tables have the same rows, with the same ids; the dataset is sound, and has all sources."""
    before = answers(built)
    done = Dataset.compact(built, shard_bytes=least)
    assert (done.before, done.after, done.removed, len(shards(built))) == (6, count, 6, count)
    assert answers(built) == before
    assert findings(built, against=EVALUATION) == ()


def test_nothing_is_left_of_the_old_shards(built):
    """The folder has the files of the new shard, and no others."""
    old = shards(built)
    Dataset.compact(built, shard_bytes=ALL)
    (new,) = shards(built)
    names = [name for name in hashes(built) if not name.startswith("_plan")]
    assert [name for name in names if any(shard in name for shard in old)] == []
    assert [name for name in names if new not in name] == []


def test_idempotent(built):
    """The second time, nothing is written."""
    Dataset.compact(built, shard_bytes=PAIRS)
    before = hashes(built)
    done = run("dataset", "compact", built, "--shard-size", PAIRS / (1 << 20))
    assert (done.exit_code, hashes(built)) == (0, before)
    assert done.stdout.startswith("Nothing to put together: 3 shards\n")


def test_same_bytes(built, whole, tmp_path):
    """The same shards give the same files, wherever they are put together."""
    other = shutil.copytree(whole, tmp_path / "other")
    for dataset in (built, other):
        Dataset.compact(dataset, shard_bytes=PAIRS)
    assert hashes(built) == hashes(other)


def test_joined_shards_are_joined_again(built):
    """A larger size puts shards together that were put together before."""
    before = answers(built)
    Dataset.compact(built, shard_bytes=PAIRS)
    assert Dataset.compact(built, shard_bytes=ALL).removed == 3
    assert (len(shards(built)), answers(built)) == (1, before)
    assert findings(built, against=EVALUATION) == ()


def test_at_every_file_operation(built, monkeypatch):
    """Before and after each file operation, all runs are counted once; around the commit, all answers are the same."""
    for name in killed_compaction.OPERATIONS:
        monkeypatch.setattr(Storage, name, getattr(Storage, name))  # so that it is restored
    expected, totals = answers(built), Dataset.open(built).totals
    moments = []

    def look():
        opened = Dataset.open(built)
        moments.append({commit.shard for commit in opened.commits})
        assert (opened.totals.results, opened.totals.source_count) == (totals.results, totals.source_count)
        assert (opened.totals.ledger, opened.missing_count) == (totals.ledger, 0)
        if len(moments) > 1 and moments[-1] != moments[-2]:
            assert answers(built) == expected

    killed_compaction.watch(look, look)
    Dataset.compact(built, shard_bytes=PAIRS)
    assert len(moments) > 400
    assert len({len(each) for each in moments}) == 4


@pytest.mark.parametrize("most", mostly_slow(range(0, 260, 5), (5, 30, 60, 100, 245)))
def test_killed(built, most):
    """After a kill, all answers are the same, and the next time completes the work; nothing is left over."""
    expected = answers(built)
    command = [sys.executable, killed_compaction.__file__, str(built), str(PAIRS), str(most)]
    done = subprocess.run(command, check=False, env={**os.environ, "TMPDIR": str(built.parent)})
    assert done.returncode in ((9,) if most < 200 else (0, 9))
    assert answers(built) == expected
    assert findings(built, against=EVALUATION) == ()
    Dataset.compact(built, shard_bytes=PAIRS)
    assert (len(shards(built)), answers(built)) == (3, expected)
    assert len([*(built / "_commits").iterdir()]) == len([*(built / "bundles").iterdir()]) == 3
    assert findings(built, against=EVALUATION) == ()


@pytest.mark.parametrize("shard", [None, "1/1"])
def test_second_build(source, tmp_path, shard):
    """A second build does not build again what is put together; a new run makes a new shard."""
    new = min(source.rglob("*.zip"))
    kept = new.read_bytes()
    new.unlink()
    build_here(source, tmp_path / "dataset")
    Dataset.compact(tmp_path / "dataset", shard_bytes=ALL)
    executor = HereExecutor()
    again = build_here(source, tmp_path / "dataset", executor=executor, shard=shard)
    assert (executor.given, again.committed_count) == (0, 1)
    new.write_bytes(kept)
    done = build_here(source, tmp_path / "dataset", shard=shard)
    assert [report.commit.source_count for report in done.reports] == [1]
    assert findings(tmp_path / "dataset", against=source) == ()


def test_changed_run(source, tmp_path):
    """A run that has changed takes the place of what was put together, with the others; that can be put together again."""
    dataset = tmp_path / "dataset"
    build_here(source, dataset)
    Dataset.compact(dataset, shard_bytes=PAIRS)
    joined = shards(dataset)
    first = min(source.rglob("*.zip"))
    with first.open("ab") as stream:
        stream.write(b"\0")
    done = build_here(source, dataset)
    (report,) = done.reports
    assert (report.commit.source_count, {*report.commit.replaces} & {*joined}) == (2, {joined[0]})
    assert (len(shards(dataset)), findings(dataset, against=source)) == (3, ())
    before = answers(dataset)
    Dataset.compact(dataset, shard_bytes=ALL)
    assert (len(shards(dataset)), answers(dataset), findings(dataset, against=source)) == (1, before, ())
    assert build_here(source, dataset).reports == ()


def test_what_is_to_be_replaced_stays(source, tmp_path, monkeypatch):
    """A shard in whose place another one is planned is not put together; so the other one can take its place."""
    dataset = tmp_path / "dataset"
    build_here(source, dataset)
    first = min(source.rglob("*.zip"))
    content = first.read_bytes()
    first.write_bytes(content + b"\0")
    listed = source_listing.list_sources

    def listed_and_changed(*arguments):
        found = listed(*arguments)
        first.write_bytes(content + b"\0\0")
        return found

    monkeypatch.setattr("wink_debug_bundle.dataset.dataset_build.list_sources", listed_and_changed)
    assert len(build_here(source, dataset).failures) == 1
    monkeypatch.undo()
    Dataset.compact(dataset, shard_bytes=ALL)
    assert [shard.startswith("joined-") for shard in shards(dataset)].count(False) == 1
    assert build_here(source, dataset).failures == ()
    assert (Dataset.open(dataset).totals.source_count, findings(dataset, against=source)) == (6, ())


def test_copies_stay_apart(source, tmp_path):
    """Shards with copies of the same run are not put together, as the copy would count no more."""
    for path in sorted(source.rglob("*.zip"))[:2]:
        shutil.copytree(path.parent, source / f"copy-{path.parent.name}")
    dataset = tmp_path / "dataset"
    build_here(source, dataset)
    before = answers(dataset)
    done = run("dataset", "compact", dataset)
    assert "Kept apart: 1 small shard that share" in done.stdout
    assert (len(shards(dataset)) < 8, answers(dataset), findings(dataset, against=source)) == (True, before, ())
    after = hashes(dataset)
    Dataset.compact(dataset)
    assert hashes(dataset) == after


def test_different_folders_stay_apart(tmp_path):
    """Shards of two folders that were read are not put together, as each names its folder; both are not built again."""
    dataset, names = tmp_path / "dataset", sorted(path.name for path in EVALUATION.iterdir())
    for folder, chosen in (("one", names[:3]), ("two", names[3:])):
        for name in chosen:
            shutil.copytree(EVALUATION / name, tmp_path / folder / name)
        build_here(tmp_path / folder, dataset)
    before = answers(dataset)
    Dataset.compact(dataset)
    assert (len(shards(dataset)), answers(dataset), findings(dataset)) == (2, before, ())
    assert [build_here(tmp_path / folder, dataset).reports for folder in ("one", "two")] == [(), ()]


def test_labels(source, tmp_path):
    """Evaluations keep their names, whether shards have labels or not."""
    half = sorted(path.name for path in source.iterdir())[:3]
    build_here(source, tmp_path / "dataset", labels=dict.fromkeys(half, "first"))
    before = answers(tmp_path / "dataset")
    Dataset.compact(tmp_path / "dataset")
    assert (len(shards(tmp_path / "dataset")), answers(tmp_path / "dataset")) == (1, before)


def test_pull_from_what_was_put_together(built, tmp_path):
    """Runs are pulled from the joined bundles as from those of the parts."""
    parts = Dataset.open(built).pull(tmp_path / "a.db", where="result <> 'passed'")
    Dataset.compact(built, shard_bytes=ALL)
    joined = Dataset.open(built).pull(tmp_path / "b.db", where="result <> 'passed'")
    assert (parts.shard_count, joined.shard_count) == (5, 1)
    with DebugBundle.open(parts.path) as one, DebugBundle.open(joined.path) as other:
        sql = "SELECT * FROM digests WHERE name <> 'bundle_meta'"
        assert one.query(sql).fetchall() == other.query(sql).fetchall()


def test_without_bundles(tmp_path):
    """Shards without bundles cannot be put together."""
    build_here(EVALUATION, tmp_path / "dataset", keep_bundles=False)
    with pytest.raises(BundleError, match="was built without its bundle"):
        Dataset.compact(tmp_path / "dataset")


def test_damaged_bundle(built):
    """A bundle that is not what was committed stops the work, and everything stays as it is."""
    last = max((built / "bundles").iterdir())
    last.write_bytes(last.read_bytes()[:-1])
    before = hashes(built)
    with pytest.raises(DamagedBundleError, match=last.name):
        Dataset.compact(built)
    assert hashes(built) == before


def test_other_rows(built, monkeypatch):
    """Rows that would be others stop the work before the commit."""
    before = shards(built)
    monkeypatch.setattr(dataset_compaction, "_counts", len)
    with pytest.raises(BundleBuildError, match="have other rows together than apart"):
        Dataset.compact(built)
    assert shards(built) == before


def test_commits_that_are_removed_meanwhile(built, monkeypatch):
    """A reader that has listed a commit which is removed before it is read lists them again."""
    names, first = Storage.names, shards(built)[0]

    def listed(storage, folder):
        found = names(storage, folder)
        Path(built / "_commits" / f"{first}.json").unlink(missing_ok=True)
        return found

    monkeypatch.setattr(Storage, "names", listed)
    assert len(shards(built)) == 5


def test_groups(whole):
    """Neighbours are put together up to the size; large shards and those that are held end a group."""
    commits = Dataset.open(whole).commits
    held = {commits[2].shard}
    assert [len(group) for group in shard_groups(commits, ALL, held)] == [2, 3]
    assert list(shard_groups(commits, 1, set())) == []


def test_wrong_size(built):
    """A size below one byte is refused."""
    with pytest.raises(ValueError, match="1 or more"):
        Dataset.compact(built, shard_bytes=0)
