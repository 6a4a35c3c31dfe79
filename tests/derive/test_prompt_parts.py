"""Parts of prompts, read from logs and from snapshots."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import PROMPT_RENDERED, lines, rendered_event, rows, slice_of, snapshot

from wink_debug_bundle.derive.prompt_parts import Part, Reading, read_descriptor


@dataclass
class SectionDescriptor:
    """A section, with the fields of the library's class in their order."""

    path: tuple[str, ...]
    content_hash: str
    number: str


@dataclass
class ToolDescriptor:
    """A tool."""

    path: tuple[str, ...]
    name: str
    contract_hash: str
    example_hashes: tuple[str, ...]


@dataclass
class TaskExampleDescriptor:
    """An example of a task."""

    path: tuple[str, ...]
    index: int
    content_hash: str


@dataclass
class PromptDescriptor:
    """A prompt."""

    ns: str
    key: str
    sections: list[SectionDescriptor]
    tools: list[ToolDescriptor]
    task_examples: list[TaskExampleDescriptor]


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


STORABLE = st.text()
PATHS = st.lists(STORABLE, max_size=3).map(tuple)
PROMPTS = st.builds(
    PromptDescriptor,
    ns=STORABLE,
    key=STORABLE,
    sections=st.lists(st.builds(SectionDescriptor, PATHS, STORABLE, STORABLE), max_size=3),
    tools=st.lists(st.builds(ToolDescriptor, PATHS, STORABLE, STORABLE, PATHS), max_size=3),
    task_examples=st.lists(st.builds(TaskExampleDescriptor, PATHS, st.integers(0), STORABLE), max_size=3),
)


def parts_of(descriptor: str) -> tuple[Part, ...]:
    """Return the parts of a descriptor that can be read to the end."""
    reading = read_descriptor(descriptor)
    assert reading.is_complete
    return reading.parts


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
        *("it's", 'say "it\'s"', "ask (twice)", "an open (", "a closed )", "back\\slash", "ends with \\", "two\nlines"),
        *("carriage\rreturn", "a\ttab", "Zürich", "旅行", "🚂", "\x00", "\u2028", "", " ", "', key='x", "{", "[')]"),
        "SectionDescriptor(path=('x',), content_hash='1')",
    ],
)
def test_any_text_is_read_from_a_repr(odd):
    """Quotes, brackets, escapes and other scripts, wherever a descriptor has text."""
    prompt = PromptDescriptor(
        odd,
        odd,
        [SectionDescriptor((odd, "a"), odd, odd)],
        [ToolDescriptor((odd,), odd, odd, (odd,))],
        [TaskExampleDescriptor((odd,), 0, odd)],
    )
    assert parts_of(repr(prompt)) == (
        Part(odd, odd, "section", f"{odd}.a", odd),
        Part(odd, odd, "tool", odd, odd),
        Part(odd, odd, "example", f"{odd}.0", odd),
    )


@given(PROMPTS)
def test_every_repr_gives_its_parts_back(prompt):
    """Whatever the strings are."""
    assert parts_of(repr(prompt)) == (
        *(Part(prompt.ns, prompt.key, "section", ".".join(it.path), it.content_hash) for it in prompt.sections),
        *(Part(prompt.ns, prompt.key, "tool", it.name, it.contract_hash) for it in prompt.tools),
        *(
            Part(prompt.ns, prompt.key, "example", ".".join([*it.path, str(it.index)]), it.content_hash)
            for it in prompt.task_examples
        ),
    )


def test_a_lone_surrogate_is_written_out():
    """SQLite cannot store it as text."""
    prompt = PromptDescriptor("\ud800", "k", [SectionDescriptor(("a",), "1", "1")], [], [])
    assert parts_of(repr(prompt)) == (Part(r"\ud800", "k", "section", "a", "1"),)


@pytest.mark.parametrize(
    "odd",
    [
        *("", "None", "{", "{}", '{"ns": 1}', '{"ns":"a","key":"b","sections":[1]}', "Prompt()"),
        '{"ns":"a","key":"b","sections":[{"path":["a"],"content_hash":{}}]}',
        '{"ns":"a","key":["b"],"sections":[{"path":["a"],"content_hash":"1"}]}',
        '{"ns":"a","key":"b","tools":[{"name":"a","contract_hash":null}]}',
        *(SHOWN[:-1], SHOWN + "\0", SHOWN + ")", SHOWN + "()", SHOWN + ".a", "\ud800" + SHOWN, f" {SHOWN}"),
        "PromptDescriptor(ns='a', key='b', sections=[SectionDescriptor(path='a', content_hash='1')])",
        "PromptDescriptor(ns='a', key='b', sections=[SectionDescriptor(path=(1,), content_hash='1')])",
        "PromptDescriptor(ns='a', key='b', sections=[SectionDescriptor(path=a, content_hash='1')])",
        "PromptDescriptor(ns='a', key='b', task_examples=[TaskExampleDescriptor(path=(), index=0x1"
        + "0" * 9999
        + ")])",
        "PromptDescriptor(ns='a', key='b', sections='a')",
        f"PromptDescriptor(ns={'(' * 9999}",
        f"PromptDescriptor(ns={'-' * 99999}1, key='b')",
        f"PromptDescriptor(ns=a{'.a' * 99999}, key='b')",
        f"PromptDescriptor(ns={'1' * 9999}, key='b', sections=[])",
        f"PromptDescriptor(ns='a', key='{'b' * (1 << 20)}', sections=[])",
    ],
    ids=lambda odd: odd[:60],
)
def test_anything_else_has_no_parts(odd):
    """What the library does not write gives no parts, and never an exception."""
    assert read_descriptor(odd) == Reading((), is_complete=False)


@pytest.mark.filterwarnings("error")
def test_doubtful_escapes_are_read_as_python_reads_them():
    """Python warns of them, which concerns no one who builds a bundle."""
    shown = r"PromptDescriptor(ns='\d', key='b', sections=[SectionDescriptor(path=('a',), content_hash='1')])"
    assert parts_of(shown) == (Part(r"\d", "b", "section", "a", "1"),)


@pytest.mark.parametrize(
    "shown",
    [
        "PromptDescriptor(ns='n', key='k', mode=a.b, sections=[None, SectionDescriptor(path=('a',), content_hash='1')])",
        '{"ns":"n","key":"k","sections":[null,{"path":["a"],"content_hash":"1"}]}',
        '{"ns":"n","key":"k","sections":[{"path":["a"],"content_hash":"1"}],"tools":7}',
    ],
)
def test_what_can_be_read_is_kept(shown):
    """One item that cannot be read takes no other with it."""
    assert read_descriptor(shown) == Reading((Part("n", "k", "section", "a", "1"),), is_complete=False)


def test_descriptors_that_cannot_be_read_are_counted(build, caplog):
    """One log event says how many there were."""
    events = [rendered_event(f"event-{number}", descriptor={"ns": number}) for number in range(3)]
    with caplog.at_level(logging.WARNING, logger="wink_debug_bundle"):
        build({"s.jsonl": lines(snapshot("s-1", slice_of(PROMPT_RENDERED, *events)))})
    [record] = [entry for entry in caplog.records if getattr(entry, "event", "") == "debug_bundle.incomplete_prompts"]
    assert record.context == {"descriptor_count": 3}


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
