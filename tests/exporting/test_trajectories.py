"""Runs as trajectories in Harbor's format: one valid file for each, whatever a bundle holds."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
from collections import Counter

import pytest
from support.artifact_samples import column

from wink_debug_bundle import BundleError, BundleExistsError, DebugBundle

RELEASES = ("0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0")


def exported(bundle, folder, **options):
    """Return the trajectories that a bundle exports, by the names of their files."""
    with DebugBundle.open(bundle) as opened:
        opened.export_atif(folder, **options)
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.iterdir())}


def agents_in(trajectory):
    """Yield a trajectory and those within it."""
    yield trajectory
    for below in trajectory.get("subagent_trajectories", []):
        yield from agents_in(below)


def steps_in(trajectories):
    """Yield the steps of all agents of some trajectories."""
    return (step for each in trajectories.values() for agent in agents_in(each) for step in agent["steps"])


@pytest.fixture(params=RELEASES)
def bundle(request, release_bundle):
    """Return the bundle of what a release writes."""
    return release_bundle(request.param)


@pytest.fixture
def trajectories(bundle, tmp_path):
    """Return the trajectories of that bundle."""
    return exported(bundle, tmp_path / "out")


def test_harbor_validates_each_file(bundle, tmp_path):
    """Harbor's own validator finds no error."""
    validation = pytest.importorskip("harbor.utils.trajectory_validator")
    exported(bundle, tmp_path / "out")
    for path in (tmp_path / "out").iterdir():
        validator = validation.TrajectoryValidator()
        assert validator.validate(path), validator.get_errors()


def test_the_models_of_the_format_take_each_file(trajectories):
    """Pydantic models of the format, which another project keeps, take each trajectory."""
    models = pytest.importorskip("atif")
    for each in trajectories.values():
        assert models.Trajectory.model_validate(each).to_json_dict() == each


def test_steps_are_numbered_and_in_order(trajectories):
    """Each agent has steps, numbered from 1, and no step is earlier than the one before it by more than its turn."""
    for each in trajectories.values():
        for agent in agents_in(each):
            assert [step["step_id"] for step in agent["steps"]] == list(range(1, len(agent["steps"]) + 1))
            assert agent["steps"]


def test_references_lead_to_trajectories(trajectories):
    """Each agent below another is named by exactly one step of the agent above it."""
    for each in trajectories.values():
        for agent in agents_in(each):
            results = [result for step in agent["steps"] for result in step.get("observation", {}).get("results", [])]
            named = [ref["trajectory_id"] for result in results for ref in result.get("subagent_trajectory_ref", [])]
            assert sorted(named) == sorted(below["trajectory_id"] for below in agent.get("subagent_trajectories", []))


def test_each_call_is_there_once(bundle, trajectories):
    """The tool calls of the bundle are those of the steps, with their arguments."""
    calls = [call for step in steps_in(trajectories) for call in step.get("tool_calls", [])]
    assert Counter(call["function_name"] for call in calls if "outcome" in call.get("extra", {})) == Counter(
        column(bundle, "SELECT tool_name FROM calls")
    )
    given = [json.loads(params) for params in column(bundle, "SELECT params FROM tool_calls WHERE params IS NOT NULL")]
    objects = [json.dumps(each, sort_keys=True) for each in given if isinstance(each, dict) and each]
    assert not Counter(objects) - Counter(json.dumps(call["arguments"], sort_keys=True) for call in calls)


def test_what_was_said_is_there(bundle, trajectories):
    """Messages and thoughts of the transcript, and rendered prompts, stand in the steps."""
    steps = list(steps_in(trajectories))
    by_source = {
        source: [step["message"] for step in steps if step["source"] == source] for source in ("user", "system")
    }
    assert Counter(by_source["user"]) == Counter(
        column(bundle, "SELECT text FROM transcript_entries WHERE entry_type = 'user_message'")
    )
    prompts = column(bundle, "SELECT rendered_text FROM prompt_events WHERE event_type = 'rendered'")
    assert not Counter(prompts) - Counter(by_source["system"])
    said = "\n\n".join(step["message"] for step in steps if step["source"] == "agent")
    for text in column(bundle, "SELECT text FROM transcript_entries WHERE entry_type = 'assistant_message'"):
        assert text in said
    thought = "\n\n".join(step.get("reasoning_content", "") for step in steps)
    for text in column(bundle, "SELECT text FROM transcript_entries WHERE entry_type = 'thinking' AND text != ''"):
        assert text in thought


def test_tokens_of_the_run(release_bundle, tmp_path):
    """The final metrics of a run are the tokens that the bundle has for it, or else for its turns."""
    bundle = release_bundle("0.27.0")
    total = sum(
        each["final_metrics"].get("total_completion_tokens", 0) for each in exported(bundle, tmp_path / "o").values()
    )
    of_turns = "(SELECT sum(output_tokens) FROM turn_tokens WHERE run_id = runs.id)"
    assert [total] == column(bundle, f"SELECT sum(coalesce(output_tokens, {of_turns})) FROM runs")


def test_the_evaluation_is_there(release_bundle, tmp_path):
    """A scored run has its sample, result, score and reason."""
    extra = exported(release_bundle("0.27.0"), tmp_path / "o", run="wrong-answer")["00001-wrong-answer.json"]["extra"]
    found = {key: extra[key] for key in ("sample_id", "experiment", "result", "score", "score_reason")}
    assert found == {
        "sample_id": "wrong-answer",
        "experiment": "baseline",
        "result": "failed",
        "score": 0.0,
        "score_reason": "expected '2', got '3'",
    }


def test_two_exports_are_equal(release_bundle, tmp_path):
    """Two exports of one bundle are the same bytes."""
    first, second = tmp_path / "one", tmp_path / "two"
    exported(release_bundle("0.27.0"), first)
    exported(release_bundle("0.27.0"), second)
    assert [path.read_bytes() for path in sorted(first.iterdir())] == [
        path.read_bytes() for path in sorted(second.iterdir())
    ]


def test_files_are_private(release_bundle, tmp_path):
    """Only the owner can read the directory and its files."""
    exported(release_bundle("0.27.0"), tmp_path / "o")
    assert stat.S_IMODE((tmp_path / "o").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "o").iterdir()} == {0o600}


@pytest.mark.parametrize(
    "name", ["../../escape", "/etc/passwd", "a\0b", "n" * 300, "..", "", "日本" * 200, "-rf", ".hidden", "a\nb\x1b[2J"]
)
def test_hostile_names_stay_in_the_directory(release_bundle, tmp_path, name):
    """A run whose sample has a name that leads elsewhere, or that no file can have, is written in the directory."""
    bundle = tmp_path / "hostile.db"
    shutil.copy(release_bundle("0.27.0"), bundle)
    connection = sqlite3.connect(bundle)
    connection.execute("UPDATE runs SET sample_id = ?", (name,))
    connection.commit()
    connection.close()
    (tmp_path / "in").mkdir()
    found = exported(bundle, tmp_path / "in" / "out")
    assert len(found) == 13
    assert sorted(os.listdir(tmp_path)) == ["hostile.db", "in"]
    assert os.listdir(tmp_path / "in") == ["out"]
    assert all(file.isprintable() and file[:5].isdecimal() and len(file.encode()) < 120 for file in found)


def test_a_directory_in_use(release_bundle, tmp_path):
    """A directory with files is refused; with `force`, files of the same names are replaced, and others stay."""
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "00001-wrong-answer.json").write_text("old")
    (folder / "other").write_text("mine")
    with pytest.raises(BundleExistsError, match="is not empty"), DebugBundle.open(release_bundle("0.27.0")) as bundle:
        bundle.export_atif(folder)
    with DebugBundle.open(release_bundle("0.27.0")) as bundle:
        assert bundle.export_atif(folder, force=True).file_count == 13
    assert json.loads((folder / "00001-wrong-answer.json").read_text(encoding="utf-8"))["steps"]
    assert (folder / "other").read_text() == "mine"
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_links_are_replaced_and_not_followed(release_bundle, tmp_path):
    """With `force`, a link of a file's name is replaced; what it leads to is not written to."""
    folder, target = tmp_path / "out", tmp_path / "target"
    folder.mkdir()
    target.write_text("precious")
    (folder / "00001-wrong-answer.json").symlink_to(target)
    exported(release_bundle("0.27.0"), folder, force=True)
    assert target.read_text() == "precious"
    assert not (folder / "00001-wrong-answer.json").is_symlink()


def test_the_bundle_is_not_replaced(release_bundle, tmp_path):
    """A bundle that has the name of a file to be written is kept."""
    folder = tmp_path / "out"
    folder.mkdir()
    bundle = folder / "00001-wrong-answer.json"
    shutil.copy(release_bundle("0.27.0"), bundle)
    before = bundle.read_bytes()
    with pytest.raises(BundleError, match="is the bundle itself"), DebugBundle.open(bundle) as opened:
        opened.export_atif(folder, force=True)
    assert bundle.read_bytes() == before


def test_an_unknown_run_makes_no_directory(release_bundle, tmp_path):
    """The name of a run that does not exist is an error, and nothing is written."""
    with pytest.raises(BundleError, match="no run is called"), DebugBundle.open(release_bundle("0.27.0")) as bundle:
        bundle.export_atif(tmp_path / "out", run="nothing-like-it")
    assert not (tmp_path / "out").exists()


def test_a_full_disk_leaves_no_partial_file(release_bundle, tmp_path, monkeypatch):
    """A file that cannot be renamed into place is an error that names the directory."""

    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(BundleError, match="out: cannot be written: No space left"):
        exported(release_bundle("0.27.0"), tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []
