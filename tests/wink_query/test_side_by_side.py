"""The same questions put to the library's `wink query` and to a bundle, on the same zips of the real library."""

from __future__ import annotations

import importlib.metadata

import pytest
from support.question_page import PAGE, RELEASE, ask_both, render_answer, render_page
from support.question_runner import Question, ask_bundle
from support.questions import QUESTIONS


def has_wink_query() -> bool:
    """Return whether the release in the page is installed."""
    try:
        return importlib.metadata.version("weakincentives") == RELEASE
    except importlib.metadata.PackageNotFoundError:
        return False


def each_of(*questions: Question) -> pytest.MarkDecorator:
    """Return a test parameter for each of the questions."""
    return pytest.mark.parametrize("question", questions, ids=lambda question: question.name)


@pytest.fixture(scope="module")
def answered_questions(tmp_path_factory):
    """Return both answers to every question, by its title."""
    scratch = tmp_path_factory.mktemp("asked")
    return {question.title: ask_both(question, scratch / question.name) for question in QUESTIONS}


@each_of(*QUESTIONS)
def test_a_bundle_answers_right(question, tmp_path):
    """A bundle answers every question right, and the page shows its answer."""
    answer = ask_bundle(question, tmp_path / "ours")
    assert question.is_answered_by(answer), (answer, question.expected())
    text = PAGE.read_text(encoding="utf-8")
    section = text[text.index(f"## {question.title}\n") :].split("\n## ")[0]
    assert section.rstrip().endswith(render_answer(answer)), "run python docs/generate_wink_query.py"


@pytest.mark.library
@pytest.mark.skipif(not has_wink_query(), reason=f"needs weakincentives[wink] {RELEASE}; run: tox -e wink-query")
class TestWinkQuery:
    """The library's own command."""

    @each_of(*(question for question in QUESTIONS if question.agrees))
    def test_agrees(self, answered_questions, question):
        """`wink query` answers these questions right, like a bundle."""
        both = answered_questions[question.title]
        assert both.theirs == both.ours
        assert question.is_answered_by(both.theirs)

    @each_of(*(question for question in QUESTIONS if not question.agrees))
    def test_is_wrong(self, answered_questions, question):
        """`wink query` answers these questions wrong, as the page says."""
        both = answered_questions[question.title]
        assert not question.is_answered_by(both.theirs), both.theirs
        assert question.is_answered_by(both.ours), both.ours

    def test_the_page_is_what_both_answer(self, answered_questions):
        """`docs/wink-query.md` is up to date: run `python docs/generate_wink_query.py` if it is not."""
        assert PAGE.read_text(encoding="utf-8") == render_page(list(answered_questions.values()))
