"""`dataset pull`: runs of a dataset become the bundle that a plain build of these runs makes."""

from __future__ import annotations

import shutil
import zipfile

import pytest
from support.artifact_samples import FIXTURES
from support.command_runner import run
from support.dataset_files import EVALUATION, build_here
from support.divided_sources import built

from wink_debug_bundle import BundleError, BundleExistsError, BundleQueryError, DamagedBundleError, Dataset, DebugBundle
from wink_debug_bundle.dataset.pulling import run_pull

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("duckdb", reason="tox run -e dataset installs duckdb")

RUNS = FIXTURES.parent / "wink-0.27.0" / "runs"
SESSION = FIXTURES.parent / "wink-0.20.0" / "run"


def digests(path):
    """Return the hashes of all tables of a sound bundle, but for that with its id, time and folder."""
    with DebugBundle.open(path) as bundle:
        assert bundle.verify().findings == ()
        rows = bundle.query("SELECT * FROM digests").fetchall()
    return {row for row in rows if "bundle_meta" not in row}


def column(path, sql):
    """Return the first column of a query's rows."""
    with DebugBundle.open(path) as bundle:
        return [row[0] for row in bundle.query(sql)]


def plain(source, paths, folder):
    """Return a plain build of some files of a folder."""
    for path in paths:
        copy = folder / "chosen" / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if (source / path).is_dir() else shutil.copy2)(source / path, copy)
    return built(folder / "chosen", folder / "plain.db")


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("result = 'failed'", 2),
        ("evaluation IS NULL AND result <> 'failed' -- and a comment", 4),
        ("failure LIKE 'No output%'", 1),
        ("path = (SELECT min(path) FROM runs)", 1),
        ("bundle_id IN (SELECT max(bundle_id) FROM runs)", 1),
        ("true", 6),
    ],
)
def test_same_as_a_plain_build(whole, tmp_path, where, count):
    """All tables have the digests of a plain build of the chosen runs."""
    summary = Dataset.open(whole).pull(tmp_path / "b.db", where=where)
    paths = column(summary.path, "SELECT path FROM runs")
    assert (summary.run_count, summary.left_count, summary.recompressed_count, len(paths)) == (count, 0, 0, count)
    assert digests(summary.path) == digests(plain(EVALUATION, paths, tmp_path))


def test_runs_that_share_a_session(tmp_path):
    """A run whose events another run of its session holds, too, has them all if it is pulled alone."""
    build_here(RUNS, tmp_path / "dataset", shard_bytes=1 << 30)
    for number, path in enumerate(sorted(path.name for path in RUNS.iterdir())):
        output = tmp_path / f"{number}.db"
        Dataset.open(tmp_path / "dataset").pull(output, where=f"path = '{path}'")
        assert digests(output) == digests(plain(RUNS, [path], tmp_path / str(number)))


@pytest.fixture
def mixed(tmp_path):
    """Return a folder with a run that is a folder, a zip of two runs, a run, and a session that is in no run."""
    folder = tmp_path / "mixed"
    first, second, third, fourth, *_ = sorted(RUNS.iterdir())
    shutil.copytree(SESSION, folder / "session")
    (folder / "single").mkdir()
    shutil.copy2(first, folder / "single")
    with zipfile.ZipFile(second) as archive:
        archive.extractall(folder / "unpacked")
    with zipfile.ZipFile(folder / "both.zip", "w") as archive:
        archive.write(third, "both/" + third.name)
        archive.write(fourth, "both/" + fourth.name)
    build_here(folder, tmp_path / "dataset", shard_bytes=1 << 30)
    return folder


@pytest.mark.parametrize(
    ("where", "paths", "along"),
    [
        ("path LIKE 'unpacked%'", ["unpacked"], 0),
        ("path LIKE 'both.zip%' AND path > (SELECT min(path) FROM runs WHERE path LIKE 'both%')", ["both.zip"], 1),
        ("path LIKE 'single%' OR path LIKE 'both%'", ["single", "both.zip"], 0),
    ],
)
def test_folders_zips_and_what_is_in_no_run(mixed, tmp_path, where, paths, along):
    """Folders of runs and zips of runs come back whole; what is in no run stays, and is counted."""
    summary = Dataset.open(tmp_path / "dataset").pull(tmp_path / "b.db", where=where)
    assert (summary.along_count, summary.left_count) == (along, 3)
    assert digests(summary.path) == digests(plain(mixed, paths, tmp_path))


def test_command_says_what_was_left(mixed, tmp_path):
    """The command says what came along, what was not pulled, and what to do next with the bundle."""
    done = run("dataset", "pull", tmp_path / "dataset", "--where", "path LIKE '%both.zip%'", "-o", tmp_path / "b.db")
    assert done.exit_code == 0
    assert "Pulled: 2 runs of 1 shard\n" in done.stdout
    assert "Not pulled: 3 artifacts of these shards that are in no run\n" in done.stdout
    assert f" query {tmp_path / 'b.db'} --name failure-reasons" in done.stdout
    assert " dataset query" not in done.stdout


def test_labels(tmp_path):
    """Runs keep the labels and experiments that they have in the dataset."""
    for number, path in enumerate(sorted(EVALUATION.iterdir())):
        shutil.copytree(path, tmp_path / "in" / ("before", "after")[number % 2] / path.name)
    build_here(tmp_path / "in", tmp_path / "dataset", labels={"before": "main", "after": "change"})
    Dataset.open(tmp_path / "dataset").pull(tmp_path / "b.db", where="result <> 'passed'")
    sql = "SELECT concat_ws(' ', path, evaluation, experiment) FROM runs ORDER BY 1"
    with Dataset.open(tmp_path / "dataset").connect() as connection:
        expected = [
            row[0] for row in connection.query(sql.replace("FROM runs", "FROM runs WHERE result <> 'passed'")).rows
        ]
    found = column(
        tmp_path / "b.db", "SELECT path || ' ' || evaluation || coalesce(' ' || experiment, '') FROM runs ORDER BY 1"
    )
    assert (found, len(found)) == (expected, 5)
    assert {" main" in each for each in found} == {True, False}


def test_equal_names_in_several_folders(tmp_path):
    """Runs of two folders that have the same names are all pulled, each with its own label."""
    for label in ("one", "two"):
        shutil.copytree(EVALUATION, tmp_path / label)
        build_here(tmp_path / label, tmp_path / "dataset", labels={"": label})
    first = min((tmp_path / "two").rglob("*.zip"))
    with zipfile.ZipFile(first, "a") as archive:
        archive.comment = b"another file of the same name"
    build_here(tmp_path / "two", tmp_path / "dataset", labels={"": "two"})
    path = first.relative_to(tmp_path / "two")
    summary = Dataset.open(tmp_path / "dataset").pull(tmp_path / "b.db", where=f"path = '{path}'")
    assert summary.run_count == 2
    digests(summary.path)
    assert column(summary.path, "SELECT evaluation FROM artifacts WHERE container_id IS NULL ORDER BY 1") == [
        "one",
        "two",
    ]


def test_zip_of_another_program(tmp_path):
    """A zip that is compressed otherwise has the same members, and the summary counts it."""
    original = min(RUNS.iterdir())
    (tmp_path / "in").mkdir()
    with zipfile.ZipFile(original) as old, zipfile.ZipFile(tmp_path / "in" / original.name, "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info), zipfile.ZIP_DEFLATED, compresslevel=1)
    build_here(tmp_path / "in", tmp_path / "dataset")
    done = run("dataset", "pull", tmp_path / "dataset", "--where", "true", "-o", tmp_path / "b.db")
    assert "Compressed anew: 1 zip, whose members have the same bytes" in done.stdout
    members = "SELECT path || ' ' || sha256 FROM artifacts WHERE container_id IS NOT NULL ORDER BY path"
    assert column(tmp_path / "b.db", members) == column(built(tmp_path / "in", tmp_path / "whole.db"), members)


def test_one_shard_at_a_time(whole, tmp_path, monkeypatch):
    """Of the bundles of the shards, none is left when the next is fetched."""
    left = []
    extract_runs = run_pull.extract_runs

    def watched(storage, commit, paths, scratch):
        found = extract_runs(storage, commit, paths, scratch)
        left.extend(scratch.parent.glob("*.zst"))
        return found

    monkeypatch.setattr(run_pull, "extract_runs", watched)
    assert Dataset.open(whole).pull(tmp_path / "b.db", where="true").shard_count > 1
    assert left == []


def test_packed(whole, tmp_path):
    """An output whose name ends in .zst is packed; nothing else is left beside it."""
    done = run("dataset", "pull", whole, "--where", "result = 'passed'", "-o", tmp_path / "b.db.zst", "--quiet")
    assert (done.exit_code, done.stdout) == (0, "")
    assert column(tmp_path / "b.db.zst", "SELECT result FROM runs") == ["passed"]
    assert [path.name for path in tmp_path.iterdir()] == ["b.db.zst"]


def test_no_match(whole, tmp_path):
    """A condition that holds for no run is an error with a hint, and writes nothing."""
    done = run("dataset", "pull", whole, "--where", "result = 'unknown'", "-o", tmp_path / "b.db")
    assert done.exit_code == 1
    assert "no run matches \"result = 'unknown'\"; see what there is by: wink-debug-bundle query" in done.stderr
    assert not (tmp_path / "b.db").exists()


@pytest.mark.parametrize(
    "where", ["nothing = 1", "", "true) TO 'x.csv", "true; SELECT 1", "1 = (SELECT count(*) FROM 'x.csv')"]
)
def test_wrong_condition(whole, tmp_path, where):
    """A condition that is wrong, or more than a condition over the dataset, is refused."""
    with pytest.raises(BundleQueryError):
        Dataset.open(whole).pull(tmp_path / "b.db", where=where)


def test_without_bundles(tmp_path):
    """A dataset without bundles is refused with the reason."""
    build_here(EVALUATION, tmp_path / "dataset", keep_bundles=False)
    with pytest.raises(BundleError, match="was built without its bundle"):
        Dataset.open(tmp_path / "dataset").pull(tmp_path / "b.db", where="true")


def test_existing_output(whole, tmp_path):
    """An output that exists is only replaced if that is asked for."""
    (tmp_path / "b.db").write_text("mine")
    with pytest.raises(BundleExistsError):
        Dataset.open(whole).pull(tmp_path / "b.db", where="true")
    assert (tmp_path / "b.db").read_text() == "mine"
    Dataset.open(whole).pull(tmp_path / "b.db", where="result = 'passed'", force=True)
    assert column(tmp_path / "b.db", "SELECT result FROM runs") == ["passed"]


def test_damaged_bundle(whole, tmp_path):
    """A bundle that is not what was committed is an error that names it."""
    copy = shutil.copytree(whole, tmp_path / "copy")
    for path in (copy / "bundles").iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DamagedBundleError, match=r"bundles/.*: is not what was committed"):
        Dataset.open(copy).pull(tmp_path / "b.db", where="true")
