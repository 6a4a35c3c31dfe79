"""Saved queries show the text of prompts, what differs between their versions, and that a change lost the cache."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.artifact_samples import (
    PROMPT_RENDERED,
    ROOT,
    archive,
    column,
    lines,
    log_record,
    rendered_event,
    slice_of,
    snapshot,
)
from support.live_objects import expected_runs, run_id_of
from support.run_zip_sample import PREFIX, Members
from support.saved_answers import run_query
from support.turn_records import message, second

from wink_debug_bundle import DebugBundle

VERSIONS = ("0.21.0", "0.24.0", "0.27.0")


def rendered(time: str, session: str, section: str, tool: str) -> dict[str, Any]:
    """Return the record of a rendered prompt with one section and one tool, whose hashes are repeated letters."""
    descriptor = (
        f"PromptDescriptor(ns='n', key='k', sections=[SectionDescriptor(path=('intro',), content_hash='{section * 64}', "
        f"number='1')], tools=[ToolDescriptor(path=('intro',), name='ask', contract_hash='{tool * 64}', "
        "example_hashes=())], task_examples=[])"
    )
    context = {"component": "prompt", "descriptor": descriptor, "session_id": session}
    return log_record(timestamp=time, event="prompt.render.start", context=context)


def test_a_changed_section_and_tool_lose_the_cache(build_run, members):
    """The parts of the prompt whose hash changed between two turns are named."""
    session = json.loads(members[f"{PREFIX}manifest.json"])["request"]["session_id"]
    log = lines(
        rendered(second(0), session, "a", "c"),
        message(second(1), 10, 0, 900, session_id=session),
        rendered(second(2), session, "b", "d"),
        message(second(3), 1000, 0, 0, session_id=session),
    )
    others = {name: data for name, data in members.items() if not name.endswith(".jsonl")}
    bundle = build_run(others | {f"{PREFIX}logs/app.jsonl": log})
    [lost] = run_query(bundle, "lost-cache")
    assert lost["why"] == "section intro changed; tool ask changed"


TRIP = "aa3f0e9dc7f0acc63e07d3cba89353d2a05c2230403de80aa0a6a159aad3f41e"
"""Hash of the section `trip` in the real run."""


def run_with_prompt(members: Members, number: int, trip: str, prompt: str, sample: str) -> bytes:
    """Return the zip of a run like the real one with an identity, a section's hash, a prompt and a sample of its own."""
    manifest = json.loads(members[f"{PREFIX}manifest.json"])
    manifest.pop("integrity")
    session = manifest["request"]["session_id"]
    manifest["bundle_id"] = f"bundle-{number}"
    found = members | {f"{PREFIX}manifest.json": json.dumps(manifest).encode()}
    log = members[f"{PREFIX}logs/app.jsonl"].replace(TRIP.encode(), trip.encode())
    found[f"{PREFIX}logs/app.jsonl"] = log
    rendered = slice_of(
        PROMPT_RENDERED,
        rendered_event(
            f"event-{number}",
            session_id=session,
            prompt_ns="travel.desk",
            prompt_key="plan-trip",
            rendered_prompt=prompt,
        ),
    )
    found[f"{PREFIX}session/after.jsonl"] = lines(snapshot(session, rendered))
    score = {"value": 1, "passed": True, "reason": ""}
    found[f"{PREFIX}eval.json"] = json.dumps(
        {"sample_id": sample, "experiment_name": "e", "score": score, "latency_ms": 1}
    ).encode()
    renamed = session[:-2] + f"{number:02}"
    return archive({name: data.replace(session.encode(), renamed.encode()) for name, data in found.items()})


def prompt_text(place: str, *trip: str) -> str:
    """Return a rendered prompt of two sections."""
    return "\n".join(("## 1. Rules (rules)", "", f"Be brief in {place}.", "", "## 2. Trip (trip)", "", *trip))


@pytest.fixture
def versions(members, tmp_path) -> Path:
    """Return a bundle of two samples with each of two versions of a section, and of a third version of one sample."""
    folder = tmp_path / "target"
    folder.mkdir()
    old = ("Plan 2 days.", 'Say "why" \\n.', "Thank you.")
    new = ("Plan 2 days.", "Say nothing.", "Say nothing.", "Thank you.")
    runs = [
        (TRIP, prompt_text("Rome", *old), "s-1"),
        (TRIP, prompt_text("Oslo", "Oslo", *old), "s-2"),
        (TRIP, prompt_text("Oslo", *old), "s-3"),
        ("b" * 64, prompt_text("Oslo", "Oslo", *new), "s-2"),
    ]
    for number, run in enumerate(runs):
        (folder / f"{number}.zip").write_bytes(run_with_prompt(members, number, *run))
    DebugBundle.from_directory(folder, output=tmp_path / "b.db", recursive=True).close()
    return tmp_path / "b.db"


def test_versions_of_two_evaluations(members, tmp_path):
    """A version that only one evaluation has is a difference, and runs are counted for each evaluation."""
    runs = [("base", TRIP, "s-1"), ("base", TRIP, "s-2"), ("new", "b" * 64, "s-1"), ("new", "b" * 64, "s-2")]
    for number, (evaluation, trip, sample) in enumerate(runs):
        folder = tmp_path / "target" / evaluation
        folder.mkdir(parents=True, exist_ok=True)
        text = prompt_text("Rome", f"Trip of {evaluation}.")
        (folder / f"{number}.zip").write_bytes(run_with_prompt(members, number, trip, text, sample))
    DebugBundle.from_directory(tmp_path / "target", output=tmp_path / "b.db", recursive=True).close()
    found = run_query(tmp_path / "b.db", "prompt-differences")
    assert [(row["evaluation"], row["name"], row["hash"], row["runs"], row["passed"]) for row in found] == [
        ("base", "trip", TRIP[:12], 2, 2),
        ("new", "trip", "b" * 12, 2, 2),
    ]


def test_text_of_the_sections_that_differ(versions):
    """The changed lines of a section are shown for two runs of one sample, other sections and equal lines are not."""
    found = run_query(versions, "prompt-differences")
    assert [(row["name"], row["hash"], row["runs"]) for row in found] == [
        ("trip", TRIP[:12], 3),
        ("trip", "b" * 12, 1),
    ]
    assert found[0]["changes"] is None
    assert found[1]["changes"].split("\n") == ['- Say "why" \\n.', "+ Say nothing.", "+ Say nothing."]


@pytest.mark.parametrize("version", VERSIONS)
def test_text_of_a_prompt(release_bundle, version):
    """A run's number or bundle id selects the prompts that it was given, and unknown runs have none."""
    bundle = release_bundle(version)
    for run in expected_runs(ROOT / "fixtures" / f"wink-{version}"):
        run_id = run_id_of(bundle, run)
        found = run_query(bundle, "prompt", run=run_id)
        assert found == run_query(bundle, "prompt", run=run["bundle_id"])
        given = column(
            bundle,
            "SELECT rendered_text FROM prompt_events JOIN runs USING (session_id) WHERE runs.id = ? "
            "AND event_type = 'rendered'",
            (run_id,),
        )
        assert {*given} <= {row["text"] for row in found}, run["name"]
        assert all(row["characters"] == len(row["text"]) for row in found)
    assert run_query(bundle, "prompt", run="nobody") == []


def test_prompt_of_a_run_without_a_snapshot(release_bundle):
    """A run that left no prompt event shows the first message of its transcript."""
    bundle = release_bundle("0.27.0")
    [lost] = [
        run_query(bundle, "prompt", run=number)
        for number in column(
            bundle, "SELECT id FROM runs WHERE error_type = 'PromptEvaluationError' AND experiment IS NULL"
        )
    ]
    assert [(row["event_id"], row["text"][:18]) for row in lost] == [(None, "## 1. Quiz (quiz)\n")]
    assert lost[0]["entry_id"] is not None


def test_prompt_of_a_session(release_bundle):
    """Without runs, a session selects its prompts; without a parameter those of any session are shown."""
    bundle = release_bundle("0.20.0")
    [session] = column(bundle, "SELECT session_id FROM prompt_events WHERE event_type = 'rendered' LIMIT 1")
    assert session in {row["session_id"] for row in run_query(bundle, "prompt", run=session)}
    assert run_query(bundle, "prompt")
