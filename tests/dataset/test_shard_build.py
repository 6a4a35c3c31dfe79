"""One task: the files that it writes, and that they are the same wherever and how often it runs."""

from __future__ import annotations

import errno
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from support.dataset_files import EVALUATION, build_here, committed_files, hashes
from support.failing_disk import fail_reading

from wink_debug_bundle import BundleBuildError, BundleVersionError, Dataset, DebugBundle, run_shard
from wink_debug_bundle.database.catalog import describe_schema
from wink_debug_bundle.dataset.parquet_tables import stored_tables
from wink_debug_bundle.dataset.shard_planning.frozen_plan import Plan
from wink_debug_bundle.dataset.shard_planning.next_work import next_work
from wink_debug_bundle.dataset.shard_planning.source_listing import list_sources
from wink_debug_bundle.dataset.storage import Storage

parquet = pytest.importorskip("pyarrow.parquet", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Return a dataset of two shards."""
    output = tmp_path_factory.mktemp("dataset") / "out"
    assert build_here(EVALUATION, output, shard_bytes=30_000).failures == ()
    return output


def tasks_of(source, output, **options):
    """Return the tasks of a new dataset."""
    storage = Storage.open(str(output))
    listing = list_sources(str(source), storage)
    shards = next_work(listing.sources, [], set(), {}, 30_000).shards
    return list(Plan(listing.url, shards, **options).tasks(storage.url))


def test_same_files_again(dataset, tmp_path):
    """Tasks that were pickled, in another order and twice each, write the same bytes."""
    tasks = [pickle.loads(pickle.dumps(task)) for task in tasks_of(EVALUATION, tmp_path)]
    reports = [run_shard(task) for task in [*reversed(tasks), *tasks]]
    assert [report.is_new for report in reports] == [True] * len(tasks) + [False] * len(tasks)
    assert hashes(tmp_path) == {name: each for name, each in hashes(dataset).items() if not name.startswith("_plan")}


def test_tables_of_a_shard(dataset):
    """The Parquet files have the rows of the bundle beside them, in each column, and say which shard they are of."""
    commit = Dataset.open(dataset).commits[0]
    bundle = dataset / "bundles" / f"{commit.shard}.db.zst"
    with DebugBundle.open(bundle) as opened:
        for name, table in stored_tables().items():
            rows = [tuple(row) for row in opened.query(f"SELECT * FROM {name} ORDER BY {table.order}")]
            assert (name in commit.tables) == bool(rows)
            if rows:
                found = parquet.ParquetFile(dataset / name / f"shard={commit.shard}.parquet").read()
                columns = found.to_pydict()
                assert columns.pop("shard") == [commit.shard] * len(rows)
                assert list(zip(*columns.values(), strict=True)) == rows
                assert commit.tables[name].rows == len(rows)


def test_comments(dataset):
    """Each column has the comment that it has in the bundle, and each table its description."""
    relations = {relation.name: relation for relation in describe_schema()}
    (first, *_) = committed_files(dataset, "tool_calls")
    schema = parquet.ParquetFile(first).schema_arrow
    assert schema.metadata[b"comment"].decode() == relations["tool_calls"].description
    for column in relations["tool_calls"].columns:
        assert schema.field(column.name).metadata[b"comment"].decode() == column.description


def test_compression(dataset):
    """All columns are compressed with zstd."""
    metadata = parquet.ParquetFile(next(committed_files(dataset, "logs"))).metadata
    assert {metadata.row_group(0).column(place).compression for place in range(metadata.num_columns)} == {"ZSTD"}


def test_ledger_and_results(dataset):
    """A commit has the sums of the ledger, and how the runs ended."""
    for commit in Dataset.open(dataset).commits:
        with DebugBundle.open(dataset / "bundles" / f"{commit.shard}.db.zst") as bundle:
            sums = bundle.query("SELECT status, sum(last - first + 1), sum(length) FROM ledger GROUP BY status")
            assert {(status, each.items, each.bytes) for status, each in commit.ledger.items()} == {*map(tuple, sums)}
            results = bundle.query("SELECT result, count(*) FROM runs GROUP BY result")
            assert commit.results == dict(map(tuple, results))
            assert bundle.query("SELECT count(*) FROM bundle_meta").fetchone()[0] == 1


def test_without_bundle(tmp_path):
    """The bundle is not stored if it is not wanted."""
    report = run_shard(tasks_of(EVALUATION, tmp_path, keeps_bundles=False)[0])
    assert report.commit.bundle is None
    assert not (tmp_path / "bundles").exists()


def test_labels(tmp_path):
    """The evaluation of each run is the label that was given."""
    report = run_shard(tasks_of(EVALUATION, tmp_path, labels={"": "main"})[0])
    rows = parquet.ParquetFile(tmp_path / "runs" / f"shard={report.shard_id}.parquet").read(["evaluation"]).to_pydict()
    assert {*rows["evaluation"]} == {"main"}


def test_changed_source(source, tmp_path):
    """A shard is not built of a source that is not the planned one, and nothing is committed."""
    output = tmp_path / "out"
    task = tasks_of(source, output)[0]
    changed = source / task.sources[0].name
    changed.write_bytes(changed.read_bytes() + b"\0")
    with pytest.raises(BundleBuildError, match="has changed since it was planned; run dataset build again"):
        run_shard(task)
    changed.unlink()
    with pytest.raises(BundleBuildError, match="is gone since it was planned"):
        run_shard(task)
    assert not output.exists()


def test_disk_that_fails(source, tmp_path, monkeypatch):
    """A shard without a file that the system cannot read is not committed; it is built when the file can be read."""
    task = tasks_of(source, tmp_path / "out")[0]
    name = task.sources[0].name
    fail_reading(monkeypatch, Path(name).name, 5_000)
    with pytest.raises(BundleBuildError, match=f"{name}: .*EIO: Input/output error; make it readable"):
        run_shard(task)
    monkeypatch.undo()
    assert run_shard(task).commit.incomplete_count == 0


def test_file_of_another_user(source, tmp_path, monkeypatch):
    """A shard with a file that may not be read is not built, whatever kind of file it is."""
    (source / "notes.txt").write_text("a")
    (task,) = (each for each in tasks_of(source, tmp_path / "out") if "notes.txt" in {one.name for one in each.sources})

    def refused(path, *arguments):
        if path.name == "notes.txt":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return open(path, *arguments)

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(
        BundleBuildError, match=r"notes\.txt: cannot be read: EACCES: Permission denied; make it readable"
    ):
        run_shard(task)
    monkeypatch.undo()
    assert run_shard(task).is_new


def test_other_release(tmp_path):
    """A worker with another release refuses the task."""
    task = tasks_of(EVALUATION, tmp_path)[0]
    with pytest.raises(BundleVersionError, match="install one release everywhere"):
        run_shard(replace(task, schema_version=task.schema_version + 1))


def test_private_folder(tmp_path, monkeypatch):
    """What a task makes on the way is in a private folder, and is removed at the end."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    run_shard(tasks_of(EVALUATION, tmp_path / "out")[0])
    assert list(scratch.iterdir()) == []


def test_remote_sources(dataset, tmp_path):
    """Sources on a file system that is not of this machine are copied, and give the rows that local ones give."""
    import fsspec

    system = fsspec.filesystem("memory")
    system.put(str(EVALUATION), "/remote/in", recursive=True)
    tasks = tasks_of("memory:///remote/in", "memory:///remote/out")
    reports = [run_shard(task) for task in tasks]
    local = {commit.first_source: commit for commit in Dataset.open(dataset).commits}
    for report in reports:
        beside = local[report.commit.first_source]
        assert report.commit.results == beside.results
        assert report.commit.ledger == beside.ledger
        assert {name: each.rows for name, each in report.commit.tables.items()} == {
            name: each.rows for name, each in beside.tables.items()
        }
    system.rm("/remote", recursive=True)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (
            FileNotFoundError("The specified key does not exist."),
            "is gone since it was planned; run dataset build again",
        ),
        (PermissionError("Access Denied"), "could not be copied: Access Denied"),
        (RuntimeError("no route"), "could not be copied: no route"),
    ],
)
def test_a_remote_source_that_cannot_be_copied(monkeypatch, error, message):
    """What is said names the source, whatever the file system says of it."""
    import fsspec

    system = fsspec.filesystem("memory")
    system.put(str(EVALUATION), "/uncopied/in", recursive=True)
    (task, *_) = tasks_of("memory:///uncopied/in", "memory:///uncopied/out")
    monkeypatch.setattr(system, "get_file", lambda *_: (_ for _ in ()).throw(error))
    with pytest.raises(BundleBuildError) as raised:
        run_shard(task)
    assert str(raised.value) == f"{task.sources[0].uri}: {message}"
    system.rm("/uncopied", recursive=True)
