"""`show` tells a run of a dataset as it tells one of a bundle."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.artifact_samples import FIXTURES
from support.command_runner import run
from support.dataset_files import EVALUATION, build_here

from wink_debug_bundle import BundleError, Dataset, DebugBundle
from wink_debug_bundle.merging.bundle_merging import merge_bundles

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")
pytest.importorskip("duckdb", reason="tox run -e dataset installs DuckDB")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return a dataset of six runs in several shards, without bundles, and a bundle of them."""
    folder = tmp_path_factory.mktemp("shown")
    build_here(EVALUATION, folder / "dataset", keep_bundles=False)
    DebugBundle.from_directory(EVALUATION, output=folder / "whole.db", recursive=True).close()
    return folder / "dataset", folder / "whole.db"


def names_of(bundle):
    """Return a name of each kind that a run of the bundle has."""
    with DebugBundle.open(bundle) as opened:
        [row] = opened.query("SELECT id, session_id, bundle_id FROM runs WHERE result = 'failed' ORDER BY id LIMIT 1")
        return [str(row[0]), row[1], row[2], row[1][:12]]


def told(step):
    """Return a step without the positions of rows that have no number of their own."""
    return replace(step, anchor="", handles=())


@pytest.mark.parametrize("kind", range(4))
def test_names(both, kind):
    """A run is found by its number, its session, its bundle's id and the beginning of an id, and told the same."""
    name = names_of(both[1])[kind]
    answers = [run("show", path, name) for path in both]
    assert [answer.exit_code for answer in answers] == [0, 0]
    assert answers[0].stdout == answers[1].stdout


@pytest.mark.parametrize("options", [("--format", "markdown"), ("--budget", "3000")])
def test_options(both, options):
    """Other formats, and a budget, are those of a bundle."""
    name = names_of(both[1])[0]
    answers = [run("show", path, name, *options) for path in both]
    assert [answer.exit_code for answer in answers] == [0, 0]
    assert answers[0].stdout == answers[1].stdout


def test_number_in_a_shard(both):
    """A run is found by its shard and its number there, as the Parquet files have them."""
    dataset = Dataset.open(both[0])
    sql = "SELECT shard, id, id - bases.artifacts FROM runs JOIN shard_bases AS bases USING (shard) ORDER BY id DESC"
    with dataset.connect() as connection:
        shard, number, in_shard = next(connection.query(sql).rows)
    assert number != in_shard
    with dataset.show(f"{shard[:10]}:{in_shard}") as story, dataset.show(number) as same:
        assert story.header == same.header


@pytest.mark.parametrize("name", ["99", "no-such-run", "ffffffff:1"])
def test_unknown_names(both, name):
    """A name that nothing has is an error with the names that there are."""
    answers = [run("show", path, name) for path in both]
    assert [answer.exit_code for answer in answers] == [1, 1]
    assert answers[0].stderr == answers[1].stderr


def test_several_shards(both):
    """The beginning of several shards is refused."""
    with pytest.raises(BundleError, match="shards begin with"), Dataset.open(both[0]).show(":1"):
        pass


def test_no_name(both):
    """Without a name, the runs are listed, the failed first."""
    answers = [run("show", path) for path in both]
    assert [answer.exit_code for answer in answers] == [2, 2]
    assert answers[0].stderr == answers[1].stderr


def test_sessions(tmp_path):
    """Runs, and sessions outside of runs, are told as by the bundles of the shards put together."""
    build_here(FIXTURES.parent / "wink-0.19.0", tmp_path / "dataset", labels={"": "all"})
    dataset = Dataset.open(tmp_path / "dataset")
    bundles = [tmp_path / "dataset" / "bundles" / f"{commit.shard}.db.zst" for commit in dataset.commits]
    merge_bundles(bundles, tmp_path / "merged.db")
    with DebugBundle.open(tmp_path / "merged.db") as bundle:
        roots = "SELECT session_id FROM sessions WHERE parent_session_id IS NULL ORDER BY 1 LIMIT 4"
        for (name,) in [*bundle.query("SELECT id FROM runs LIMIT 2"), *bundle.query(roots)]:
            expected = bundle.show(name)
            with dataset.show(name) as story:
                assert story.header == expected.header
                assert list(map(told, story.steps)) == list(map(told, expected.steps))
