"""`export` in the formats of other programs: Parquet, OTLP, ATIF."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import sys

import pytest
from support.artifact_samples import column
from support.command_runner import run
from support.exported_traces import otlp_text

from wink_debug_bundle import DebugBundle


@pytest.fixture
def bundle(release_bundle):
    """Return the bundle of what release 0.27 writes."""
    return release_bundle("0.27.0")


@pytest.mark.parametrize("arguments", [["-o", "t.parquet"], ["-o", "t", "--format", "parquet"]])
def test_parquet(bundle, tmp_path, monkeypatch, arguments):
    """A table, named by the ending or by --format, is written as the Python interface writes it."""
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.chdir(tmp_path)
    result = run("export", bundle, "tool_calls", *arguments)
    assert result.exit_code == 0, result.stderr
    assert result.stderr.startswith(f"{arguments[1]} (")
    with DebugBundle.open(bundle) as opened:
        opened.export_parquet("tool_calls", tmp_path / "expected")
    assert (tmp_path / arguments[1]).read_bytes() == (tmp_path / "expected").read_bytes()
    assert parquet.read_metadata(tmp_path / arguments[1]).num_rows == column(bundle, "SELECT count(*) FROM calls")[0]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--query", "SELECT sample_id FROM runs WHERE passed = 0"], {"wrong-answer", "no-output"}),
        (["--name", "sample-results", "-p", "result=failed"], {"wrong-answer", "no-output"}),
    ],
)
def test_parquet_of_a_query(bundle, tmp_path, arguments, expected):
    """The rows of a query and of a saved query are written."""
    parquet = pytest.importorskip("pyarrow.parquet")
    result = run("export", bundle, *arguments, "-o", tmp_path / "t.parquet")
    assert result.exit_code == 0, result.stderr
    assert set(parquet.read_table(tmp_path / "t.parquet").column("sample_id").to_pylist()) == expected


def test_parquet_without_its_package(bundle, tmp_path, monkeypatch):
    """Without pyarrow, one line says what to install, and nothing is written."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run("export", bundle, "logs", "-o", tmp_path / "t.parquet")
    assert result.exit_code == 1
    assert "pip install 'wink-debug-bundle[dataset]'" in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_traces_on_standard_output(bundle):
    """OTLP goes to standard output, one JSON object a line, as the Python interface writes it."""
    result = run("export", bundle, "--format", "otlp")
    assert result.exit_code == 0
    assert result.stdout == otlp_text(bundle)
    assert all("resourceSpans" in json.loads(line) for line in result.stdout.splitlines())


def test_traces_in_a_file(bundle, tmp_path):
    """With --output the file appears, readable by its owner alone; an existing one needs --force."""
    path = tmp_path / "t.jsonl"
    assert run("export", bundle, "--format", "otlp", "--content", "-o", path).exit_code == 0
    assert path.read_text(encoding="utf-8") == otlp_text(bundle, content=True)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    result = run("export", bundle, "--format", "otlp", "-o", path)
    assert (result.exit_code, "exists already; replace it with --force" in result.stderr) == (1, True)
    assert run("export", bundle, "--format", "otlp", "-o", path, "--force").exit_code == 0
    assert path.read_text(encoding="utf-8") == otlp_text(bundle)


def test_one_run(bundle, tmp_path):
    """--run exports one run, in both formats of runs."""
    result = run("export", bundle, "--format", "otlp", "--run", "wrong-answer")
    assert result.stdout == otlp_text(bundle, run="wrong-answer")
    assert run("export", bundle, "--format", "atif", tmp_path / "o", "--run", "wrong-answer").exit_code == 0
    assert [path.name for path in (tmp_path / "o").iterdir()] == ["00001-wrong-answer.json"]
    result = run("export", bundle, "--format", "otlp", "--run", "wrong-answr")
    assert (result.exit_code, "nearest: wrong-answer" in result.stderr) == (1, True)


@pytest.mark.parametrize("option", [[], ["--output"]])
def test_trajectories(bundle, tmp_path, option):
    """The directory of trajectories is an argument or --output, and is told with the number of files."""
    result = run("export", bundle, "--format", "atif", *option, tmp_path / "o")
    assert result.exit_code == 0
    assert result.stderr == f"{tmp_path / 'o'}: 13 files\n"
    assert len(list((tmp_path / "o").iterdir())) == 13
    again = run("export", bundle, "--format", "atif", *option, tmp_path / "o")
    assert (again.exit_code, "is not empty; write into it with --force" in again.stderr) == (1, True)
    assert run("export", bundle, "--format", "atif", *option, tmp_path / "o", "--force").exit_code == 0


def test_traces_of_an_older_bundle(bundle, tmp_path):
    """A bundle without the views of results is refused with what to do, before a file is made."""
    old = tmp_path / "old.db"
    shutil.copy(bundle, old)
    connection = sqlite3.connect(old)
    connection.execute("DROP VIEW token_usage")
    connection.commit()
    connection.close()
    for arguments in (["otlp"], ["otlp", "-o", tmp_path / "t"], ["atif", tmp_path / "t"]):
        result = run("export", old, "--format", *arguments)
        assert (result.exit_code, "run the command migrate on it" in result.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["old.db"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["logs", "--format", "parquet"], "--format parquet writes a file; name it with --output"),
        (["logs", "-o", "-", "--format", "parquet"], "--format parquet writes a file; name it with --output"),
        (["--format", "atif"], "--format atif writes a directory; name it: export BUNDLE --format atif DIR"),
        (["--format", "atif", "-o", "-"], "--format atif writes a directory"),
        (["logs", "--format", "atif", "-o", "x"], "--format atif writes runs, and no table or query"),
        (["logs", "--format", "otlp"], "--format otlp writes runs, and no table or query"),
        (["--query", "SELECT 1", "--format", "otlp"], "--format otlp writes runs, and no table or query"),
        (["--name", "errors", "--format", "atif", "-o", "x"], "--format atif writes runs, and no table or query"),
        (["--format", "otlp", "-p", "a=1"], "--format otlp writes runs, and no table or query"),
        (["--format", "otlp", "--csv-safe"], "--csv-safe is for --format csv and tsv"),
        (["logs", "--content"], "--content is for --format otlp"),
        (["--format", "atif", "x", "--content"], "--content is for --format otlp"),
        (["logs", "--run", "1"], "--run is for --format otlp and atif"),
        (["--format", "otlp", "--force"], "--force is for an --output that is a file"),
    ],
)
def test_wrong_usage(bundle, tmp_path, monkeypatch, arguments, message):
    """Options that cannot be combined end with exit code 2 and the reason, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    result = run("export", bundle, *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert list(tmp_path.iterdir()) == []


def test_help_names_everything():
    """`export --help` names each format and what it needs."""
    text = " ".join(run("export", "--help").stdout.split())
    for part in ("[csv|json|jsonl|tsv|parquet|otlp|atif]", "--content", "--run", "extra dataset", "directory DIR"):
        assert part in text
