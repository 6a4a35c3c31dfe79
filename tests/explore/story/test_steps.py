"""The steps of a story: what is told, once, and in which order."""

from __future__ import annotations

import json
import sqlite3
import time

import pytest

from wink_debug_bundle import BundleError, DebugBundle, StepKind


@pytest.fixture(scope="module")
def runs(release_bundle):
    with DebugBundle.open(release_bundle("wink-0.27.0/runs")) as bundle:
        yield bundle


def run_of(bundle, condition):
    """Return the story of the first run for which the condition holds."""
    return bundle.show(bundle.query(f"SELECT id FROM runs WHERE {condition} ORDER BY id").fetchone()[0])


def ids_of(steps, kind):
    """Return the row numbers in the anchors of a kind."""
    return [int(step.anchor.split("-")[1]) for step in steps if step.anchor.startswith(f"{kind}-")]


@pytest.mark.parametrize("release", ["wink-0.27.0/runs", "wink-0.27.0/evaluation", "0.24.0", "0.21.0"])
def test_every_call_is_told_once(release_bundle, release):
    """Each call of each run is one step, with its result, and no entry repeats it."""
    with DebugBundle.open(release_bundle(release)) as bundle:
        for (run,) in bundle.query("SELECT id FROM runs").fetchall():
            steps = bundle.show(run).steps
            calls = [row[0] for row in bundle.query("SELECT id FROM calls WHERE run_id = ?", [run])]
            assert sorted(ids_of(steps, "call")) == calls
            told = bundle.query(
                "SELECT id FROM entries WHERE run_id = ? AND entry_type IN ('tool_use', 'tool_result')", [run]
            )
            assert not {row[0] for row in told} & set(ids_of(steps, "entry"))


@pytest.mark.parametrize("release", ["wink-0.27.0/runs", "0.24.0", "0.21.0"])
def test_every_message_is_told(release_bundle, release):
    """Each entry of a transcript that is no call and no count of tokens is a step, with its whole text."""
    with DebugBundle.open(release_bundle(release)) as bundle:
        for (run,) in bundle.query("SELECT id FROM runs").fetchall():
            texts = {step.anchor: step.text for step in bundle.show(run).steps}
            rows = bundle.query(
                "SELECT id, text FROM transcript_entries WHERE run_id = ?"
                " AND entry_type NOT IN ('tool_use', 'tool_result', 'token_usage')",
                [run],
            ).fetchall()
            assert {f"entry-{entry}": text for entry, text in rows}.items() <= texts.items()


def test_a_failed_run_ends_with_its_failure(runs):
    """The last step of a run that failed says why, with the traceback."""
    story = run_of(runs, "error_type = 'PromptEvaluationError'")
    last = story.steps[-1]
    assert (last.kind, last.text) == (StepKind.FAILURE, "connection reset by 10.0.0.7:443 🔌")
    assert last.error.startswith("Traceback (most recent call last)")
    assert story.header.result == "error"


def test_a_call_has_its_parameters_result_duration_and_outcome(runs):
    """A call joins what the model gave, what it got, how long it took and how it ended."""
    call = next(step for step in run_of(runs, "error_type IS NOT NULL").steps if step.title == "charge_card")
    assert json.loads(call.parameters) == {"amount": 1.0, "card": "x"}
    assert (call.outcome, call.text) == ("raised", "Error: card x declined: 1.00 € 💳")
    assert call.duration_ms > 0


def test_the_error_record_of_a_call_is_part_of_it(runs):
    """A log record that ends a failed call is no step of its own; another warning is one, after its call."""
    steps = list(run_of(runs, "error_type = 'PromptEvaluationError'").steps)
    assert [step.title for step in steps] == [
        "user",
        "assistant",
        "add_step",
        "WARNING tool_result.render.missing",
        "charge_card",
        "run failed: PromptEvaluationError",
    ]


def test_sub_agents_are_told_within_the_call_that_started_them(runs):
    """The steps of a child session follow the call in which it began, and are one deeper."""
    steps = list(run_of(runs, "session_id IN (SELECT parent_session_id FROM sessions)").steps)
    first = next(number for number, step in enumerate(steps) if step.depth == 1)
    before = [step for step in steps[:first] if step.kind is StepKind.CALL]
    assert before[-1].title == "delegate"
    assert steps[first].session_id != before[-1].session_id
    assert steps[-1].depth == 0


def test_a_run_without_a_transcript_is_told_from_its_prompts(run_bundle):
    """A session of a release without transcripts has its prompts, calls, answers and warnings, in order of time."""
    with DebugBundle.open(run_bundle) as bundle:
        story = bundle.show(bundle.query("SELECT root_session_id FROM bundle_meta").fetchone()[0])
        steps = list(story.steps)
        ((rendered,),) = bundle.query(
            "SELECT rendered_text FROM prompt_events WHERE prompt_name = 'trip_planner' AND event_type = 'rendered'"
        )
    assert (steps[0].kind, steps[0].text) == (StepKind.PROMPT, rendered)
    assert steps[1].title == "find_trains"
    assert any(step.title == "ERROR travel.billing" for step in steps)
    answer = next(step for step in steps if step.title == "answer to trip_planner")
    assert json.loads(answer.parameters)["confidence"] == 0.75


def test_the_oldest_release(release_bundle):
    """A session of 0.19, which has snapshots alone, has prompts, calls and answers."""
    with DebugBundle.open(release_bundle("wink-0.19.0/run")) as bundle:
        root = bundle.query("SELECT session_id FROM sessions WHERE parent_session_id IS NULL").fetchone()[0]
        kinds = [step.kind for step in bundle.show(root).steps]
    assert (kinds[0], kinds[-1], StepKind.CALL in kinds) == (StepKind.PROMPT, StepKind.MESSAGE, True)


def test_a_run_without_a_session(runs):
    """A run that failed before it had a session is told from its failure."""
    story = run_of(runs, "session_id IS NULL")
    assert [step.kind for step in story.steps] == [StepKind.FAILURE]


def test_some_steps(runs):
    """A slice of the steps has the same steps as the whole, and an index one of them."""
    story = run_of(runs, "adapter = 'codex_app_server'")
    whole = list(story.steps)
    assert list(story.steps[3:6]) == whole[3:6]
    assert story.steps[-1] == whole[-1]
    assert (
        [step.number for step in whole] == list(range(1, len(whole) + 1)) == list(range(1, story.header.step_count + 1))
    )


def test_handles_lead_to_the_whole(runs):
    """Each handle of each step names a value in the bundle."""
    for step in run_of(runs, "session_id IN (SELECT parent_session_id FROM sessions)").steps:
        assert step.handles
        for handle in step.handles:
            runs.cell(handle)


def test_statements_use_indexes(runs):
    """No statement of a story reads a whole table of logs, entries, calls, events or failures."""
    from wink_debug_bundle.explore.story.reading import story_sql

    large = "(logs|entries|calls|tool_invocations|prompt_events|failures|slice_items)"
    parameters = {"run": 8, "session": "x", "sessions": '["x"]', "ids": "[1]", "most": -1, "name": "x", "number": 1}
    for name in (
        "unit_sessions",
        "step_places",
        "step_entries",
        "step_calls",
        "step_prompts",
        "step_logs",
        "step_failures",
        "run_facts",
        "session_facts",
        "session_ancestors",
    ):
        plan = runs.query(f"EXPLAIN QUERY PLAN {story_sql(name)}", parameters).fetchall()
        scans = [line for *_, line in plan if line.split()[0] == "SCAN" and line.split()[1] in large]
        assert scans == [], name


def test_the_result_of_a_sample_without_a_run(release_bundle):
    """A sample of a release without runs has the result that its session holds."""
    with DebugBundle.open(release_bundle("wink-0.20.0/evaluation")) as bundle:
        for session, sample, result in bundle.query(
            "SELECT session_id, sample_id, result FROM session_samples"
        ).fetchall():
            header = bundle.show(session).header
            assert (header.sample_id, header.result) == (sample, result)


def test_a_run_of_ten_thousand_steps_is_read_quickly(release_bundle, tmp_path):
    """The first steps of a long run, and its last ones, take less than a second of processor time."""
    copy = tmp_path / "long.db"
    copy.write_bytes(release_bundle("wink-0.27.0/runs").read_bytes())
    with sqlite3.connect(copy) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(
            """
            WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10000)
            INSERT INTO entries (run_id, session_id, log_id, block, source, entry_type, raw_type, text_path, is_inner)
            SELECT run_id, session_id, log_id, n, source, entry_type, raw_type, text_path, is_inner
            FROM numbers JOIN entries ON entries.id = (SELECT max(id) FROM entries WHERE run_id = 8)
            """
        )
    connection.close()
    with DebugBundle.open(copy) as bundle:
        before = time.process_time()
        steps = bundle.show(8).steps
        assert len(steps) > 10_000
        assert steps[0].number == 1
        assert [step.number for step in steps[-200:]] == list(range(len(steps) - 199, len(steps) + 1))
        assert time.process_time() - before < 1


def test_steps_of_a_closed_bundle(release_bundle):
    """Steps that are asked for after the bundle was closed are an error of this package."""
    with DebugBundle.open(release_bundle("wink-0.27.0/runs")) as bundle:
        steps = bundle.show(4).steps
    with pytest.raises(BundleError, match="closed"):
        list(steps)
