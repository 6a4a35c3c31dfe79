"""`dataset verify`: a sound dataset has no findings, and each fault is found."""

from __future__ import annotations

import json
import shutil

import pytest
from support.command_runner import run
from support.damaged_artifacts import damaged_files
from support.dataset_files import EVALUATION, build_here

from wink_debug_bundle import Dataset

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")
pytest.importorskip("duckdb", reason="tox run -e dataset installs DuckDB")


def findings(dataset, **options):
    """Return what is found, as texts."""
    return [f"{each.place}: {each.text}" for each in Dataset.open(dataset).verify(**options).findings]


def test_sound(whole):
    """A sound dataset has no findings; the command says what was checked, and that it has all sources."""
    done = run("dataset", "verify", whole, "--against", EVALUATION)
    commits = Dataset.open(whole).commits
    files = sum(len(commit.tables) + 1 for commit in commits)
    assert done.exit_code == 0
    assert done.stdout == (
        f"{len(commits)} shards of 6 sources: {files} files checked, {len(commits)} bundles among them:"
        " nothing wrong was found\n"
    )


def test_progress(whole):
    """Progress ends with all bytes."""
    seen = []
    Dataset.open(whole).verify(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] > 0


def test_changed_file(built):
    """A Parquet file with other bytes is found, and so is one that is missing."""
    first, second, *_ = Dataset.open(built).commits
    path = built / "runs" / f"shard={first.shard}.parquet"
    path.write_bytes(path.read_bytes().replace(b"PAR1", b"PAR2", 1))
    (built / "logs" / f"shard={second.shard}.parquet").unlink()
    assert findings(built) == [
        f"runs/shard={first.shard}.parquet: is not what was committed: its hash is another one",
        f"logs/shard={second.shard}.parquet: is missing",
    ]
    assert run("dataset", "verify", built).exit_code == 1


def test_bundle_of_another_shard(built):
    """A bundle that is sound and belongs to another shard is found by its digest, even if the commit has its hash."""
    first, second, *_ = Dataset.open(built).commits
    assert first.bundle is not None
    shutil.copy(built / "bundles" / f"{second.shard}.db.zst", built / "bundles" / f"{first.shard}.db.zst")
    values = json.loads((built / first.name).read_text())
    values["bundle"] = json.loads((built / second.name).read_text())["bundle"]
    (built / first.name).write_text(json.dumps(values))
    (found,) = findings(built)
    assert found.startswith(f"bundles/{first.shard}.db.zst: ")
    assert "digest" in found


def test_damaged_bundle(built):
    """A bundle that cannot be unpacked is found, also if the commit has the hash of its bytes."""
    first = Dataset.open(built).commits[0]
    (built / "bundles" / f"{first.shard}.db.zst").write_bytes(b"\x28\xb5\x2f\xfd damaged")
    (found,) = findings(built)
    assert "its hash is another one" in found


def test_missing_commit(built):
    """A planned shard without a commit is found."""
    first = Dataset.open(built).commits[0]
    (built / first.name).unlink()
    assert findings(built) == [f"shard {first.shard}: is planned and not committed; run dataset build again"]


def test_unplanned_commit(built):
    """A commit that no plan has is found."""
    first = Dataset.open(built).commits[0]
    other = "f" * 32
    (built / "_commits" / f"{other}.json").write_bytes(first.as_json.replace(first.shard.encode(), other.encode()))
    assert f"_commits/{other}.json: is in no plan" in findings(built)


def test_other_sources(built):
    """A commit that counts other sources than its plan is found."""
    first = Dataset.open(built).commits[0]
    values = json.loads((built / first.name).read_text())
    values["source_count"] += 1
    (built / first.name).write_text(json.dumps(values))
    assert findings(built) == [f"_commits/{first.shard}.json: has other sources than the plan"]


def test_against(whole, tmp_path):
    """A file that the dataset does not have, or has in another version, is named."""
    source = shutil.copytree(EVALUATION, tmp_path / "source")
    build_here(source, tmp_path / "dataset")
    (source / "new.log").write_text("{}\n")
    changed = min(source.rglob("*.zip"))
    changed.write_bytes(changed.read_bytes() + b"\0")
    expected = sorted(["new.log", str(changed.relative_to(source))])
    found = findings(tmp_path / "dataset", against=source)
    assert found == [f"{name}: is not in the dataset as it is now; run dataset build again" for name in expected]


def test_copies_in_several_shards(tmp_path):
    """Copies of runs in two shards are no damage, and `dataset verify` names each of the runs."""
    source = tmp_path / "source"
    shutil.copytree(EVALUATION, source)
    shutil.copytree(EVALUATION, source / "zzz")
    build_here(source, tmp_path / "dataset", shard_bytes=1)
    opened = Dataset.open(tmp_path / "dataset")
    result = opened.verify()
    assert (result.findings, len(result.copied_runs), opened.outcome.runs.total) == ((), 6, 12)
    shown = run("dataset", "verify", tmp_path / "dataset")
    assert opened.totals.copied_count == 6
    assert "  Counted again: 6 runs of other shards (" in run("info", tmp_path / "dataset").stdout
    title, *named, _ = shown.stdout.splitlines()
    assert (shown.exit_code, title) == (0, "Copies in several shards: 6 runs; each copy counts:")
    assert named == [f"  {each}" for each in result.copied_runs]


def test_no_copies(whole):
    """A dataset without copies has none."""
    assert (Dataset.open(whole).verify().copied_runs, Dataset.open(whole).totals.copied_count) == ((), 0)
    assert "Counted again" not in run("info", whole).stdout


def test_unwritable_dataset(source, tmp_path):
    """A dataset that cannot be written is an error that names it."""
    (tmp_path / "file").write_text("")
    shown = run("dataset", "build", source, tmp_path / "file" / "dataset", "--jobs", "1", "--quiet")
    assert (shown.exit_code, len(shown.output.splitlines())) == (1, 1)
    assert f"{tmp_path / 'file' / 'dataset'}: cannot be" in shown.output


def change_value(dataset, commit, *keys, change):
    """Change a value of a commit."""
    values = json.loads((dataset / commit.name).read_text())
    inner = values
    for key in keys[:-1]:
        inner = inner[key]
    inner[keys[-1]] = change(inner[keys[-1]])
    (dataset / commit.name).write_text(json.dumps(values))


@pytest.mark.parametrize(
    ("keys", "change", "text"),
    [
        (("tables", "logs", "rows"), lambda rows: rows + 1, "has another number of rows than the commit says"),
        (("tables", "logs", "last_id"), lambda last: last + 1, "has other rows of logs than the bundle of the shard"),
        (("tables", "logs", "bytes"), lambda size: size + 1, "has another size than the commit says"),
        (("results",), lambda _: {"passed": 99}, "has other sums of the ledger or of results than the bundle"),
        (("ledger", "imported", "items"), lambda count: count + 1, "has other sums of the ledger or of results"),
        (
            ("incomplete_count",),
            lambda count: count + 1,
            "has another number of artifacts that were not read completely",
        ),
        (("wink_version",), lambda version: f"{version}.post1", "names another release than the bundle of the shard"),
        (("first_source",), lambda name: f"{name}x", "has another first source than the plan"),
        (("bundle",), lambda _: None, "has a bundle and should not, or has none and should"),
        (("tables",), lambda tables: {"runs": tables["runs"]}, "has other rows of sample_results than the bundle"),
    ],
)
def test_changed_commit(built, keys, change, text):
    """A commit that says anything else than its files and its plan is found."""
    change_value(built, Dataset.open(built).commits[0], *keys, change=change)
    assert any(text in each for each in findings(built))


@pytest.mark.parametrize("number", range(12))
def test_damaged_sources(tmp_path, number):
    """A shard of damaged artifacts is sound: its commit counts what its bundle says could not be read."""
    for name, data in damaged_files(14, number).items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    assert build_here(tmp_path / "source", tmp_path / "dataset").failures == ()
    assert findings(tmp_path / "dataset") == []


@pytest.mark.parametrize("name", ["logs/shard=other.parquet", "logs/x.parquet", f"runs/shard={'0' * 32}.parquet"])
def test_foreign_file(built, name):
    """A file in the folder of a table that belongs to no shard is found, as readers of all files would count it."""
    shard = Dataset.open(built).commits[0].shard
    shutil.copy(built / name.partition("/")[0] / f"shard={shard}.parquet", built / name)
    assert findings(built) == [f"{name}: is a file of no shard of the dataset"]


def test_files_of_killed_processes(source, tmp_path):
    """Files of shards that were replaced, or that are not committed yet, are not foreign."""
    build_here(source, tmp_path / "dataset")
    changed = min(source.rglob("*.zip"))
    changed.write_bytes(changed.read_bytes() + b"\0")
    build_here(source, tmp_path / "dataset")
    assert len(list((tmp_path / "dataset" / "runs").iterdir())) == 7
    assert findings(tmp_path / "dataset") == []


def test_lost_step(source, tmp_path):
    """A shard whose step is lost is found once, and not again for each of its files."""
    dataset = tmp_path / "dataset"
    build_here(source, dataset)
    shutil.copytree(source, source / "new")
    (report, *_) = build_here(source, dataset, shard_bytes=1 << 30).reports
    (dataset / "_plan" / "step-000002.json").unlink()
    assert findings(dataset) == [f"{report.commit.name}: is in no plan"]


def test_unknown_shards_in_a_step(source, tmp_path):
    """A step that puts together shards of no plan is found, also when later ones are in the place of these."""
    dataset = tmp_path / "dataset"
    build_here(source, dataset)
    Dataset.compact(dataset)
    shutil.copytree(source, source / "new")
    build_here(source, dataset)
    Dataset.compact(dataset)
    step = dataset / "_plan" / "step-000002.json"
    values = json.loads(step.read_text())
    values["joining"]["replaces"].append("0" * 32)
    step.write_text(json.dumps(values))
    assert findings(dataset) == ["_plan/step-000002.json: names a shard that is in no plan"]


def test_changed_step(built):
    """A step that counts other shards than its plan is found."""
    step = built / "_plan" / "step-000001.json"
    step.write_text(step.read_text().replace('"shards": 6', '"shards": 7'))
    (found,) = findings(built)
    assert found.endswith("has another number of shards than its plan")
