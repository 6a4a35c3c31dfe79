"""Commands that read bundles read datasets, too, with the same answers, or say what to do instead."""

from __future__ import annotations

import json
import re

import pytest
from support.command_runner import run

from wink_debug_bundle import BundleError, Dataset, DebugBundle
from wink_debug_bundle.dataset.commits import bundle_file_name
from wink_debug_bundle.merging.bundle_merging import merge_bundles

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")
pytest.importorskip("duckdb", reason="tox run -e dataset installs DuckDB")

LONG = "SELECT id, context FROM logs WHERE length(context) > 300 ORDER BY id LIMIT 4"


@pytest.fixture(scope="module")
def merged(whole, tmp_path_factory):
    """Return the dataset's bundles, put together by merge: ids are those of the dataset."""
    path = tmp_path_factory.mktemp("questions") / "merged.db"
    merge_bundles([whole / bundle_file_name(each.shard) for each in Dataset.open(whole).commits], path)
    return path


def test_stored_cells(whole, merged):
    """A value of any shard is found by its table, id and column, as in a bundle with the same ids."""
    with DebugBundle.open(merged) as bundle:
        ids = [row[0] for row in bundle.query("SELECT id FROM logs ORDER BY id")]
        dataset = Dataset.open(whole)
        for number in (ids[0], ids[len(ids) // 2], ids[-1]):
            handle = f"logs.{number}.context"
            assert dataset.cell(handle) == bundle.cell(handle)
            assert run("cell", whole, handle).stdout == bundle.cell(handle)


@pytest.mark.parametrize("format_name", ["table", "json", "jsonl", "csv", "tsv"])
def test_handles_of_a_query(whole, format_name):
    """Each handle that `query --budget` prints leads to the whole value."""
    shown = run("query", whole, LONG, "--budget", "600", "--format", format_name)
    assert shown.exit_code == 0
    assert len(shown.stdout) <= 600
    handles = re.findall(r"r[0-9]+c2-[0-9a-f]{6}", shown.stdout)
    assert handles
    with Dataset.open(whole).connect() as connection:
        values = [row[1] for row in connection.query(LONG).rows]
    for handle in handles:
        assert run("cell", whole, handle, LONG).stdout == values[int(handle[1 : handle.index("c")]) - 1]


def test_handles_of_a_statement_with_parameters(whole):
    """A handle is read with the same query and parameters."""
    question = (LONG.replace("300", ":least"), "-p", "least=300")
    shown = run("query", whole, *question, "--budget", "600", "--format", "json")
    handle = re.search(r"r[0-9]+c[0-9]+-[0-9a-f]{6}", shown.stdout)
    assert handle
    assert run("cell", whole, handle[0], *question).exit_code == 0
    assert "different one" in run("cell", whole, handle[0], question[0], "-p", "least=1390").output


@pytest.mark.parametrize(
    ("handle", "message"),
    [
        ("logs.1.contxt", "nearest: context"),
        ("logs.1", "name one of its columns"),
        ("nowhere.1.text", "no table is called"),
        ("sessions.1.source", "has no ids"),
        ("logs.99999999.context", "no row with id"),
        ("logs.0.context", "no row with id"),
        ("logs.1.context-000000", "different one"),
        ("r1c1-abcdef", "give that query, too"),
        ("what", "is not a handle"),
    ],
)
def test_wrong_handles(whole, handle, message):
    """A handle that leads nowhere is an error that says why."""
    with pytest.raises(BundleError, match=message):
        Dataset.open(whole).cell(handle)
    assert run("cell", whole, handle).exit_code == 1


@pytest.mark.parametrize("by", ["run", "experiment", "turn", "model"])
def test_costs(whole, merged, by):
    """Tokens cost what they cost according to the bundles put together."""
    with DebugBundle.open(merged) as bundle:
        expected = bundle.costs(by, model="gpt-4o")
    assert Dataset.open(whole).costs(by, model="gpt-4o") == expected
    command = ("--by", by, "--model", "gpt-4o", "--format", "csv")
    assert run("cost", whole, *command).output == run("cost", merged, *command).output


def test_wrong_costs(whole):
    """What does not exist has no costs."""
    with pytest.raises(ValueError, match="by must be one of"):
        Dataset.open(whole).costs("nothing")


def test_search(whole, merged):
    """A search finds what it finds in the bundles put together."""
    found = json.loads(run("search", whole, "ruler", "--format", "json").stdout)
    expected = json.loads(run("search", merged, "ruler", "--format", "json").stdout)
    assert (found["total"], found["texts"]) == (expected["total"], expected["texts"])
    assert found["total"] > 0
    assert found["remark"] == "A dataset has no index, so every text was read."
    result = Dataset.open(whole).search("ruler", kinds="failure", limit=1)
    assert (len(result.texts), result.remark) == (1, found["remark"])
    assert Dataset.open(whole).search("…").remark != found["remark"]


@pytest.mark.parametrize(
    "command",
    [
        ("cat", "{}", "request/input.json"),
        ("extract", "{}", "--output", "out"),
        ("report", "{}"),
        ("export", "{}", "runs"),
        ("schema", "{}"),
        ("serve", "{}"),
        ("pack", "{}"),
        ("index", "{}"),
        ("migrate", "{}"),
    ],
)
@pytest.mark.parametrize("place", ["dataset", "s3://bucket/dataset"])
def test_refused_commands(whole, command, place):
    """A command that cannot read a dataset says how to make a bundle of it."""
    where = str(whole) if place == "dataset" else place
    shown = run(*(word.format(where) for word in command))
    assert shown.exit_code == 2
    assert f"dataset pull {where} --where" in shown.output


def test_verify_of_a_bundle(whole):
    """`verify` names the command that checks a dataset."""
    shown = run("verify", whole)
    assert (shown.exit_code, f"dataset verify {whole}" in shown.output) == (2, True)


def test_answers_of_every_format(whole, merged):
    """The rows of a query are the same in each format."""
    sql = "SELECT id, sample_id, result, score, total_tokens FROM runs ORDER BY id"
    for format_name in ("table", "json", "jsonl", "csv", "tsv"):
        for options in ([], ["--width", "60"] if format_name == "table" else []):
            question = (sql, "--format", format_name, *options)
            assert run("query", whole, *question).stdout == run("query", merged, *question).stdout


def test_unknown_parameter(whole):
    """A parameter that a saved query does not have is refused as for a bundle."""
    shown = run("query", whole, "--name", "pass-rate", "-p", "nothing=1")
    assert (shown.exit_code, "has no parameter" in shown.output) == (2, True)
