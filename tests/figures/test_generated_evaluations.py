"""The evaluations that the benchmarks generate are what the library writes, and give the rows that they promise."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile

import pytest
from support.artifact_samples import ROOT
from support.command_runner import run

from wink_debug_bundle import DebugBundle

LIBRARY_ZIPS = sorted((ROOT / "fixtures" / "wink-0.27.0").rglob("*.zip"))


def members(paths):
    """Yield name and content of the members of runs' zips, without the files of workspaces."""
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if "/filesystem/" not in name:
                    yield name, archive.read(name)


def record_shapes(paths):
    """Return what is fixed in each kind of log record: level, logger, event, and the keys in their order."""
    logs = [content for name, content in members(paths) if name.endswith("app.jsonl")]
    records = [json.loads(line) for log in logs for line in log.splitlines()]
    return {(*record, record["level"], record["logger"], record["event"], *record["context"]) for record in records}


def item_shapes(paths):
    """Return type and keys of the library's own items in snapshots."""
    lines = [json.loads(content) for name, content in members(paths) if "/session/" in name]
    return {
        (part["slice_type"], *item)
        for line in lines
        for part in line["slices"]
        if part["slice_type"].startswith("weakincentives.")
        for item in part["items"]
    }


@pytest.fixture(scope="module", params=["evaluation", "evaluation-30", "workspace-evaluation"])
def dataset(request, tmp_path_factory):
    """Return the folder of a dataset of a few zips."""
    folder = tmp_path_factory.mktemp("data")
    options = ["--profile", request.param, "--gigabytes", "0.004", "--data", str(folder)]
    subprocess.run([sys.executable, "-m", "benchmarks.data", *options], cwd=ROOT, check=True, capture_output=True)
    return next(folder.iterdir())


@pytest.fixture(scope="module")
def bundle(dataset, tmp_path_factory):
    """Return the bundle of the dataset."""
    output = tmp_path_factory.mktemp("bundle") / "b.db"
    with DebugBundle.from_directory(dataset / "input", output=output, recursive=True) as built:
        yield built


def test_the_promised_rows_are_loaded(dataset, bundle):
    promised = json.loads((dataset / "dataset.json").read_text())["rows"]
    for table, count in promised.items():
        assert bundle.query(f"SELECT count(*) FROM {table}").fetchone()[0] == count


def test_nothing_is_a_problem(bundle):
    assert bundle.query("SELECT * FROM problems").fetchall() == []


def test_every_artifact_is_rebuilt_byte_for_byte(dataset, bundle):
    result = run("verify", bundle.path, "--against", dataset / "input")
    assert result.exit_code == 0
    runs = len(list((dataset / "input").rglob("*.zip")))
    assert f"{5 * runs} artifacts, {5 * runs} proven byte for byte" in result.output


@pytest.mark.parametrize(
    ("found", "event"),
    [("tool_calls", "hook.pre_tool_use"), ("transcript_entries WHERE entry_type <> 'thinking'", "transcript.entry")],
)
def test_every_call_and_entry_of_the_log_is_found(bundle, found, event):
    in_log = bundle.query(f"SELECT count(*) FROM logs WHERE event = '{event}'").fetchone()[0]
    assert in_log > 0
    assert bundle.query(f"SELECT count(*) FROM {found}").fetchone()[0] == in_log


def test_log_records_have_the_librarys_keys_in_their_order(dataset):
    assert record_shapes(dataset.rglob("*.zip")) <= record_shapes(LIBRARY_ZIPS)


def test_items_have_the_librarys_keys(dataset):
    assert item_shapes(dataset.rglob("*.zip")) <= item_shapes(LIBRARY_ZIPS)


def test_the_transcript_is_a_copy_of_the_logs_entries(dataset):
    for path in dataset.rglob("*.zip"):
        contents = dict(members([path]))
        log = contents["debug_bundle/logs/app.jsonl"].splitlines()
        entries = [line for line in log if b'"event": "transcript.entry"' in line]
        assert contents["debug_bundle/transcript.jsonl"].splitlines() == entries
