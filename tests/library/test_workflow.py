"""The specification's example workflow works with the real library beside us."""

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
def told(tmp_path_factory):
    """What the workflow told of itself, run in a process of its own."""
    folder = tmp_path_factory.mktemp("workflow")
    script = Path(__file__).parents[1] / "support" / "library_workflow.py"
    done = subprocess.run([sys.executable, script, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class TestBundle:
    """The bundle that the workflow ends with."""

    def test_statistics(self, told):
        """It holds the session, every log record, the tool call, both prompt events, the file and the tokens."""
        found = dict(told["statistics"])
        assert found.pop("size_bytes") == Path(told["path"]).stat().st_size
        assert found == {
            "session_count": 1,
            "log_count": told["log_lines"],
            "tool_invocation_count": 1,
            "prompt_event_count": 2,
            "file_count": 1,
            "total_input_tokens": 100,
            "total_output_tokens": 10,
        }

    def test_queries(self, told):
        """The specification's query answers, and the file that the agent wrote is there."""
        assert told["tools"] == [["write_note", 1]]
        assert told["files"] == [["notes/größe.md", "hello 🧳"]]

    def test_nothing_was_wrong(self, told):
        """Everything was understood, and the session is the bundle's root."""
        assert told["problems"] == 0
        assert told["root"] == told["session_id"]
        assert told["log_lines"] > 10


class TestOurEvents:
    """What the library's own log collector writes of us."""

    EVENTS = (
        "debug_bundle.create",
        "debug_bundle.import_snapshot",
        "debug_bundle.import_logs",
        "debug_bundle.import_archive",
        "debug_bundle.open",
    )

    @pytest.mark.parametrize("event", EVENTS)
    def test_event_and_context(self, told, event):
        """Each of our events is captured with its name as event, and with its context."""
        [record] = [record for record in told["ours"] if record["event"] == event]
        assert record["logger"] == "wink_debug_bundle"
        assert record["context"]["path"]

    def test_contexts(self, told):
        """The contexts hold what the events say."""
        contexts = {record["event"]: record["context"] for record in told["ours"]}
        assert contexts["debug_bundle.import_logs"]["record_count"] == told["log_lines"]
        assert contexts["debug_bundle.import_snapshot"]["session_count"] == 1
        assert contexts["debug_bundle.import_archive"]["file_count"] == 1
        assert contexts["debug_bundle.open"]["schema_version"] == 1
