"""The same questions put to the library's `wink query` and to a bundle, on the same zips of the real library."""

from __future__ import annotations

import importlib.metadata

import pytest
from support.question_page import PAGE, RELEASE, ask_both, render_answer, render_page
from support.question_runner import Question, ask_bundle
from support.questions import QUESTIONS


def has_wink_query() -> bool:
    """Whether the release whose answers the page shows is installed here."""
    try:
        return importlib.metadata.version("weakincentives") == RELEASE
    except importlib.metadata.PackageNotFoundError:
        return False


def each_of(*questions: Question) -> pytest.MarkDecorator:
    """A test for each of the questions."""
    return pytest.mark.parametrize("question", questions, ids=lambda question: question.name)


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """Both answers to every question, by its title."""
    scratch = tmp_path_factory.mktemp("asked")
    return {question.title: ask_both(question, scratch / question.name) for question in QUESTIONS}


@each_of(*QUESTIONS)
def test_a_bundle_says_what_the_live_objects_held(question, tmp_path):
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
    def test_agrees(self, asked, question):
        """What it is right in, a bundle says, too."""
        both = asked[question.title]
        assert both.theirs == both.ours
        assert question.is_answered_by(both.theirs)

    @each_of(*(question for question in QUESTIONS if not question.agrees))
    def test_is_wrong(self, asked, question):
        """What the page says that it gets wrong, it gets wrong; a bundle of the same zips does not."""
        both = asked[question.title]
        assert not question.is_answered_by(both.theirs), both.theirs
        assert question.is_answered_by(both.ours), both.ours

    def test_the_page_is_what_both_answer(self, asked):
        """`docs/wink-query.md` is up to date: run `python docs/generate_wink_query.py` if it is not."""
        assert PAGE.read_text(encoding="utf-8") == render_page(list(asked.values()))
