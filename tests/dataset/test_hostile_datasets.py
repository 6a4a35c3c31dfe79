"""A dataset that is damaged, or was made to do harm, gives errors of one line, and nothing outside of it is read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.command_runner import run
from support.dataset_files import EVALUATION, build_here

from wink_debug_bundle import DamagedBundleError, Dataset

pyarrow = pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")
pytest.importorskip("duckdb", reason="tox run -e dataset installs DuckDB")

SECRET = "root:x:0:0"


def first_commit(dataset):
    """Return the path of a commit."""
    return dataset / Dataset.open(dataset).commits[0].name


def first_table(dataset):
    """Return the path of the Parquet file of the runs of a shard."""
    return dataset / "runs" / f"shard={Dataset.open(dataset).commits[0].shard}.parquet"


def change_commit(dataset, change):
    """Change the values of a commit."""
    path = first_commit(dataset)
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def other_columns(dataset):
    """Replace a Parquet file by one that has other columns."""
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"x": [1]}), first_table(dataset))


def other_types(dataset):
    """Replace the ids of a Parquet file by texts."""
    import pyarrow.parquet

    path = first_table(dataset)
    table = pyarrow.parquet.read_table(path)
    place = table.schema.get_field_index("id")
    pyarrow.parquet.write_table(table.set_column(place, "id", pyarrow.array(["x"] * len(table))), path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda dataset: first_table(dataset).unlink(),
        lambda dataset: first_table(dataset).write_bytes(first_table(dataset).read_bytes()[:500]),
        other_columns,
        other_types,
    ],
    ids=["missing", "truncated", "other columns", "other types"],
)
def test_damaged_tables(built, damage):
    """A Parquet file that is not what was committed ends each command that reads it, with the code for damage."""
    damage(built)
    for command in (["query", built, "SELECT * FROM runs"], ["cell", built, "runs.1.path"], ["cost", built]):
        shown = run(*command)
        assert (shown.exit_code, len(shown.stderr.splitlines())) == (3, 1)
        assert "dataset verify" in shown.stderr
    assert run("dataset", "verify", built).exit_code == 1
    assert run("info", built).exit_code == 0


@pytest.mark.parametrize(
    "text",
    ["hello {", "[" * 100_000, '{"schema_version": "x"}', '{"schema_version": 1e400}', "\0", '"\\ud800"'],
)
def test_commit_that_is_no_commit(built, text):
    """A commit that is not one is an error that names its file."""
    path = first_commit(built)
    path.write_text(text)
    for command in (["info", built], ["query", built, "SELECT 1"], ["dataset", "verify", built]):
        shown = run(*command)
        assert (shown.exit_code, len(shown.output.splitlines())) == (3, 1)
        assert path.name in shown.output


FILE = {"rows": 1, "last_id": 1, "bytes": 1, "sha256": "0" * 64}


@pytest.mark.parametrize("table", ["../../../../../../etc/passwd", "/etc/passwd", "runs/../../x", "line_forms"])
def test_files_outside(built, table):
    """A commit that names a file of no table is refused before anything is read or removed."""
    change_commit(built, lambda values: values["tables"].update({table: FILE}))
    for command in (["info", built], ["dataset", "verify", built], ["dataset", "compact", built]):
        shown = run(*command)
        assert (shown.exit_code, "of no table" in shown.output, SECRET in shown.output) == (3, True, False)


def test_wrong_values(built):
    """A number of a commit that is no such number is damage."""
    path = first_commit(built)
    values = json.loads(path.read_text())
    wrong = [(key, value) for key in ("rows", "last_id", "bytes") for value in ("x", None, [], -1, 1.5, 10**30)]
    for key, value in [*wrong, ("sha256", 1)]:
        tables = values["tables"] | {"runs": values["tables"]["runs"] | {key: value}}
        path.write_text(json.dumps(values | {"tables": tables}))
        with pytest.raises(DamagedBundleError):
            Dataset.open(built)


@pytest.mark.parametrize(
    "outcome",
    [{"models": [["m", 2**63 - 1], ["m", 2**63 - 1]]}, {"models": [["\ud800", 1]]}, {"tools": [["m", 1]]}, []],
)
def test_wrong_outcomes(built, outcome):
    """An outcome that no bundle has is damage, also where only its sum is too large."""
    change_commit(
        built, lambda values: values.update(outcome=outcome if outcome == [] else values["outcome"] | outcome)
    )
    shown = run("info", built)
    assert (shown.exit_code, len(shown.stderr.splitlines())) == (3, 1)


def test_changed_outcome(built):
    """An outcome that is not that of the shard's bundle is found by `dataset verify`."""
    change_commit(built, lambda values: values["outcome"]["runs"].update(passed=999))
    shown = run("dataset", "verify", built)
    assert (shown.exit_code, "another outcome" in shown.output) == (1, True)


def test_control_characters(built):
    """Names from a commit cannot control the terminal."""
    change_commit(built, lambda values: values["outcome"].update(models=[["\x1b[31mred", 10**6]]))
    change_commit(built, lambda values: values.update(ledger={"\x1b[31m": {"items": 1, "bytes": 1}}))
    shown = run("info", built)
    assert (shown.exit_code, "\x1b" in shown.output) == (0, False)


@pytest.mark.parametrize("command", [["pull", "--where", "true", "--output", "{}"], ["compact"]])
def test_missing_bundle(built, tmp_path, command):
    """A bundle of a shard that is missing is damage."""
    for path in (built / "bundles").iterdir():
        path.unlink()
    name, *options = (word.format(tmp_path / "out.db") for word in command)
    shown = run("dataset", name, built, *options)
    assert (shown.exit_code, "is missing" in shown.output) == (3, True)


@pytest.mark.parametrize("name", ["../../../etc/passwd", "/etc/passwd"])
def test_plan_outside(built, name):
    """A step that names a plan outside of the dataset is damage."""
    step = next((built / "_plan").glob("step-*"))
    step.write_text(json.dumps({"plan": name, "shards": 1, "abandons": []}))
    shown = run("dataset", "verify", built)
    assert (shown.exit_code, "names no plan" in shown.output) == (3, True)


def test_missing_plan(built):
    """A plan that is missing is damage where it is needed, and elsewhere not."""
    for path in (built / "_plan").iterdir():
        if not path.name.startswith("step-"):
            path.unlink()
    shown = run("dataset", "verify", built)
    assert (shown.exit_code, "the plan is missing" in shown.output) == (3, True)
    assert run("info", built).exit_code == 0


@pytest.mark.parametrize("command", [["info"], ["dataset", "verify"], ["dataset", "build", EVALUATION]])
def test_missing_step(built, command):
    """A step that is missing before others is damage; a build that waited for it would wait for ever."""
    (built / "_plan" / "step-000001.json").rename(built / "_plan" / "step-000002.json")
    shown = run(*command, built)
    assert (shown.exit_code, "step-000001.json: the step is missing" in shown.output) == (3, True)


def test_copied_step(built):
    """A copy of a step under a name that no step has is none."""
    shutil.copy(built / "_plan" / "step-000001.json", built / "_plan" / "step-000001 (copy).json")
    assert build_here(EVALUATION, built).committed_count == 6
    assert Dataset.open(built).missing_count == 0


def test_names_that_no_text_has(tmp_path):
    """A dataset of files whose names are not UTF-8 can be built and read."""
    source = tmp_path / "source"
    source.mkdir()
    for number, path in enumerate(sorted(EVALUATION.rglob("*.zip"))):
        shutil.copy(path, bytes(source / str(number)) + b"\xff.zip")
    build_here(source, tmp_path / "dataset")
    opened = Dataset.open(tmp_path / "dataset")
    assert (opened.outcome.runs.total, opened.missing_count) == (6, 0)
    assert run("info", tmp_path / "dataset").exit_code == 0
    assert run("dataset", "verify", Path(tmp_path / "dataset")).exit_code == 0


def test_link_out_of_the_dataset(built, tmp_path):
    """A link to a file elsewhere is not followed, even if the file has the right bytes."""
    table = first_table(built)
    outside = tmp_path / "outside.parquet"
    shutil.move(table, outside)
    table.symlink_to(outside)
    for command in (["query", built, "SELECT * FROM runs"], ["cost", built]):
        shown = run(*command)
        assert (shown.exit_code, len(shown.stderr.splitlines())) == (3, 1)
        assert "is a link that leads out of the dataset" in shown.stderr
    shown = run("dataset", "verify", built)
    assert (shown.exit_code, "is a link that leads out of the dataset" in shown.stdout + shown.stderr) == (1, True)


def test_commit_that_is_a_link(built, tmp_path):
    """A commit outside of the dataset is not read."""
    commit = first_commit(built)
    shutil.move(commit, tmp_path / "outside.json")
    commit.symlink_to(tmp_path / "outside.json")
    assert run("info", built).exit_code == 3


def test_dataset_behind_a_link(built, tmp_path):
    """A dataset that is itself a link is read."""
    (tmp_path / "link").symlink_to(built)
    assert run("query", tmp_path / "link", "SELECT * FROM runs").exit_code == 0


def flipped(data):
    """Return bytes with some changed in the first half."""
    changed = bytearray(data)
    for place in range(200, len(changed) // 2, 37):
        changed[place] ^= 255
    return bytes(changed)


@pytest.mark.parametrize("change", [lambda data: data[:100], flipped], ids=["cut", "flipped"])
def test_damaged_table(built, change):
    """A Parquet file that is damaged, of whichever shard, ends a query with one line that names it."""
    path = built / "logs" / f"shard={Dataset.open(built).commits[-1].shard}.parquet"
    path.write_bytes(change(path.read_bytes()))
    shown = run("query", built, "SELECT sum(length(context)) FROM logs")
    assert (shown.exit_code, len(shown.stderr.splitlines())) == (3, 1)
    assert str(path) in shown.stderr
    assert "dataset verify checks each file" in shown.stderr


@pytest.mark.parametrize("sql", ["SELECT * FROM read_parquet('x.parquet')", "SELECT regexp_matches('a', '(')"])
def test_wrong_query(whole, sql):
    """A wrong query is no damage."""
    assert run("query", whole, sql).exit_code == 1
