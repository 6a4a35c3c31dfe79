"""Bundles of the committed files of each generation of releases have the values that the live objects held."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import live_objects
from support.artifact_samples import ROOT, column, rows
from support.live_objects import expected_runs, expected_sessions, run_id_of

RELEASES = {version: ROOT / "fixtures" / f"wink-{version}" for version in ("0.21.0", "0.24.0", "0.27.0")}
EARLY = ROOT / "fixtures" / "wink-0.19.0"

RUNS = [(version, run) for version, folder in RELEASES.items() for run in expected_runs(folder)]
IDS = [f"{version}-{run['name']}-{run['bundle_id'][:4]}" for version, run in RUNS]


@pytest.fixture(scope="module")
def bundles(release_bundle) -> dict[str, Path]:
    """Return the bundle of each release's runs."""
    return {version: release_bundle(version) for version in (*RELEASES, "0.19.0")}


@pytest.mark.parametrize(("version", "run"), RUNS, ids=IDS)
class TestRuns:
    """Each run, sample and hand-made zip."""

    @pytest.mark.parametrize(
        "what",
        ["identity", "tokens", "evaluation", "calls", "logs", "transcript", "members", "snapshots"],
    )
    def test_has_the_live_values(self, bundles, version, run, what):
        """A run has the live ids, status, tokens, score, calls, log records, transcript, members and items."""
        bundle = bundles[version]
        getattr(live_objects, f"assert_{what}")(bundle, run_id_of(bundle, run), run)


@pytest.mark.parametrize("case", expected_sessions(EARLY), ids=lambda case: case["name"])
def test_early_sessions(bundles, case):
    """Session files of releases without run zips have the values of the live objects."""
    live_objects.assert_sessions(bundles["0.19.0"], case)


@pytest.mark.parametrize("version", RELEASES)
class TestWhole:
    """Each release's bundle as a whole."""

    def test_every_zip_is_a_run(self, bundles, version):
        """Every zip is read as a run, and there are no problems."""
        kinds = dict(rows(bundles[version], "SELECT kind, count(*) FROM artifacts GROUP BY 1"))
        assert kinds["run"] == len(expected_runs(RELEASES[version]))
        assert "archive" not in kinds
        unread = rows(bundles[version], "SELECT kind, error FROM problems WHERE kind != 'unrecognised'")
        assert unread == []

    def test_references_hold(self, bundles, version):
        """Every foreign key points to an existing row."""
        assert rows(bundles[version], "PRAGMA foreign_key_check") == []

    def test_members_are_in_the_ledger(self, bundles, version):
        """The ledger of each zip names every member once, also members that are artifacts of their own."""
        counted = (
            "SELECT sum(last - first + 1) FROM ledger "
            "WHERE artifact_id = ? AND first > 0 AND (status = 'own_artifact') = ? AND reason IS ?"
        )
        for run in expected_runs(RELEASES[version]):
            run_id = run_id_of(bundles[version], run)
            apart = column(bundles[version], counted, (run_id, 1, "an artifact of its own"))[0] or 0
            kept = column(bundles[version], counted, (run_id, 0, None))[0]
            assert (
                apart == column(bundles[version], "SELECT count(*) FROM artifacts WHERE container_id = ?", (run_id,))[0]
            )
            assert apart + kept == len(run["files"])

    def test_checksums_hold(self, bundles, version):
        """Every member but the manifest has the checksum in the manifest."""
        found = dict(rows(bundles[version], "SELECT integrity, count(*) FROM run_members GROUP BY 1"))
        assert set(found) == {"match", "manifest"}
        assert column(bundles[version], "SELECT count(*) FROM artifacts WHERE member NOTNULL AND sha256 IS NULL") == [0]

    def test_environment(self, bundles, version):
        """The environment of the runs is stored fact by fact."""
        of_kind = "SELECT DISTINCT name, value FROM environment WHERE kind = ?"
        assert ("hostname", "travel-desk") in rows(bundles[version], of_kind, ("system",))
        assert ("version_info", "[3,13,0]") in rows(bundles[version], of_kind, ("python",))
        assert ("container_id", None) in rows(bundles[version], of_kind, ("container",))
        assert set(rows(bundles[version], of_kind, ("package",))) == {("weakincentives", version), ("travel", "1.0")}
        assert ("TRAVEL_API_KEY", "[REDACTED]") in rows(bundles[version], of_kind, ("variable",))
        assert ("Entrypoint", "travel") in rows(bundles[version], of_kind, ("command",))

    def test_agent_sessions_are_not_sessions(self, bundles, version):
        """Session ids that the Claude agent gives itself are not sessions."""
        strangers = column(
            bundles[version], "SELECT json_extract(context, '$.session_id') FROM logs WHERE event = 'hook.turn_start'"
        )
        known = set(column(bundles[version], "SELECT session_id FROM sessions"))
        assert strangers
        assert not known & set(strangers)


def test_copied_entries_are_read_once(bundles):
    """The transcript's lines are found in the log, so they are not imported twice."""
    fates = rows(
        bundles["0.27.0"],
        "SELECT ledger.status, ledger.reason, sum(last - first + 1) FROM ledger JOIN artifacts a ON a.id = artifact_id "
        "WHERE a.kind = 'transcript' GROUP BY 1, 2",
    )
    assert fates == [("duplicate", "logs/app.jsonl", 126)]
    doubled = "SELECT count(*) - count(DISTINCT timestamp || context) FROM logs WHERE event = 'transcript.entry'"
    assert column(bundles["0.27.0"], doubled) == [0]


class TestConversation:
    """Transcript entries in the form of a conversation."""

    def test_same_in_every_generation(self, bundles):
        """The same run gives the same conversation, whichever events its release logs."""
        spoken = {}
        for version, folder in RELEASES.items():
            [run] = [run for run in expected_runs(folder) if run["name"] == "own-tools"]
            spoken[version] = rows(
                bundles[version],
                "SELECT entry_type, tool_name, text, data, is_error FROM transcript_entries WHERE run_id = ? "
                "AND source = 'main' AND entry_type != 'tool_result' AND entry_type != 'unknown' ORDER BY id",
                (run_id_of(bundles[version], run),),
            )
        assert spoken["0.24.0"] == spoken["0.27.0"]
        # This release's aggregator reads files in the order of their names, so a line may be from a moment earlier.
        assert sorted(spoken["0.21.0"], key=repr) == sorted(spoken["0.24.0"], key=repr)

    def test_text_of_every_kind(self, bundles):
        """Messages, thoughts, tool calls and results are in their columns."""
        [run] = [run for run in expected_runs(RELEASES["0.27.0"]) if run["name"] == "own-tools"]
        found = rows(
            bundles["0.27.0"],
            "SELECT entry_type, tool_name, text, data FROM transcript_entries WHERE run_id = ? ORDER BY id LIMIT 6",
            (run_id_of(bundles["0.27.0"], run),),
        )
        assert found == [
            ("user_message", None, "## 1. Quiz (quiz)\n\nAnswer: ls?", None),
            ("thinking", None, "Files first.", None),
            ("assistant_message", None, "Looking around.", None),
            ("tool_use", "Bash", None, '{"command":"ls"}'),
            ("tool_use", "Bash", None, '{"command":"rm x"}'),
            ("tool_result", "Bash", "notes.md\n", None),
        ]

    def test_tokens_count_once(self, bundles):
        """A message's tokens are only in the first of its blocks."""
        found = rows(
            bundles["0.27.0"],
            "SELECT count(*), count(DISTINCT log_id) FROM entries WHERE input_tokens NOTNULL",
        )
        assert found[0][0] == found[0][1] > 0
