"""The page `docs/wink-query.md`, which shows the answers of `wink query` and of a bundle to every question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.question_runner import Answer, Question, ask_bundle, ask_wink_query

PAGE = Path(__file__).parents[2] / "docs" / "wink-query.md"

RELEASE = "0.27.0"
"""Release of the library whose `wink query` is compared."""

INTRODUCTION = """\
# The same questions to `wink query` and to a bundle

The library has a command, `wink query`, that loads one `debug_bundle` zip into SQLite. This page compares the answers of
`wink query` of release {release} and of a bundle to the same questions about the same zips, which the library itself wrote
(`fixtures/`). The right answers were recorded from the library's live objects while it wrote the zips, or follow from
the script that ran it. `docs/generate_wink_query.py` writes this page by running both, and `tox run -e wink-query`
checks it. [performance.md](performance.md) compares time and memory.

`wink query` answers {theirs} of {all} questions right, a bundle {ours}.
"""


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question with both answers."""

    question: Question
    theirs: Answer
    ours: Answer


def ask_both(question: Question, scratch: Path) -> AnsweredQuestion:
    """Put the question to `wink query` and to a bundle, in new folders below `scratch`."""
    scratch.mkdir()
    return AnsweredQuestion(
        question, ask_wink_query(question, scratch / "theirs"), ask_bundle(question, scratch / "ours")
    )


def render_page(asked: Sequence[AnsweredQuestion]) -> str:
    """Return the text of the page."""
    verdicts = [(_verdict(each.question, each.theirs), _verdict(each.question, each.ours)) for each in asked]
    theirs, ours = (list(column).count("right") for column in zip(*verdicts, strict=True))
    parts = [INTRODUCTION.format(release=RELEASE, all=len(asked), theirs=theirs, ours=ours)]
    parts.append("| question | `wink query` | a bundle |\n| --- | --- | --- |")
    for each, both in zip(asked, verdicts, strict=True):
        parts.append(f"| [{each.question.title}](#{each.question.name}) | {' | '.join(both)} |")
    return "\n".join([*parts, "", *map(_section, asked)])


def render_answer(answer: Answer) -> str:
    """Return the answer in the form of the page."""
    return _rows(answer) if answer.error is None else _block([answer.error])


def _verdict(question: Question, answer: Answer) -> str:
    return "right" if question.is_answered_by(answer) else "wrong"


def _section(asked: AnsweredQuestion) -> str:
    question = asked.question
    parts = [
        f'## {question.title}\n\n<a id="{question.name}"></a>In `fixtures/{question.source}`: {question.columns}.\n'
    ]
    if question.remark:
        parts.append(f"{question.remark}\n")
    if question.expected():
        parts.append(f"Right:\n\n{render_answer(Answer(question.expected()))}\n")
    parts.append(f"`wink query`:\n\n```sql\n{question.theirs}\n```\n\n{render_answer(asked.theirs)}\n")
    parts.append(f"A bundle:\n\n```sql\n{question.ours}\n```\n\n{render_answer(asked.ours)}\n")
    return "\n".join(parts)


def _rows(answer: Answer) -> str:
    return _block([" | ".join(_value(value) for value in row) for row in answer.rows] or ["(no rows)"])


def _block(lines: Iterable[str]) -> str:
    return "\n".join(("```text", *lines, "```"))


def _value(value: object) -> str:
    return str(round(value, 3)) if isinstance(value, float) else str(value)
