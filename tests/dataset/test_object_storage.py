"""Datasets on an S3 server: built, asked and checked there, with the rows that local folders give."""

from __future__ import annotations

import pytest
from support.dataset_files import EVALUATION, HereExecutor, build_here, digests_of, same_files

from wink_debug_bundle import BundleError, Dataset, DebugBundle, run_shard
from wink_debug_bundle.dataset.shard_planning.frozen_plan import read_plan, read_steps
from wink_debug_bundle.dataset.storage import Storage

pytest.importorskip("pyarrow", reason="tox run -e engines installs pyarrow")
pytest.importorskip("moto.server", reason="tox run -e engines installs moto")
s3fs = pytest.importorskip("s3fs", reason="tox run -e engines installs s3fs")

pytestmark = pytest.mark.filterwarnings("default")  # those of moto and of botocore are not ours


@pytest.fixture(scope="module")
def bucket(s3_address):
    """Return the URL of a bucket that holds the evaluation below `target`, on an S3 server of this machine."""
    del s3_address
    return "s3://evaluations"


@pytest.fixture(scope="module")
def dataset(bucket):
    """Return the URL of a dataset that is built from the bucket into it."""
    done = build_here(f"{bucket}/target", f"{bucket}/dataset")
    assert done.failures == ()
    return f"{bucket}/dataset"


def test_same_answers(dataset, tmp_path):
    """Tables and saved queries give the rows that a dataset of local files gives."""
    build_here(EVALUATION, tmp_path / "local")
    with Dataset.open(dataset).connect() as remote, Dataset.open(tmp_path / "local").connect() as local:
        for sql in (
            "SELECT * EXCLUDE shard FROM runs ORDER BY id",
            "SELECT * EXCLUDE shard FROM tool_calls ORDER BY id",
        ):
            assert list(remote.query(sql).rows) == list(local.query(sql).rows)
        assert list(remote.ask("failure-reasons").rows) == list(local.ask("failure-reasons").rows)


def test_totals_and_verification(dataset, bucket):
    """The commits are read, and files and bundles checked, where they are."""
    opened = Dataset.open(dataset)
    assert opened.totals.results == {"error": 3, "failed": 2, "passed": 1}
    assert opened.verify(against=f"{bucket}/target").findings == ()


def test_pull(dataset, tmp_path):
    """Runs are pulled from the bundles where they are, into a bundle that is sound."""
    summary = Dataset.open(dataset).pull(tmp_path / "b.db", where="result = 'failed'")
    with DebugBundle.open(summary.path) as bundle:
        assert bundle.query("SELECT result FROM runs").fetchall() == [("failed",), ("failed",)]
        assert bundle.verify().findings == ()


def test_second_build(dataset, bucket):
    """A second build finds by the ETags that nothing is new."""
    executor = HereExecutor()
    again = build_here(f"{bucket}/target", dataset, executor=executor)
    assert (executor.given, again.committed_count) == (0, len(Dataset.open(dataset).commits))


def test_compaction(bucket):
    """Shards are put together where they are: with the same answers, sound, and not built again."""
    build_here(f"{bucket}/target", f"{bucket}/compacted")
    before = Dataset.open(f"{bucket}/compacted").totals
    assert Dataset.compact(f"{bucket}/compacted").after == 1
    opened = Dataset.open(f"{bucket}/compacted")
    assert (opened.totals.results, opened.totals.ledger) == (before.results, before.ledger)
    assert opened.verify(against=f"{bucket}/target").findings == ()
    executor = HereExecutor()
    build_here(f"{bucket}/target", f"{bucket}/compacted", executor=executor)
    assert executor.given == 0


def test_changed_object(bucket):
    """An object that is replaced makes its shard again, by its ETag."""
    system = s3fs.S3FileSystem()
    system.copy("evaluations/target", "evaluations/changing", recursive=True)
    build_here(f"{bucket}/changing", f"{bucket}/changed")
    first = min(name for name in system.find("evaluations/changing") if name.endswith(".zip"))
    system.pipe_file(first, system.cat_file(first) + b"\0")
    done = build_here(f"{bucket}/changing", f"{bucket}/changed")
    assert [len(report.commit.replaces) for report in done.reports] == [1]


def test_created_once(bucket):
    """Of several that create one object, the first has it: commits are never replaced."""
    storage = Storage.open(f"{bucket}/once")
    assert [storage.create("_commits/a.json", text) for text in (b"first", b"second")] == [True, False]
    assert storage.read("_commits/a.json") == b"first"


def test_task_twice(dataset, bucket):
    """A task that runs again finds its commit."""
    opened = Dataset.open(dataset)
    (step,) = read_steps(opened.storage)
    task = next(read_plan(opened.storage, step).tasks(dataset))
    assert not run_shard(task).is_new


def test_created_bundle(bucket, tmp_path):
    """`create` of a folder on S3 gives the digests of the same local folder."""
    with DebugBundle.from_directory(f"{bucket}/target", output=tmp_path / "remote.db", recursive=True) as remote:
        copy = same_files(remote, EVALUATION, tmp_path / "copy")
        with DebugBundle.from_directory(copy, output=tmp_path / "local.db", recursive=True) as local:
            assert digests_of(remote) == digests_of(local)


def test_file_of_another_process(bucket):
    """What another process has written since a folder was listed is read."""
    storage = Storage.open(f"{bucket}/listed")
    storage.create("_plan/step-000001.json", b"first")
    assert storage.names("_plan") == ["step-000001.json"]
    other = s3fs.S3FileSystem(skip_instance_cache=True)
    other.pipe_file("evaluations/listed/_plan/step-000002.json", b"second")
    assert not storage.create("_plan/step-000002.json", b"mine")
    assert storage.read("_plan/step-000002.json") == b"second"
    assert [*storage.lines("_plan/step-000002.json")] == [*storage.blocks("_plan/step-000002.json")] == [b"second"]


def test_unusual_keys(bucket, tmp_path):
    """Keys with unusual characters are read; those that no folder can have are named, and keep nothing else back."""
    system = s3fs.S3FileSystem()
    data = min(EVALUATION.rglob("*.zip")).read_bytes()
    names = ["a b/c%d#e?f+\u00fc\"'.zip", "/double.zip", "../up.zip", "with//two.zip", "x.py::y/z::.zip"]
    for name in names:
        system.pipe_file(f"evaluations/odd/{name}", data)
    done = build_here(f"{bucket}/odd", tmp_path / "dataset")
    assert (done.failures, done.left_out) == ((), ("../up.zip", "/double.zip"))
    with Dataset.open(tmp_path / "dataset").connect() as connection:
        paths = {path for (path,) in connection.query("SELECT path FROM artifacts WHERE kind = 'run'").rows}
    assert paths == {names[0], names[3], names[4]}
    with pytest.raises(BundleError, match="its name leads out of its folder"):
        DebugBundle.from_directory(f"{bucket}/odd", output=tmp_path / "b.db", recursive=True)
