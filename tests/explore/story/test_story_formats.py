"""A story as text, Markdown and JSON, whole and within a budget."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wink_debug_bundle import DebugBundle, Step, StepKind, Story, StoryHeader
from wink_debug_bundle.explore.story.json_layout import laid_out, readable_parts, without_escapes
from wink_debug_bundle.explore.story.line_wrapping import columns_of, wrapped
from wink_debug_bundle.explore.story.story_budget import fit_story
from wink_debug_bundle.explore.story.story_data import STORY_FORMATS
from wink_debug_bundle.explore.story.story_formats import story_form, written

HEADER = StoryHeader(
    7, "s", "b", "sample", "e", "error", 0.5, "because", 1, 2, 3, 4.0, "m", "a", "p", "2026-01-01T00:00:00+00:00",
    "2026-01-01T00:00:01+00:00", 1, 1,
)  # fmt: skip
STEP = Step(1, "entry-1", StepKind.MESSAGE, "assistant", text="hello", handles=("logs.1.context",))


def whole(story, format_name, width=80):
    return "".join(written(story_form(format_name, width), story.header, story.steps))


@pytest.fixture(scope="module")
def story(release_bundle):
    with DebugBundle.open(release_bundle("wink-0.27.0/runs")) as bundle:
        run = bundle.query(
            "SELECT id FROM runs WHERE session_id IN (SELECT parent_session_id FROM sessions)"
        ).fetchone()
        read = bundle.show(run[0])
        return Story(read.header, list(read.steps))


def test_text_fits_80_columns(story):
    """No line of the text is wider than 80 columns of a terminal."""
    assert max(map(columns_of, whole(story, "text").splitlines())) <= 80


def test_text_says_who_speaks_and_how_calls_ended(story):
    """A line begins each step with what it is, and how a call ended."""
    lines = whole(story, "text").splitlines()
    assert any(line.startswith("[1] PROMPT trip_planner") for line in lines)
    assert any("CALL charge_card raised in " in line for line in lines)
    assert "    Error: card …4242 declined: 12.50 € 💳" in lines


@pytest.mark.parametrize("format_name", STORY_FORMATS)
def test_hostile_text(format_name):
    """Control characters, and characters that reorder a line, are escaped in every format; line ends stay."""
    step = replace(STEP, title="\x1b[2Jx", text="one\x1b]0;owned\x07\ntwo\u202e", parameters='{"a": "\x9b"}')
    text = whole(Story(replace(HEADER, reason="\x1b[1m"), [step]), format_name)
    assert text.replace("\n", "").isprintable()
    assert "two" in text


def test_markdown_is_not_broken_by_its_content():
    """A fence in a message does not end its block, and marks in a title have no meaning."""
    text = whole(Story(HEADER, [replace(STEP, title="*x* <b>", text="```\ncode\n````\n# no heading")]), "markdown")
    assert "`````text\n```\ncode\n````\n# no heading\n`````" in text
    assert r"MESSAGE \*x\* \<b\>" in text


def test_json_has_everything(story):
    """The JSON has the header and each step with its whole texts."""
    data = json.loads(whole(story, "json"))
    assert data["header"]["run_id"] == story.header.run_id
    assert [step.get("text") for step in data["steps"]] == [step.text for step in story.steps]


def test_an_empty_story_is_json():
    """A story without steps is JSON, too."""
    assert json.loads(whole(Story(HEADER, []), "json"))["steps"] == []


@pytest.mark.parametrize("format_name", STORY_FORMATS)
@pytest.mark.parametrize("budget", [2000, 3000, 6000])
def test_budget(story, format_name, budget):
    """A story is no longer than its budget, ends with its last step, and says what is left out."""
    text = fit_story(story, story_form(format_name), budget)
    assert len(text) <= budget
    assert "東京 trip" in text
    assert "are left out: give a larger --budget" in text
    if format_name == "json":
        json.loads(text)


def test_budget_cuts_texts_in_the_middle_before_steps_are_left_out():
    """Long texts keep their beginning and their end, and a mark with the handle of the whole."""
    steps = [replace(STEP, number=number, text=f"BEGIN{'x' * 50_000}END") for number in range(1, 6)]
    text = fit_story(Story(HEADER, steps), story_form("markdown"), 4000)
    assert (text.count("BEGIN"), text.count("END\n")) == (5, 5)
    assert "characters left out: logs.1.context ...]" in text
    assert "5 steps are shortened" in text
    assert 3500 < len(text) <= 4000


def test_budget_keeps_the_failure_and_the_reason():
    """However many steps there are, the failure at the end and the first step stay."""
    failure = Step(1000, "failure-1", StepKind.FAILURE, "run failed: E", text="the reason")
    steps = [*(replace(STEP, number=number) for number in range(1, 1000)), failure]
    text = fit_story(Story(HEADER, steps), story_form("text"), 2000)
    assert text.index("[1] MESSAGE") < text.index("are left out") < text.index("[1000] FAILURE run failed: E")


def test_a_story_that_fits_is_whole(story):
    """A budget that is large enough leaves nothing out and says nothing."""
    assert fit_story(story, story_form("text"), 200_000) == whole(story, "text")


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)))  # fmt: skip
def test_json_is_laid_out_without_a_change(value):
    """JSON over several lines has the same values, and numbers as they were written."""
    text = json.dumps(value)
    assert json.dumps(json.loads(laid_out(text, 0))) == text


def test_numbers_and_repeated_keys_stay():
    """A number with many digits and a key that stands twice are laid out as they are."""
    text = '{"a": 1.000000000000000000001, "a": [1e400, {}]}'
    assert laid_out(text, 10).split() == [
        "{",
        '"a":',
        "1.000000000000000000001,",
        '"a":',
        "[",
        "1e400,",
        "{}",
        "]",
        "}",
    ]


@pytest.mark.parametrize("text", ["[not JSON", "{'a': 1}", "", "plain"])
def test_other_text_stays(text):
    """Text that is no JSON is not laid out."""
    assert laid_out(text, 0) == text


@given(st.text(), st.integers(20, 90))
def test_wrapping_loses_no_word(text, width):
    """Every character but spaces at line ends is there after wrapping, in lines that fit."""
    lines = wrapped(text, width, "")
    from wink_debug_bundle.terminal_text import visible_lines

    kept = "".join("".join(lines).split())
    expected = visible_lines("\n".join(part.removesuffix("\r").expandtabs(4) for part in text.rstrip("\n").split("\n")))
    assert kept == "".join(expected.split())
    assert all(columns_of(line) <= width for line in lines)


def test_texts_of_several_lines_are_shown_as_such():
    """Code within the parameters of a call has its line ends; the other parameters stand beside it."""
    parameters = '{"path": "a.py", "text": "def f():\\n    return 1\\n", "mode": 0x1}'.replace("0x1", "1.50")
    step = replace(STEP, kind=StepKind.CALL, title="write", text="ok", parameters=parameters)
    text = whole(Story(HEADER, [step]), "text")
    assert "  path:\n    a.py\n  text:\n    def f():\n        return 1\n  mode:\n    1.50\n  result:\n    ok\n" in text


@pytest.mark.parametrize(
    "text", ['{"a": "b\\nc"', '{"a": "b\\nc"} {}', '{"a\\nb": 1}', '{"a"}', "{", "{}", '["a\\nb"]']
)
def test_what_has_no_parts(text):
    """Text that is no object, and an object without texts of several lines, is one part."""
    assert list(readable_parts("x", text)) == [("x", text)]


def test_no_word_stands_twice():
    """A thought is marked once."""
    text = whole(Story(HEADER, [replace(STEP, kind=StepKind.THINKING, title="thinking")]), "text")
    assert "[1] THINKING\n    hello\n" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r'{"city": "Z\u00fcrich \ud83e\uddf3"}', '{"city": "Zürich 🧳"}'),
        (r'{"path": "C:\\users\\u00e9"}', r'{"path": "C:\\users\\u00e9"}'),
        (r'{"text": "\u0022\u000a\u2028\u200b"}', r'{"text": "\u0022\u000a\u2028\u200b"}'),
        (r'{"text": "\ud83e alone"}', r'{"text": "\ud83e alone"}'),
        (r'{"text": "cut \u00e', r'{"text": "cut \u00e'),
    ],
)
def test_escaped_characters_are_shown(text, shown):
    """Letters and signs that JSON has as escapes are shown; quotes, controls and what is not printed stay escaped."""
    assert without_escapes(text) == shown
