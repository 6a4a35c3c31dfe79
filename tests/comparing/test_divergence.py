"""The first step at which two runs of a sample differ is found, with what both did and said there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.changed_bundle import changed_bundle

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.comparing.compare_bundles import compare, diverge
from wink_debug_bundle.comparing.divergence.call_steps import CallStep
from wink_debug_bundle.comparing.divergence.divergence_data import DivergenceKind
from wink_debug_bundle.comparing.divergence.first_divergence import differing_call

CAPITAL = "首都は-東京"


def steps(calls):
    """Return calls given as letters; a capital is one that failed."""
    return [
        CallStep(None, call.lower(), None, None, "failed" if call.isupper() else "succeeded", None) for call in calls
    ]


class TestAlignment:
    """Which call differs first, of calls that letters stand for."""

    @pytest.mark.parametrize(
        ("base", "new", "kind", "at"),
        [
            ("abc", "abd", DivergenceKind.CALL, 2),
            ("abc", "aBc", DivergenceKind.OUTCOME, 1),
            ("abc", "ab", DivergenceKind.ONLY_BASE, 2),
            ("ac", "abc", DivergenceKind.ONLY_NEW, 1),
            ("abc", "bc", DivergenceKind.ONLY_BASE, 0),
            ("", "a", DivergenceKind.ONLY_NEW, 0),
        ],
    )
    def test_kinds(self, base, new, kind, at):
        """An additional call is told from another one by those that follow."""
        assert differing_call(steps(base), steps(new)) == (kind, at)

    @given(st.text("abcABC", max_size=8), st.text("abcABC", max_size=8))
    def test_calls_before_it_are_the_same(self, base, new):
        """Before the first difference both sides did the same, and without one everywhere."""
        found = differing_call(steps(base), steps(new))
        if found is None:
            assert base == new
        else:
            at = found[1]
            assert base[:at] == new[:at]
            assert base[at : at + 1] != new[at : at + 1]


def divergence(base, changed, name=CAPITAL):
    """Return where the runs of a sample part."""
    comparison = compare(base, changed, all_experiments=True)
    return diverge(base, changed, comparison, name)[1]


@pytest.fixture(scope="module")
def small(release_bundle):
    """Return the evaluation of six samples."""
    return release_bundle("wink-0.27.0/evaluation")


class TestRuns:
    """Runs of real samples."""

    def test_the_same_run_has_none(self, small):
        """A run does not differ from itself."""
        assert divergence(small, small) is None

    def test_other_parameters(self, small, tmp_path):
        """A call with other parameters is shown with both, both results, and what was said before."""
        said = "UPDATE entries SET entry_type = 'thinking' WHERE entry_type = 'user_message';"
        thinks = changed_bundle(small, tmp_path / "base.db", said)
        sql = "UPDATE logs SET context = replace(context, 'notes.md', 'other.md')"
        found = divergence(thinks, changed_bundle(thinks, tmp_path / "new.db", sql))
        assert (found.kind, found.step) == (DivergenceKind.CALL, 1)
        assert ("notes.md" in found.base.parameters, "other.md" in found.new.parameters) == (True, True)
        assert ("notes.md" in found.base.result, "other.md" in found.new.result) == (True, True)
        assert found.base.said == found.new.said
        assert "首都は-東京?" in found.base.said

    def test_a_call_that_fails(self, base, new):
        """A call that is the same and fails on one side is the first difference."""
        comparison = compare(base, new, all_experiments=True)
        found = comparison.flips[0].divergence
        assert (found.kind, found.base.tool_name) == (DivergenceKind.OUTCOME, "write_note")
        assert (found.base.outcome, found.new.outcome) == ("succeeded", "failed")

    def test_an_additional_call(self, small, tmp_path):
        """A call that only one side made is told from a changed one."""
        sql = "DELETE FROM calls WHERE tool_name = 'write_note'"
        found = divergence(small, changed_bundle(small, tmp_path / "new.db", sql))
        assert found.kind == DivergenceKind.ONLY_BASE
        assert found.base.tool_name == "write_note"

    def test_only_the_answer(self, small, tmp_path):
        """Runs with the same calls and results differ in their last words."""
        sql = """
        UPDATE logs SET context = replace(context, '東京', '大阪') WHERE id = (
            SELECT log_id FROM entries WHERE id = (
                SELECT max(id) FROM entries WHERE entry_type = 'assistant_message'
                    AND run_id = (SELECT id FROM runs WHERE sample_id = '首都は-東京')))
        """
        found = divergence(small, changed_bundle(small, tmp_path / "new.db", sql))
        assert (found.kind, found.base.tool_name) == (DivergenceKind.ANSWER, None)
        assert (found.base.said.replace("東京", "大阪"), "東京" in found.new.said) == (found.new.said, False)

    def test_a_sample_that_only_sessions_record(self, release_bundle, tmp_path):
        """Samples of release 0.20 are compared by the calls of their sessions."""
        bundle = release_bundle("wink-0.20.0/evaluation")
        sql = "DELETE FROM calls WHERE tool_name = 'read_note'"
        found = divergence(bundle, changed_bundle(bundle, tmp_path / "new.db", sql))
        assert (found.kind, found.base.tool_name) == (DivergenceKind.ONLY_BASE, "read_note")

    def test_a_run_is_found_by_its_number(self, small):
        """A pair can be named by the number of a run on either side."""
        with DebugBundle.open(small) as bundle:
            [[run]] = bundle.query("SELECT id FROM runs WHERE sample_id = ?", (CAPITAL,)).fetchall()
        assert divergence(small, small, str(run)) is None

    def test_an_unknown_sample_is_named_with_the_nearest(self, small):
        """A wrong name is answered with names that there are."""
        with pytest.raises(BundleError, match=r"'wrong-answr'.*wrong-answer"):
            divergence(small, small, "wrong-answr")
