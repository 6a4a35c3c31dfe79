"""The specification's example workflow works with the real library."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.library,
    pytest.mark.skipif(
        importlib.util.find_spec("weakincentives") is None,
        reason="weakincentives is not installed here; run: tox -e library",
    ),
]


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return the report of the workflow, run in a new process."""
    folder = tmp_path_factory.mktemp("workflow")
    script = Path(__file__).parents[1] / "support" / "library_workflow.py"
    done = subprocess.run([sys.executable, script, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestBundle:
    """The bundle at the end of the workflow."""

    def test_statistics(self, report):
        """It has the session, all log records, the tool call, both prompt events, the file and the tokens."""
        found = dict(report["statistics"])
        assert found.pop("size_bytes") == Path(report["path"]).stat().st_size
        assert found == {
            "session_count": 1,
            "log_count": report["log_lines"],
            "tool_invocation_count": 1,
            "prompt_event_count": 2,
            "file_count": 1,
            "total_input_tokens": 100,
            "total_output_tokens": 10,
        }

    def test_queries(self, report):
        """The specification's query works, and the agent's file is in the bundle."""
        assert report["tools"] == [["write_note", 1]]
        assert report["files"] == [["notes/größe.md", "hello 🧳"]]

    def test_no_problems(self, report):
        """There are no problems, and the session is the bundle's root."""
        assert report["problems"] == 0
        assert report["root"] == report["session_id"]
        assert report["log_lines"] > 10


class TestOurEvents:
    """This package's events in the library's own log collector."""

    EVENTS = (
        "debug_bundle.create",
        "debug_bundle.import_snapshot",
        "debug_bundle.import_logs",
        "debug_bundle.import_archive",
        "debug_bundle.open",
    )

    @pytest.mark.parametrize("event", EVENTS)
    def test_event_and_context(self, report, event):
        """Each event is captured with its name and its context."""
        [record] = [record for record in report["ours"] if record["event"] == event]
        assert record["logger"] == "wink_debug_bundle"
        assert record["context"]["path"]

    def test_contexts(self, report):
        """The contexts have the counts of the artifacts."""
        contexts = {record["event"]: record["context"] for record in report["ours"]}
        assert contexts["debug_bundle.import_logs"]["record_count"] == report["log_lines"]
        assert contexts["debug_bundle.import_snapshot"]["session_count"] == 1
        assert contexts["debug_bundle.import_archive"]["file_count"] == 1
        assert contexts["debug_bundle.open"]["schema_version"] == 1
