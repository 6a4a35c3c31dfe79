"""The questions of `docs/wink-query.md`: those that `wink query` answers as a bundle does, and those it gets wrong."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from support.question_runner import Question, Rows, Run

RUNS, EVALUATION = "wink-0.27.0/runs", "wink-0.27.0/evaluation"
MADE = "query-0.27.0/runs"
"""Runs written by `fixtures/scenarios/wink_query.py`, each to show one thing."""

_NOTES = "filesystem/notes/旅行 🧳.md"

_LEVELS = "SELECT level, count(*) FROM logs GROUP BY level ORDER BY level"
_INDEX = "SELECT i.name FROM pragma_index_list('logs') i JOIN pragma_index_info(i.name) c WHERE c.name = 'event'"
_FAILED = "SELECT tool_name FROM tool_calls WHERE success = 0 ORDER BY {order}"
_ENTRIES = "SELECT {type}, count(*) FROM {table} GROUP BY 1 ORDER BY 1"


def calls(runs: Sequence[Run]) -> Rows:
    """Return how often each tool was called."""
    return sorted(Counter(call["name"] for run in runs for call in run["tool_calls"]).items())


def failed_calls(runs: Sequence[Run]) -> Rows:
    """Return the calls that failed, raised or were rejected."""
    return [(call["name"],) for run in runs for call in run["tool_calls"] if not call["success"]]


def calls_and_failures(runs: Sequence[Run]) -> Rows:
    """Return how often each tool was called and how often it failed."""
    failed = Counter(name for (name,) in failed_calls(runs))
    return [(name, count, failed[name]) for name, count in calls(runs)]


def durations(runs: Sequence[Run]) -> Rows:
    """Return the milliseconds that each call spent in its handler, measured by the handler."""
    return [(call["name"], _milliseconds(call["started_at"], call["ended_at"])) for call in runs[0]["tool_calls"]]


def not_shorter(rows: Rows, live: Rows) -> bool:
    """Return whether each call took at least as long as its handler, and at most a second longer."""
    pairs = list(zip(rows, live, strict=False))
    return len(rows) == len(live) and all(a[0] == b[0] and b[1] <= a[1] <= b[1] + 1000 for a, b in pairs)


def items(runs: Sequence[Run]) -> Rows:
    """Return the number of items of each class in the session after the run."""
    return sorted(runs[0]["sessions"][0]["slices"].items())


def first_items(runs: Sequence[Run]) -> Rows:
    """Return the number of items of each class in the session before the run."""
    return sorted(runs[0]["before"].items())


def transcript(runs: Sequence[Run]) -> Rows:
    """Return the number of transcript entries of each type."""
    return sorted(runs[0]["transcript"]["by_type"].items())


def tokens(runs: Sequence[Run]) -> Rows:
    """Return the tokens of the run's root session."""
    return [tuple(runs[0]["tokens"][key] for key in ("input_tokens", "output_tokens", "total_tokens"))]


def identity(runs: Sequence[Run]) -> Rows:
    """Return the ids, the status, the prompt and the adapter of the run."""
    run = runs[0]
    return [(run["bundle_id"], run["session_id"], run["status"], run["prompt"]["key"], run["prompt"]["adapter"])]


def score(runs: Sequence[Run]) -> Rows:
    """Return how a sample was scored."""
    return [(runs[0]["sample_id"], runs[0]["score"]["value"], runs[0]["score"]["reason"])]


def samples(runs: Sequence[Run]) -> Rows:
    """Return the number of samples, of runs that failed, and of samples whose bundled run passed."""
    failed = [run for run in runs if run["status"] == "error"]
    passed = [run for run in runs if run["status"] == "success" and run["score"]["passed"]]
    return [(len(runs), len(failed), len(passed))]


def change_note(path: Path) -> None:
    """Write another text into one of the agent's files and leave the manifest unchanged."""
    with zipfile.ZipFile(path) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for info, data in members:
            archive.writestr(info, b"changed afterwards" if info.filename.endswith(_NOTES) else data)


def _milliseconds(first: str, last: str) -> float:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() * 1000


def _value(key: str, kind: str) -> str:
    return f"CAST(max(CASE key WHEN '{key}' THEN value END) AS {kind})"


AGREEING = (
    Question(
        "Which run is it, and how did it end?",
        RUNS,
        "plan",
        "bundle_id, session_id, status, prompt_key, adapter",
        "SELECT bundle_id, session_id, status, prompt_key, prompt_adapter FROM manifest",
        "SELECT bundle_id, session_id, status, prompt_key, adapter FROM runs",
        identity,
    ),
    Question(
        "How many log records of each level are there?",
        RUNS,
        "plan",
        "level, records",
        _LEVELS,
        _LEVELS,
        lambda runs: sorted(runs[0]["logs"]["by_level"].items()),
    ),
    Question(
        "How many tokens did a successful run use?",
        RUNS,
        "plan",
        "input_tokens, output_tokens, total_tokens",
        f"SELECT {_value('token_usage_input_tokens', 'INTEGER')}, {_value('token_usage_output_tokens', 'INTEGER')}, "
        f"{_value('token_usage_total_tokens', 'INTEGER')} FROM metrics",
        "SELECT input_tokens, output_tokens, total_tokens FROM runs",
        tokens,
    ),
    Question(
        "Which error ended the run?",
        MADE,
        "lost",
        "error_type, error_message",
        "SELECT error_type, message FROM errors WHERE source = 'error.json'",
        "SELECT error_type, error_message FROM runs",
        lambda runs: [tuple(runs[0]["error"].values())],
    ),
    Question(
        "How was the sample scored?",
        EVALUATION,
        "wrong-answer",
        "sample_id, score, score_reason",
        f"SELECT {_value('sample_id', 'TEXT')}, {_value('score_value', 'REAL')}, {_value('score_reason', 'TEXT')} "
        "FROM eval",
        "SELECT sample_id, score, score_reason FROM runs",
        score,
    ),
    Question(
        "Which files did the agent leave behind?",
        RUNS,
        "plan",
        "path, size_bytes",
        "SELECT path, size_bytes FROM files ORDER BY path",
        "SELECT path, size_bytes FROM files ORDER BY path",
        lambda runs: [(file["path"], file["size"]) for file in runs[0]["workspace"]],
    ),
    Question(
        "What did the session hold after a successful run?",
        RUNS,
        "plan",
        "slice_type, items",
        "SELECT slice_type, count(*) FROM session_slices GROUP BY 1 ORDER BY 1",
        "SELECT slice_type, count(*) FROM current_slice_items GROUP BY 1 ORDER BY 1",
        items,
    ),
    Question(
        "Which environment variables were set?",
        RUNS,
        "plan",
        "name, value",
        "SELECT name, value FROM env_vars ORDER BY name",
        "SELECT name, value FROM environment WHERE kind = 'variable' ORDER BY name",
        # The machine that `fixtures/scenarios/neutral.py` makes up.
        lambda _: [("LANG", "C.UTF-8"), ("TRAVEL_API_KEY", "[REDACTED]"), ("TRAVEL_MODE", "quiz")],
    ),
    Question(
        "How many transcript entries of each type are there?",
        RUNS,
        "own-tools",
        "entry_type, entries",
        _ENTRIES.format(type="entry_type", table="transcript"),
        _ENTRIES.format(type="raw_type", table="entries WHERE block = 0"),
        transcript,
    ),
    Question(
        "Which tools does the transcript name?",
        MADE,
        "three-calls",
        "tool_name",
        "SELECT replace(tool_name, 'mcp__wink__', '') FROM transcript_tools ORDER BY call_seq",
        "SELECT tool_name FROM entries WHERE entry_type = 'tool_use' ORDER BY id",
        lambda runs: [(call["name"],) for call in runs[0]["tool_calls"]],
    ),
)

DIFFERING = (
    Question(
        "How often was each tool called?",
        MADE,
        "three-calls",
        "tool_name, calls",
        "SELECT tool_name, count(*) FROM tool_calls GROUP BY 1 ORDER BY 1",
        "SELECT tool_name, count(*) FROM tool_calls GROUP BY 1 ORDER BY 1",
        calls,
        agrees=False,
        remark="`wink query` has a row for the start of a call and another one for its end: three calls become five rows.",
    ),
    Question(
        "Which calls failed?",
        MADE,
        "three-calls",
        "tool_name",
        _FAILED.format(order="rowid"),
        _FAILED.format(order="id"),
        failed_calls,
        agrees=False,
        remark="If a handler raises, the log has only the start of the call, which `wink query` counts as a success.",
    ),
    Question(
        "Which calls failed, if an argument contains the word error?",
        MADE,
        "a-word",
        "tool_name",
        _FAILED.format(order="rowid"),
        _FAILED.format(order="id"),
        failed_calls,
        agrees=False,
        remark="`wink query` counts a record without a flag as failed if its text contains `error` anywhere; the call succeeded.",
    ),
    Question(
        "How often was each tool called, and how often did it fail?",
        RUNS,
        "own-tools",
        "tool_name, calls, failures",
        "SELECT tool_name, count(*), sum(success = 0) FROM tool_calls GROUP BY 1 ORDER BY 1",
        "SELECT tool_name, count(*), sum(success = 0) FROM tool_calls GROUP BY 1 ORDER BY 1",
        calls_and_failures,
        agrees=False,
        remark="`wink query` is right about the agent's own tools. Among the bridged tools, a rejected call and one that raised "
        "count as successes, and the other calls are counted twice.",
    ),
    Question(
        "How many milliseconds did each call take?",
        MADE,
        "three-calls",
        "tool_name, duration_ms",
        "SELECT tool_name, duration_ms FROM tool_calls ORDER BY rowid",
        "SELECT tool_name, duration_ms FROM tool_calls ORDER BY id",
        durations,
        agrees=False,
        remark="No release logs a duration, so the column of `wink query` is always 0. A bundle has the time between the records "
        "of the start and the end, which includes the time in the handler (shown as right).",
        holds=not_shorter,
    ),
    Question(
        "What did the session of a failed run hold?",
        MADE,
        "lost",
        "slice_type, items",
        "SELECT slice_type, count(*) FROM session_slices GROUP BY 1 ORDER BY 1",
        "SELECT slice_type, count(*) FROM current_slice_items GROUP BY 1 ORDER BY 1",
        first_items,
        agrees=False,
        remark="The zip of a failed run contains only the session before the run; `wink query` reads only the one after it.",
    ),
    Question(
        "How many tokens did a failed run use?",
        EVALUATION,
        "unscorable",
        "input_tokens, output_tokens, total_tokens",
        "SELECT key, value FROM metrics WHERE key LIKE 'token_usage%'",
        "SELECT input_tokens, output_tokens, total_tokens FROM runs",
        tokens,
        agrees=False,
        remark="The zip of a failed run has no metrics. A bundle has the tokens from its log.",
    ),
    Question(
        "How many items of each class are there, if two classes share a name?",
        MADE,
        "two-plans",
        "slice_type, items",
        "SELECT slice_type, count(*) FROM session_slices GROUP BY 1 ORDER BY 1",
        "SELECT slice_type, count(*) FROM current_slice_items GROUP BY 1 ORDER BY 1",
        items,
        agrees=False,
        remark="`travel.billing:Plan` and `travel.itinerary:Plan` have different fields, but `wink query` puts both into the "
        "table `slice_plan`. So its import fails, and it answers no question about this zip.",
    ),
    Question(
        "Which notes are on the board, if another class of notes has the same name?",
        MADE,
        "two-notes",
        "text",
        "SELECT DISTINCT text FROM slice_note",
        "SELECT DISTINCT text FROM slice_Board_Note",
        lambda _: [("seen",)],  # `fixtures/scenarios/wink_query.py` pins it
        agrees=False,
        remark="`Board.Note` and `Drawer.Note` have the same fields. `wink query` puts both into one table, and no column "
        "distinguishes them.",
    ),
    Question(
        "How many transcript entries are there, if a text contains a line separator?",
        RUNS,
        "plan",
        "entry_type, entries",
        _ENTRIES.format(type="entry_type", table="transcript"),
        _ENTRIES.format(type="raw_type", table="entries WHERE block = 0"),
        transcript,
        agrees=False,
        remark="The library's `transcript.jsonl` lacks entries whose text contains U+2028 or U+0085. The log has them, but "
        "`wink query` does not read them there.",
    ),
    Question(
        "Which members do not match the manifest's checksums?",
        RUNS,
        "plan",
        "member",
        "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
        "WHERE c.name LIKE '%sha256%' OR c.name LIKE '%checksum%' OR c.name LIKE '%integrity%'",
        "SELECT member FROM problems WHERE kind = 'mismatch'",
        lambda _: [(f"debug_bundle/{_NOTES}",)],
        agrees=False,
        remark="Here one of the agent's files was changed after the run. `wink query` does not compare checksums and has no "
        "column for them; its table `files` contains the changed text.",
        change=change_note,
    ),
    Question(
        "How many runs are in a folder?",
        RUNS,
        None,
        "runs",
        "SELECT count(*) FROM manifest",
        "SELECT count(*) FROM runs",
        lambda runs: [(len(runs),)],
        agrees=False,
        remark="Given a folder, `wink query` reads the newest zip and does not mention the others.",
    ),
    Question(
        "How many samples of an evaluation failed, and how many passed?",
        EVALUATION,
        None,
        "samples, failed runs, passed",
        "SELECT * FROM eval",
        "SELECT count(*), sum(status = 'error'), sum(coalesce(passed, 0)) FROM runs",
        samples,
        agrees=False,
        remark="An evaluation writes a folder for each sample; `wink query` does not search folders in a folder.",
    ),
    Question(
        "Which index finds the log records of an event?",
        RUNS,
        "plan",
        "index",
        _INDEX,
        _INDEX,
        lambda _: [],
        agrees=False,
        remark="The tables of `wink query` have no index, so every query reads a whole table.",
        holds=lambda rows, _: bool(rows),
    ),
)

QUESTIONS = (*AGREEING, *DIFFERING)
