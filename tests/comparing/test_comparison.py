"""Two evaluations are compared: how many samples pass, what they used, what failed, and what was different."""

from __future__ import annotations

import json
import shutil

import pytest
from support.changed_bundle import changed_bundle
from support.many_runs import EVALUATION, write_many_runs
from support.multiplied_samples import multiply_samples

from wink_debug_bundle import DebugBundle, format_comparison
from wink_debug_bundle.comparing.compare_bundles import compare
from wink_debug_bundle.comparing.comparison_data import FlipDirection
from wink_debug_bundle.comparing.deltas.delta_data import SignatureTrend
from wink_debug_bundle.comparing.sample_pairs.side_choice import ChoiceError
from wink_debug_bundle.comparing.verdict import VerdictWord


@pytest.fixture(scope="module")
def comparison(base, new):
    """Return the comparison of both evaluations, all experiments together."""
    return compare(base, new, all_experiments=True)


class TestResults:
    """Which samples pass."""

    def test_every_sample_is_paired(self, comparison):
        """All samples have a pair, those without an id by their requests."""
        assert len(comparison.pairing.pairs) == comparison.base.sample_count == comparison.new.sample_count == 36
        assert not comparison.pairing.only_base
        assert not comparison.pairing.only_new

    def test_six_lost_of_six_is_a_regression(self, comparison):
        """The rates, the difference and the exact p value are those of six samples that fail now."""
        passes = comparison.passes
        assert (passes.rates.base.value, passes.rates.new.value) == (pytest.approx(6 / 36), 0)
        assert (passes.better, passes.worse, passes.p_value) == (0, 6, pytest.approx(2 / 2**6))
        assert passes.difference.mean == pytest.approx(-6 / 36)
        assert passes.rates.base.interval.low < 6 / 36 < passes.rates.base.interval.high
        assert comparison.verdict.word == VerdictWord.REGRESSION

    def test_numbers_of_a_side_are_those_of_its_outcome(self, comparison, base):
        """The results and tokens of a side are those that info shows."""
        with DebugBundle.open(base) as bundle:
            outcome = bundle.outcome
        assert comparison.base.attempts == outcome.runs
        assert comparison.base.total_tokens == outcome.total_tokens

    def test_flips_have_the_reason_and_the_run(self, comparison):
        """Each lost sample is listed with why it fails now."""
        assert [flip.direction for flip in comparison.flips] == [FlipDirection.LOST] * 6
        assert {flip.reason for flip in comparison.flips} == {"expected 東京"}
        assert all(flip.pair.name.startswith("首都は") and flip.pair.new.telling.run_id for flip in comparison.flips)

    def test_the_other_way_round_they_are_gained(self, base, new):
        """With the sides swapped, the same samples are an improvement."""
        swapped = compare(new, base, all_experiments=True)
        assert {flip.direction for flip in swapped.flips} == {FlipDirection.GAINED}
        assert swapped.verdict.word == VerdictWord.IMPROVEMENT

    def test_each_experiment_has_its_rates(self, comparison):
        """Experiments that are compared together are shown one by one, too."""
        rates = {each.experiment: (each.pair_count, each.new.value) for each in comparison.by_experiment}
        assert rates == {"baseline": (24, 0), "candidate": (12, 0)}

    def test_an_evaluation_compared_with_itself_shows_nothing(self, base):
        """No sample flips, no failure is new, and the verdict is that there is no evidence."""
        same = compare(base, base, all_experiments=True)
        assert not same.flips
        assert {each.trend for each in same.signatures} == {SignatureTrend.SAME}
        assert same.verdict.word == VerdictWord.NO_EVIDENCE

    def test_too_few_samples_are_not_comparable(self, release_bundle):
        """Six samples of release 0.20, which only sessions record, are paired and not judged."""
        bundle = release_bundle("wink-0.20.0/evaluation")
        few = compare(bundle, bundle)
        assert len(few.pairing.pairs) == 6
        assert few.passes.rates.base.value == pytest.approx(4 / 6)
        assert few.verdict.word == VerdictWord.NOT_COMPARABLE

    def test_a_bundle_without_samples_is_not_comparable(self, release_bundle):
        """Runs that no evaluation scored have no samples to compare."""
        bundle = release_bundle("wink-0.27.0/runs")
        assert compare(bundle, bundle).verdict.word == VerdictWord.NOT_COMPARABLE

    def test_a_bundle_without_samples_has_no_experiment(self, base, release_bundle):
        """Nothing in brackets stands for experiments that are not there."""
        text = format_comparison(compare(release_bundle("wink-0.20.0/run"), base, all_experiments=True))
        assert "(experiment" not in next(line for line in text.splitlines() if line.startswith("  base: "))

    def test_infinite_numbers_count_as_unknown(self, base, tmp_path):
        """Scores whose sum is infinite are no scores, so that JSON can say the rest."""
        new = changed_bundle(base, tmp_path / "new.db", "UPDATE runs SET score = 1e308, latency_ms = 1e308")
        compared = compare(base, new, all_experiments=True)
        assert not {"score", "duration_ms"} & {
            each["metric"] for each in json.loads(format_comparison(compared, "json"))["metrics"]
        }


class TestChoice:
    """What of a bundle is compared."""

    def test_several_experiments_are_refused(self, base, new):
        """Experiments are not added up unless somebody asks for it; the message names the bundle."""
        with pytest.raises(ChoiceError, match=r"base\.db: the bundle has 2 experiments.*--base-experiment"):
            compare(base, new)

    def test_one_experiment_and_all_of_them_are_refused(self, base, new):
        """A wish that says both would be half ignored."""
        with pytest.raises(ChoiceError, match="not both"):
            compare(base, new, experiment="baseline", all_experiments=True)

    def test_two_experiments_of_one_bundle(self, base):
        """Experiments of other names are compared as one; samples that only one has are listed."""
        both = compare(base, base_experiment="baseline", new_experiment="candidate")
        assert not both.pairing.pairs
        assert (len(both.pairing.only_base), len(both.pairing.only_new)) == (24, 12)

    def test_experiments_of_other_names_pair_by_sample(self, base, tmp_path):
        """A sample of both experiments is one pair, whatever these are called."""
        renamed = changed_bundle(
            base, tmp_path / "r.db", "UPDATE runs SET experiment = 'v2' WHERE experiment = 'baseline'"
        )
        both = compare(base, renamed, base_experiment="baseline", new_experiment="v2")
        assert len(both.pairing.pairs) == 24

    def test_two_evaluations_of_one_bundle(self, tmp_path):
        """Evaluations in one bundle are not added up: their folders name them, and samples pair by their requests."""
        shutil.copytree(EVALUATION, tmp_path / "runs" / "main")
        write_many_runs(tmp_path / "runs" / "branch", 1)
        with DebugBundle.from_directory(tmp_path / "runs", output=tmp_path / "b.db", recursive=True) as bundle:
            with pytest.raises(ChoiceError, match=r"2 evaluations.*branch \(.*main \(.*--base-evaluation"):
                compare(bundle, experiment="baseline")
            both = compare(bundle, base_evaluation="main", new_evaluation="branch", experiment="baseline")
        assert (both.base.evaluation, both.new.evaluation) == ("main", "branch")
        assert (len(both.pairing.pairs), len(both.pairing.only_new)) == (4, 2)

    def test_a_wrong_path_to_pair_by_is_named(self, base, new):
        """A JSON path that SQLite does not understand is an error that says so."""
        with pytest.raises(ChoiceError, match=r"'kind\[' is not a JSON path.*\$\.question"):
            compare(base, new, all_experiments=True, pair_by=["kind["])


class TestDeltas:
    """What else changed."""

    def test_medians_are_of_pairs(self, comparison):
        """Fifty tokens more in each run are fifty more in the median, with an interval around it."""
        [tokens] = [each for each in comparison.metrics if each.metric == "total_tokens"]
        assert tokens.medians.difference.value == 50
        assert tokens.medians.difference.interval.low <= 50 <= tokens.medians.difference.interval.high
        assert tokens.pair_count < 36

    def test_a_tool_that_fails_more_often_is_significant(self, comparison):
        """A tool of which all calls fail now has a p value that Holm's correction leaves small."""
        tools = {each.tool_name: each for each in comparison.tools}
        write = tools["write_note"]
        assert (write.base.success_rate, write.new.success_rate) == (1, 0)
        assert write.success_p < 0.05
        assert tools["ping"].success_p == 1

    def test_many_calls_of_one_sample_prove_nothing(self, base, tmp_path):
        """Where all calls of a tool are those of one sample, their number is no evidence."""
        one = "UPDATE runs SET sample_id = 'one', experiment = 'e'"
        sides = [
            changed_bundle(base, tmp_path / f"{name}.db", f"{one}; UPDATE calls SET success = {success}")
            for name, success in (("good", 1), ("bad", 0))
        ]
        [tool] = [each for each in compare(*sides, experiment="e").tools if each.tool_name == "ping"]
        assert tool.base.call_count > 5
        assert (tool.base.success_rate, tool.new.success_rate, tool.success_p) == (1, 0, 1)

    def test_signatures_are_new_grown_or_the_same(self, comparison):
        """A failure that the base does not have is new, and has an example of the new evaluation."""
        trends = {(each.kind, each.signature): each for each in comparison.signatures}
        lost = trends["sample", "expected <text>"]
        assert (lost.trend, lost.base_samples, lost.new_samples) == (SignatureTrend.NEW, 0, 6)
        assert lost.example_name is not None
        assert trends["run", "connection reset by <address> 🔌"].trend == SignatureTrend.SAME
        assert comparison.signatures[0] == lost

    def test_failures_say_of_how_many_samples(self, comparison):
        """Counts of evaluations of different sizes need these to be compared."""
        assert "\nFailures, in how many samples (of 36 in the base, 36 now)\n" in format_comparison(comparison)

    def test_attempts_of_one_sample_are_one_sample(self, base, tmp_path):
        """A failure in all twelve attempts at one sample occurs in one sample; in two of them, in a sixth of it."""
        only = "DELETE FROM failures WHERE kind != 'run' OR signature NOT LIKE 'connection reset%'"
        one = "UPDATE runs SET sample_id = 'one', experiment = 'e' WHERE id IN (SELECT run_id FROM failures)"
        all_fail = changed_bundle(base, tmp_path / "all.db", f"{only}; {one}")
        fewer = "DELETE FROM failures WHERE run_id NOT IN (SELECT run_id FROM failures ORDER BY 1 LIMIT 2)"
        some_fail = changed_bundle(all_fail, tmp_path / "some.db", fewer)
        result = compare(all_fail, some_fail, experiment="e")
        [failure] = result.signatures
        assert (failure.base_count, failure.new_count) == (12, 2)
        assert (failure.base_samples, failure.new_samples) == (1, 1)
        assert (failure.base_share, failure.new_share) == (1, pytest.approx(1 / 6))
        assert failure.trend == SignatureTrend.SHRUNK
        assert result.evidence.base_samples == 1

    def test_more_attempts_are_not_more_failures(self, release_bundle, tmp_path):
        """Executed twice as often with twice as many failures, samples have them in the same share of attempts."""
        names = "UPDATE runs SET sample_id = iif(id IN (SELECT run_id FROM failures WHERE kind = 'sample'), 'a', 'b')"
        bundle = release_bundle("wink-0.27.0/evaluation")
        once = changed_bundle(bundle, tmp_path / "once.db", names)
        twice = changed_bundle(multiply_samples(bundle, tmp_path / "twice.db", 2), tmp_path / "again.db", names)
        result = compare(once, twice, all_experiments=True)
        assert result.signatures
        assert {each.new_count / each.base_count for each in result.signatures} == {2}
        assert {each.trend for each in result.signatures} == {SignatureTrend.SAME}

    def test_one_name_in_two_experiments_is_told_apart(self, base, new, tmp_path):
        """A flip has its experiment behind its name where samples of both are called alike, and only there."""
        alike = "UPDATE runs SET sample_id = 'alike' WHERE id < 1000000 AND (sample_id LIKE '首都は%' OR experiment = 'baseline')"
        sides = [changed_bundle(each, tmp_path / each.name, alike) for each in (base, new)]
        lost = format_comparison(compare(*sides, all_experiments=True)).partition("Lost: ")[2]
        assert lost.count("alike (candidate)") == lost.count("(candidate)") == 1

    def test_a_signature_that_vanished_is_gone(self, base, tmp_path):
        """Failures that only the base has are gone, those in fewer samples shrunk."""
        sql = "DELETE FROM failures WHERE kind = 'tool'; DELETE FROM failures WHERE kind = 'run' AND run_id < 1000000"
        fewer = changed_bundle(base, tmp_path / "fewer.db", sql)
        trends = {each.kind: each.trend for each in compare(base, fewer, all_experiments=True).signatures}
        assert (trends["tool"], trends["run"]) == (SignatureTrend.GONE, SignatureTrend.SHRUNK)

    def test_prompts_are_compared_as_text(self, comparison):
        """Changed parts are named with their hashes, and the text of the first pair is a diff."""
        assert {part.kind for part in comparison.prompts.parts} == {"section"}
        [text] = [each for each in comparison.prompts.texts if each.changed_count]
        assert text.changed_count == text.pair_count
        assert "+Be brief." in text.diff

    def test_a_changed_package_is_named(self, comparison):
        """Only the fact that changed is listed, with its values on both sides."""
        [fact] = comparison.environment.changed
        assert (fact.kind, fact.name, fact.base, fact.new) == ("package", "travel", ("1.0",), ("1.1",))

    def test_repeats_have_pass_at_k_and_flaky_samples(self, base, tmp_path):
        """Six attempts at one sample, of which two fail, make it flaky; both rates for k attempts are given."""
        sql = """
        UPDATE runs SET sample_id = '首都は' WHERE sample_id LIKE '首都は%';
        UPDATE runs SET result = 'failed' WHERE sample_id = '首都は' AND id > 4000000;
        """
        repeated = changed_bundle(base, tmp_path / "repeated.db", sql)
        result = compare(repeated, repeated, experiment="candidate")
        assert result.repeats.flaky_new == ("首都は",)
        [third] = [each for each in result.repeats.new if each.k == 3]
        assert (third.pass_at_k, third.pass_hat_k) == (1, pytest.approx(4 / 20))
        assert (result.new.sample_count, result.new.attempts.total) == (7, 12)
        assert not comparison_has_repeats(compare(base, base, experiment="candidate"))


def comparison_has_repeats(comparison):
    """Return whether anything about repeats is reported."""
    return any((comparison.repeats.base, comparison.repeats.flaky_base))
