"""Readers of a dataset whose shards are put together and removed while they read: they see each run once, and no gap."""

from __future__ import annotations

import shutil

import pytest
from support.case_selection import mostly_slow
from support.dataset_files import EVALUATION, build_here
from support.meanwhile import at_operation
from support.next_evaluation import write_next_evaluation

from wink_debug_bundle import BundleError, Dataset, DebugBundle, compare
from wink_debug_bundle.dataset.partial_bundles.partial_dataset import PartialDataset

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")
pytest.importorskip("duckdb", reason="tox run -e dataset installs DuckDB")

COUNT = "SELECT count(*), count(DISTINCT bundle_id) FROM runs"


def asked(dataset, folder):
    """Ask SQL."""
    del folder
    with dataset.connect() as connection:
        return list(connection.query(COUNT).rows)


def asked_in_sqlite(dataset, folder):
    """Ask a saved query that SQLite answers."""
    del folder
    with dataset.connect() as connection:
        return list(connection.ask("find-text", {"text": "ruler"}).rows)


def told(dataset, folder):
    """Tell a run."""
    del folder
    with dataset.show("wrong-answer") as story:
        return [step.text for step in story.steps]


def found(dataset, folder):
    """Search words."""
    del folder
    return [(text.table, text.row_id) for text in dataset.search("ruler").texts]


def pulled(dataset, folder):
    """Pull runs into a bundle."""
    folder.mkdir()
    done = dataset.pull(folder / "b.db", where="result = 'failed'")
    with DebugBundle.open(done.path) as bundle:
        return bundle.query("SELECT bundle_id FROM runs ORDER BY 1").fetchall(), bundle.verify().findings


READERS = {
    "query": asked,
    "find-text": asked_in_sqlite,
    "cell": lambda dataset, _: dataset.cell("runs.1.path"),
    "cost": lambda dataset, _: dataset.costs().rows,
    "search": found,
    "show": told,
    "pull": pulled,
    "verify": lambda dataset, _: dataset.verify().findings,
}


@pytest.fixture(scope="module")
def compacted(whole, tmp_path_factory):
    """Return a dataset that was opened before all of its shards were put together."""
    copy = shutil.copytree(whole, tmp_path_factory.mktemp("compacted") / "dataset")
    opened = Dataset.open(copy)
    assert Dataset.compact(copy).after == 1
    return opened


@pytest.mark.parametrize("reader", READERS)
def test_opened_before(whole, compacted, tmp_path, reader):
    """A reader that saw the shards before they were put together has the answers of one that sees them apart."""
    read = READERS[reader]
    assert read(compacted, tmp_path / "one") == read(Dataset.open(whole), tmp_path / "other")


def test_connected_before(whole, built):
    """A connection goes on with the same ids."""
    with Dataset.open(built).connect() as connection, Dataset.open(whole).connect() as undisturbed:
        Dataset.compact(built)
        for name in ("failure-reasons", "failed-runs", "prompt-differences"):
            assert list(connection.ask(name).rows) == list(undisturbed.ask(name).rows)


def test_compared_meanwhile(whole, built, tmp_path, monkeypatch):
    """A comparison tells the same runs when their shards are put together after it has read the samples."""
    changed = write_next_evaluation(EVALUATION, tmp_path / "changed", lost=1)
    new = DebugBundle.from_directory(changed, output=tmp_path / "new.db", recursive=True)
    expected = compare(whole, new, all_experiments=True)
    assert expected.flips
    real = PartialDataset.compared

    def then_compacted(part):
        path = real(part)
        Dataset.compact(built)
        return path

    monkeypatch.setattr(PartialDataset, "compared", then_compacted)
    found = compare(built, new, all_experiments=True)
    assert (found.verdict, found.flips) == (expected.verdict, expected.flips)
    new.close()


def test_other_rows_meanwhile(source, tmp_path):
    """A connection whose shards were built again and put together says so, as ids are others now."""
    build_here(source, tmp_path / "dataset")
    with Dataset.open(tmp_path / "dataset").connect() as connection:
        first = min(source.rglob("*.zip"))
        first.write_bytes(first.read_bytes() + b"\0")
        build_here(source, tmp_path / "dataset")
        Dataset.compact(tmp_path / "dataset")
        with pytest.raises(BundleError, match="replaced while they were read"):
            connection.query(COUNT)


def test_missing_file_is_damage(built):
    """A missing file is damage as long as the commit of its shard is there."""
    shard = Dataset.open(built).commits[0].shard
    (built / "runs" / f"shard={shard}.parquet").unlink()
    with pytest.raises(BundleError, match="dataset verify"):
        asked(Dataset.open(built), None)


def opened_and_asked(places):
    """Ask each of some datasets that were opened before."""
    return [asked(dataset, None) for dataset in places]


MOMENTS = [("create", 2, "before"), ("create", 2, "after"), ("remove", 1, "after"), ("remove", 60, "after")]


@pytest.mark.parametrize("moment", mostly_slow(MOMENTS, [MOMENTS[2]]))
def test_each_moment(built, monkeypatch, moment):
    """Readers that opened the dataset before a compaction, or open it at any moment of it, have all runs once."""
    before = Dataset.open(built)
    results = at_operation(monkeypatch, *moment, lambda: opened_and_asked([before, Dataset.open(built)]))
    Dataset.compact(built)
    assert results == [[[(6, 6)], [(6, 6)]]]
