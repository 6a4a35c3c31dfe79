"""Exports of runs from bundles whose columns hold what no build writes."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3

import pytest
from support.exported_traces import spans_in

from wink_debug_bundle import BundleError, DebugBundle


@pytest.fixture
def changed(release_bundle, tmp_path):
    """Return a function that gives a bundle after an SQL statement."""

    def change(statement):
        path = tmp_path / "changed.db"
        shutil.copy(release_bundle("0.27.0"), path)
        connection = sqlite3.connect(path)
        connection.execute(statement)
        connection.commit()
        connection.close()
        return DebugBundle.open(path)

    return change


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET input_tokens = 'x', output_tokens = x'00', model = x'ff00', source = CAST(x'ff' AS TEXT)",
        "UPDATE calls SET tool_name = CAST(x'ff1b5b' AS TEXT), outcome = x'ff', success = 'no', call_id = 3",
        "UPDATE logs SET timestamp = x'00ff'",
        "UPDATE logs SET timestamp = '9999999999'",
        "UPDATE sessions SET parent_session_id = session_id",
        "UPDATE sessions SET parent_session_id = (SELECT session_id FROM runs LIMIT 1)",
        "UPDATE runs SET score = 'high', output_tokens = 'many', started_at = 5, attempt = 'a', trace_id = x'00'",
        "UPDATE runs SET score = 9e999, input_tokens = 9223372036854775807, cached_tokens = 9223372036854775807",
        "UPDATE runs SET sample_id = 7, prompt_key = x'ff', error_type = 7, error_message = x'ff'",
        "UPDATE prompt_events SET adapter = x'ff', prompt_key = 9, input_tokens = 1.5, timestamp = 7",
        "DELETE FROM logs",
    ],
)
def test_odd_values_are_exported(changed, tmp_path, statement):
    """Values of other types become text, or are left out; what is written is whole JSON."""
    with changed(statement) as bundle:
        for content in (False, True):
            stream = io.StringIO()
            written = bundle.write_otlp(stream, content=content)
            assert len(list(spans_in(stream.getvalue()))) == written.span_count
        bundle.export_atif(tmp_path / "out")
    assert all(json.loads(path.read_text(encoding="utf-8"))["steps"] for path in (tmp_path / "out").iterdir())


def test_damaged_json_is_an_error(changed):
    """Contexts that are no JSON are an error that names the bundle."""
    with changed("UPDATE logs SET context = '{'") as bundle, pytest.raises(BundleError, match="malformed JSON"):
        bundle.write_otlp(io.StringIO(), content=True)
