"""A dataset of redacted bundles is put together and pulled from like another, and tokens stay tokens."""

from __future__ import annotations

import re
import shutil

import pytest
from support.command_runner import run
from support.dataset_files import EVALUATION, build_here
from support.redacted_shards import redact_shards

from wink_debug_bundle import Dataset, DebugBundle
from wink_debug_bundle.dataset.commits import bundle_file_name

pytest.importorskip("pyarrow", reason="the extra dataset installs pyarrow")
pytest.importorskip("duckdb", reason="the extra dataset installs DuckDB")
pytest.importorskip("re2", reason="the extra redact installs google-re2")

_COUNTS = "SELECT rule, table_name, column_name, count FROM redactions"


@pytest.fixture(scope="module")
def redacted(tmp_path_factory):
    """Return a dataset of redacted bundles, only to be read."""
    folder = tmp_path_factory.mktemp("redacted") / "dataset"
    build_here(EVALUATION, folder)
    redact_shards(folder)
    return folder


@pytest.fixture
def compacted(redacted, tmp_path):
    """Return a copy whose shards were put together."""
    copy = shutil.copytree(redacted, tmp_path / "compacted")
    assert Dataset.compact(copy).after == 1
    return copy


def counts(dataset):
    """Return how often each rule replaced something in the bundles of a dataset."""
    found = {}
    for commit in Dataset.open(dataset).commits:
        with DebugBundle.open(dataset / bundle_file_name(commit.shard)) as bundle:
            assert bundle.query("SELECT redaction FROM bundle_meta").fetchone() != (None,)
            for rule, table, column, count in bundle.query(_COUNTS):
                found[rule, table, column] = found.get((rule, table, column), 0) + count
    return found


def test_put_together(redacted, compacted):
    """The whole says what was replaced in all of its parts, and is sound."""
    assert counts(compacted) == counts(redacted)
    assert Dataset.open(compacted).verify().findings == ()
    assert Dataset.open(compacted).outcome == Dataset.open(redacted).outcome


def test_answers(redacted, compacted):
    """Questions have the same answers before and afterwards."""
    shown = [run("query", place, "--name", "failure-reasons", "--format", "csv") for place in (redacted, compacted)]
    assert shown[0].stdout == shown[1].stdout != ""


@pytest.mark.parametrize("kind", ["redacted", "compacted"])
def test_pulled(kind, request, tmp_path):
    """A bundle of some runs has the tokens of their shards, and is sound."""
    done = Dataset.open(request.getfixturevalue(kind)).pull(tmp_path / "b.db", where="true")
    with DebugBundle.open(done.path) as bundle:
        assert (done.run_count, bundle.verify().findings) == (6, ())
        messages = [
            text for (text,) in bundle.query("SELECT error_message FROM runs WHERE error_message LIKE '%reset%'")
        ]
    assert [re.sub(r":\w{8}\]", "]", text) for text in messages] == ["connection reset by [IP]:443 🔌"] * 2


def test_another_bundle(redacted, built):
    """A redacted bundle that was put in the place of the one that a commit names is damage to all that need it."""
    shard = Dataset.open(built).commits[0].shard
    shutil.copy(redacted / bundle_file_name(shard), built / bundle_file_name(shard))
    shown = [run("dataset", "compact", built), run("dataset", "pull", built, "--where", "true", "-o", built / "b.db")]
    assert [each.exit_code for each in shown] == [3, 3]
    assert all("is not what was committed" in each.output for each in shown)
    (finding,) = Dataset.open(built).verify().findings
    assert finding.place == bundle_file_name(shard)
