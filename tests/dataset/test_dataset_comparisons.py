"""A comparison and a gate say of a dataset what they say of a bundle of the same runs."""

from __future__ import annotations

import json
import re

import pytest
from support.command_runner import run
from support.dataset_files import EVALUATION, build_here
from support.next_evaluation import write_next_evaluation

import wink_debug_bundle
from wink_debug_bundle import Dataset, DebugBundle
from wink_debug_bundle.comparing.sample_pairs.pairing import PairedBy

pytest.importorskip("pyarrow", reason="tox run -e dataset installs pyarrow")
pytest.importorskip("fsspec", reason="tox run -e dataset installs fsspec")
pytest.importorskip("duckdb", reason="tox run -e dataset installs DuckDB")

EXPERIMENTS = ("--base-experiment", "baseline", "--new-experiment", "candidate")


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """Return a dataset of six runs in several shards, and a bundle of them."""
    folder = tmp_path_factory.mktemp("compared")
    build_here(EVALUATION, folder / "dataset")
    DebugBundle.from_directory(EVALUATION, output=folder / "whole.db", recursive=True).close()
    return folder / "dataset", folder / "whole.db"


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """Return a dataset and a bundle of the next evaluation, in which other samples pass."""
    folder = tmp_path_factory.mktemp("next")
    source = write_next_evaluation(EVALUATION, folder / "input", lost=1)
    build_here(source, folder / "dataset")
    DebugBundle.from_directory(source, output=folder / "whole.db", recursive=True).close()
    return folder / "dataset", folder / "whole.db"


def without_names(text):
    """Return what a command wrote without the names, the ids and the sizes of what it read and wrote."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"\S*(dataset|whole\.db)\b", "NAME", text)


@pytest.mark.parametrize("format_name", ["json", "markdown", "junit"])
def test_compare(both, format_name):
    """Each form of a comparison of two experiments is that of a bundle, but for names."""
    answers = [run("compare", path, *EXPERIMENTS, "--format", format_name) for path in both]
    assert [answer.exit_code for answer in answers] == [0, 0]
    assert without_names(answers[0].stdout) == without_names(answers[1].stdout)


def test_each_side(both, changed):
    """Either side can be a dataset; the first steps that differ are found, too."""
    answers = [
        wink_debug_bundle.format_comparison(wink_debug_bundle.compare(*sides, all_experiments=True), "json")
        for sides in ((both[1], changed[1]), (both[0], changed[1]), (str(both[0]), changed[0]))
    ]
    assert json.loads(answers[0])["flips"]
    assert len({without_names(answer) for answer in answers}) == 1


@pytest.mark.parametrize("option", ["--page", "--output"])
def test_files(both, changed, tmp_path, option):
    """The page with both runs side by side, and the tables, are those of a bundle."""
    for base, new, name in zip(both, changed, ("one", "other"), strict=True):
        assert run("compare", base, new, "--all-experiments", option, tmp_path / name).exit_code == 0
    one, other = (tmp_path / name for name in ("one", "other"))
    if option == "--page":
        assert without_names(one.read_text("utf-8")) == without_names(other.read_text("utf-8"))
        return
    rows = [run_rows(path) for path in (one, other)]
    assert rows[0]
    assert rows[0] == rows[1]


def run_rows(path):
    """Return the pairs that a comparison stored."""
    import sqlite3

    connection = sqlite3.connect(path)
    try:
        [[table]] = connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%pairs%' AND type = 'table'")
        return connection.execute(f"SELECT * FROM {table}").fetchall()
    finally:
        connection.close()


def test_pair(both, changed):
    """Where the runs of one sample part is told as of a bundle."""
    sample = wink_debug_bundle.compare(both[1], changed[1], all_experiments=True).flips[0].pair.base.telling.shown_by
    pairs = zip(both, changed, strict=True)
    answers = [run("compare", *pair, "--all-experiments", "--pair", sample).stdout for pair in pairs]
    assert sample
    assert without_names(answers[0]) == without_names(answers[1])


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--min-pass-rate", "0.5", "--all-experiments", "--min-samples", "1", "--max-unpaired", "1"), 4),
        (("--min-pass-rate", "0.1", "--all-experiments", "--min-samples", "1", "--max-unpaired", "1"), 0),
        (("--min-pass-rate", "0.1", "--all-experiments"), 5),
    ],
)
def test_gate(both, options, code):
    """The gate judges a dataset as it judges a bundle, with the same exit codes and the same report."""
    answers = [run("gate", path, *options, "--format", "json") for path in both]
    assert [answer.exit_code for answer in answers] == [code, code]
    assert without_names(answers[0].stdout) == without_names(answers[1].stdout)


def test_gate_with_a_baseline(both, changed):
    """A dataset can be the baseline and the evaluation to judge."""
    pairs = zip(changed, both, strict=True)
    results = [wink_debug_bundle.gate(*pair, all_experiments=True, min_samples=1) for pair in pairs]
    states = [[(check.name, check.state) for check in result.checks] for result in results]
    assert states[0] == states[1]
    assert results[0].exit_code == results[1].exit_code


def test_choice(both):
    """Several experiments are not added up unasked: the message names the dataset, and the experiments."""
    refused = run("compare", both[0])
    assert refused.exit_code == 2
    assert "has 2 experiments" in refused.output


def test_without_shards(both, tmp_path):
    """A dataset of which no shard is complete cannot be compared; the message says what to do."""
    import shutil

    copy = shutil.copytree(both[0], tmp_path / "copy")
    for commit in Dataset.open(copy).commits:
        (copy / commit.name).unlink()
    refused = run("compare", copy)
    assert (refused.exit_code, "has no complete shard; run dataset build" in " ".join(refused.output.split())) == (
        1,
        True,
    )


def test_without_the_extra(both, monkeypatch):
    """Without DuckDB, the message is one line that says what to install."""
    import sys

    monkeypatch.setitem(sys.modules, "duckdb", None)
    for command in (["compare", both[0]], ["gate", both[0], "--min-pass-rate", "1"], ["show", both[0], "1"]):
        refused = run(*command)
        assert refused.exit_code == 1
        assert "pip install 'wink-debug-bundle[dataset]'" in " ".join(refused.output.split())


@pytest.mark.slow
def test_large_requests(tmp_path):
    """A request that is too large for a column is read from the bundle of its shard, to pair samples by it."""
    first = write_next_evaluation(EVALUATION, tmp_path / "first", padding=(1 << 20) + 5)
    second = write_next_evaluation(first, tmp_path / "second")
    for folder in (first, second):
        build_here(folder, tmp_path / f"{folder.name}.dataset")
    pairing = wink_debug_bundle.compare(
        tmp_path / "first.dataset", tmp_path / "second.dataset", all_experiments=True
    ).pairing
    assert len(pairing.pairs) == 6
    assert PairedBy.REQUEST in {pair.paired_by for pair in pairing.pairs}
