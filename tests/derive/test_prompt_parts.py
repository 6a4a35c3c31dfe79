"""Parts of prompts, read from logs and from snapshots."""

from __future__ import annotations

import json

import pytest
from support.artifact_samples import PROMPT_RENDERED, lines, rendered_event, rows, slice_of, snapshot

from wink_debug_bundle.derive.prompt_parts import Part, parts_of

SHOWN = (
    "PromptDescriptor(ns='travel.quiz', key='rules', sections=[SectionDescriptor(path=('quiz',), content_hash='2e', "
    "number='1'), SectionDescriptor(path=('quiz', 'deep'), content_hash='7f', number='1.1')], tools=[ToolDescriptor("
    "path=('quiz',), name='ping', contract_hash='f9', example_hashes=('aa', 'bb'))], task_examples=["
    "TaskExampleDescriptor(path=('quiz', 'tasks'), index=3, content_hash='c0')])"
)
HELD = json.dumps(
    {
        "ns": "travel.quiz",
        "key": "rules",
        "sections": [
            {"path": ["quiz"], "content_hash": "2e", "number": "1"},
            {"path": ["quiz", "deep"], "content_hash": "7f", "number": "1.1"},
        ],
        "tools": [{"path": ["quiz"], "name": "ping", "contract_hash": "f9", "example_hashes": ["aa", "bb"]}],
        "task_examples": [{"path": ["quiz", "tasks"], "index": 3, "content_hash": "c0"}],
    }
)


@pytest.mark.parametrize("descriptor", [SHOWN, HELD])
def test_logs_and_snapshots_give_the_same_parts(descriptor):
    """A Python repr in a log and the JSON in a snapshot give the same parts."""
    assert parts_of(descriptor) == (
        Part("travel.quiz", "rules", "section", "quiz", "2e"),
        Part("travel.quiz", "rules", "section", "quiz.deep", "7f"),
        Part("travel.quiz", "rules", "tool", "ping", "f9"),
        Part("travel.quiz", "rules", "example", "quiz.tasks.3", "c0"),
    )


@pytest.mark.parametrize(
    "odd",
    [
        *("", "None", "{", "{}", '{"ns": 1}', '{"ns":"a","key":"b","sections":[1]}', "Prompt()"),
        '{"ns":"a","key":"b","sections":[{"path":["a"],"content_hash":{}}]}',
        '{"ns":"a","key":["b"],"sections":[{"path":["a"],"content_hash":"1"}]}',
        '{"ns":"a","key":"b","tools":[{"name":"a","contract_hash":null}]}',
    ],
)
def test_anything_else_has_no_parts(odd):
    """A text that is not a descriptor gives no parts."""
    assert parts_of(odd) == ()


def test_real_logs_and_snapshots_agree(run_bundle):
    """In release 0.20, logs and snapshots give the same prompts."""
    logged = {
        part
        for (text,) in rows(
            run_bundle, "SELECT context ->> '$.descriptor' FROM logs WHERE event = 'prompt.render.complete'"
        )
        for part in parts_of(text)
    }
    columns = "prompt_ns, prompt_key, kind, name, hash"
    held = {Part(*row) for row in rows(run_bundle, f"SELECT {columns} FROM prompt_parts WHERE run_id IS NULL")}
    assert len(held) > 10
    assert logged == held


def test_a_version_is_one_row_in_each_session(build):
    """A prompt version is one row in each session, however often it was rendered or dumped."""
    part = {"path": ["a"], "content_hash": "1", "number": "1"}
    events = [
        rendered_event(f"event-{number}", descriptor={"ns": "n", "key": "k", "sections": [part], "tools": []})
        for number in range(3)
    ]
    dumped = snapshot("s-1", slice_of(PROMPT_RENDERED, *events))
    bundle = build({"s.jsonl": lines(dumped, dumped)})
    columns = "run_id, session_id, prompt_ns, prompt_key, kind, name, hash"
    assert rows(bundle, f"SELECT {columns} FROM prompt_parts") == [(None, "s-1", "n", "k", "section", "a", "1")]
