"""An agent that knows nothing but the schema report answers twenty questions about an evaluation."""

from __future__ import annotations

import re

import pytest
from support.artifact_samples import ROOT, rows

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.explore.schema_report.schema_markdown import schema_markdown

QUESTIONS = {
    "How many runs ended in which way?": (
        "SELECT result, count(*) FROM runs GROUP BY result ORDER BY result",
        [("error", 3), ("failed", 2), ("passed", 1)],
    ),
    "Which exceptions ended runs, and how often?": (
        "SELECT error_type, count(*) FROM runs WHERE result = 'error' GROUP BY error_type ORDER BY error_type",
        [("PromptEvaluationError", 2), ("ValueError", 1)],
    ),
    "Which samples failed, and why?": (
        "SELECT sample_id, failure FROM sample_results WHERE result = 'failed' ORDER BY sample_id",
        [("no-output", "No output from AgentLoop"), ("wrong-answer", "expected '2', got '3'")],
    ),
    "What is the pass rate of each experiment?": (
        "SELECT experiment, avg(result = 'passed') FROM sample_results GROUP BY experiment ORDER BY experiment",
        [("baseline", 0.0), ("candidate", 0.5)],
    ),
    "What is the most frequent cause of failed runs?": (
        "SELECT signature, run_count FROM failure_signatures WHERE kind = 'run' ORDER BY run_count DESC LIMIT 1",
        [("connection reset by <address> 🔌", 2)],
    ),
    "What did the agents do last before the connection was lost?": (
        "SELECT DISTINCT last_tool, last_outcome FROM failed_runs WHERE signature LIKE 'connection reset by%'",
        [("charge_card", "raised")],
    ),
    "Which tools were called, and how many calls failed?": (
        "SELECT tool_name, count(*), sum(success = 0) FROM tool_calls GROUP BY tool_name ORDER BY tool_name",
        [("add_step", 2, 0), ("charge_card", 3, 3), ("ping", 1, 0), ("read_note", 1, 1), ("write_note", 1, 0)],
    ),
    "Why did calls of charge_card fail?": (
        "SELECT DISTINCT error FROM tool_calls WHERE tool_name = 'charge_card' AND outcome = 'raised'",
        [("card x declined: 1.00 € 💳",)],
    ),
    "Which amounts were charged to which card?": (
        "SELECT DISTINCT params ->> '$.card', params ->> '$.amount' FROM tool_calls WHERE tool_name = 'charge_card'",
        [("x", 1.0)],
    ),
    "Which file could not be read?": (
        "SELECT params ->> '$.path' FROM tool_calls WHERE tool_name = 'read_note' AND outcome = 'failed'",
        [("gone.md",)],
    ),
    "What did the agent answer in the run that passed?": (
        (
            "SELECT text FROM transcript_entries JOIN runs ON runs.id = transcript_entries.run_id "
            "WHERE result = 'passed' AND entry_type = 'assistant_message'"
        ),
        [('{"answer": "東京"}',)],
    ),
    "Which answers were parsed?": ("SELECT answer FROM slice_QuizAnswer ORDER BY answer", [("3",), ("東京",)]),
    "What was the input of the sample without an id that raised ValueError?": (
        (
            "SELECT request ->> '$.name' FROM sample_results JOIN runs ON runs.id = sample_results.run_id "
            "WHERE error_type = 'ValueError'"
        ),
        [("unscorable",)],
    ),
    "Which run used the most tokens?": (
        "SELECT sample_id, total_tokens FROM runs ORDER BY total_tokens DESC, id LIMIT 1",
        [("wrong-answer", 176)],
    ),
    "How many tokens did the first turns have in context?": (
        "SELECT model, max(context_tokens) FROM turn_tokens WHERE turn = 1 AND source = 'main' GROUP BY model",
        [("example-model-1", 90)],
    ),
    "Which errors were logged, by event?": (
        "SELECT event, context ->> '$.error', count(*) FROM logs WHERE level = 'ERROR' GROUP BY event",
        [("bridge.handler_error", "card x declined: 1.00 € 💳", 3)],
    ),
    "For which tools was a call started in the bridge, by the log?": (
        (
            "SELECT context ->> '$.tool_name' AS tool_name, count(*) FROM logs WHERE event = 'bridge.tool_call.start' "
            "GROUP BY tool_name ORDER BY tool_name"
        ),
        [("add_step", 2), ("charge_card", 3), ("ping", 1), ("read_note", 1), ("write_note", 1)],
    ),
    "Which packages were installed?": (
        "SELECT DISTINCT name, value FROM environment WHERE kind = 'package' ORDER BY name",
        [("travel", "1.0"), ("weakincentives", "0.27.0")],
    ),
    "Which sections do the prompts have, in how many runs?": (
        "SELECT prompt_key, name, count(DISTINCT run_id) FROM prompt_parts WHERE kind = 'section' GROUP BY name",
        [("answer", "quiz", 6)],
    ),
    "Which files did the agents leave?": ("SELECT path, content FROM files", [("notes.md", "42\n")]),
    "Which calls were made outside of runs?": ("SELECT count(*) FROM calls WHERE run_id IS NULL", [(0,)]),
    "Which failures are those of tool calls, and where are they logged?": (
        (
            "SELECT failures.name, logs.event FROM failures JOIN logs ON logs.id = failures.log_id "
            "WHERE failures.kind = 'tool' AND failures.name = 'read_note'"
        ),
        [("read_note", "bridge.tool_call.complete")],
    ),
}

LANGUAGE = {
    *("SELECT", "DISTINCT", "FROM", "JOIN", "ON", "WHERE", "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "AS"),
    *("GROUP", "ORDER", "BY", "DESC", "LIMIT", "count", "sum", "avg", "max", "min"),
}
"""What an agent knows of SQL."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """Return the bundle of the evaluation of release 0.27."""
    output = tmp_path_factory.mktemp("evaluation") / "evaluation.db"
    source = ROOT / "fixtures" / "wink-0.27.0" / "evaluation"
    with DebugBundle.from_directory(source, output=output, recursive=True):
        return output


@pytest.fixture(scope="module")
def report(bundle):
    """Return the schema report as the command prints it."""
    with DebugBundle.open(bundle) as opened:
        text = schema_markdown(opened.schema(), 20_000, named=False)
    assert len(text) < 20_000
    return text


def used(sql):
    """Return the identifiers of a statement, and the values and JSON paths that it compares with or reads."""
    values = [value.rstrip("%") for value in re.findall(r"'([^']*)'", sql)]
    return {*re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'", "", sql))} - LANGUAGE, {*values}


def test_there_are_twenty_questions():
    """Twenty questions and more are asked."""
    assert len(QUESTIONS) >= 20


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_report_is_enough(report, question):
    """Every table, column, value and JSON path that the answer needs is in the report, each as a word of its own."""
    identifiers, values = used(QUESTIONS[question][0])
    assert [name for name in identifiers if not re.search(rf"\b{re.escape(name)}\b", report)] == []
    assert [value for value in values if value not in report] == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_right(bundle, question):
    """The statement gives the right answer."""
    sql, answer = QUESTIONS[question]
    assert rows(bundle, sql) == answer
