"""Samples of two evaluations are paired by id, else by request; none is dropped, and experiments are not mixed."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.changed_bundle import changed_bundle
from support.many_runs import EVALUATION
from support.next_evaluation import write_next_evaluation

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.comparing.sample_pairs.attempts import Attempt, read_attempts
from wink_debug_bundle.comparing.sample_pairs.open_side import OpenSide
from wink_debug_bundle.comparing.sample_pairs.pairing import PairedBy, pair_samples
from wink_debug_bundle.comparing.sample_pairs.sample_keys import request_key, values_key
from wink_debug_bundle.comparing.sample_pairs.side_choice import ChoiceError, Wish, choose_samples
from wink_debug_bundle.explore.costs.price_table import read_prices

_NUMBERS = count(1)
REQUESTS = {name: request_key([f'{{"text": "{name}"}}']) for name in "abcd"}


def attempt(sample=None, request=None, result="passed", experiment="one"):
    """Return an attempt of a sample of an evaluation."""
    return Attempt(next(_NUMBERS), None, sample, experiment, result, key=REQUESTS.get(request))


ATTEMPTS = st.lists(
    st.builds(
        attempt,
        st.sampled_from([None, "s1", "s2", "s3"]),
        st.sampled_from([None, *REQUESTS]),
        st.sampled_from(["passed", "failed", "error", "unscored", None]),
        st.sampled_from(["one", "two", None]),
    ),
    max_size=12,
)


class TestPairing:
    """Which samples are the same."""

    @given(ATTEMPTS, ATTEMPTS, st.booleans(), st.booleans())
    def test_every_attempt_is_in_one_place(self, base, new, by_paths, across):
        """Each attempt is in one sample, and each sample in one pair or listed as unpaired."""
        pairing = pair_samples(base, new, by_paths=by_paths, across_experiments=across)
        bases = [pair.base for pair in pairing.pairs] + [each.sample for each in pairing.only_base]
        news = [pair.new for pair in pairing.pairs] + [each.sample for each in pairing.only_new]
        for attempts, samples in ((base, bases), (new, news)):
            placed = [each.run_id for sample in samples for each in sample.attempts]
            assert sorted(placed) == sorted(each.run_id for each in attempts)

    @given(ATTEMPTS, ATTEMPTS)
    def test_experiments_are_not_mixed(self, base, new):
        """A sample has attempts of one experiment, and so has its pair."""
        for pair in pair_samples(base, new).pairs:
            assert len({each.experiment for each in (*pair.base.attempts, *pair.new.attempts)}) == 1

    def test_a_failed_run_without_id_is_the_sample_of_its_request(self):
        """A run that ended with an exception names no sample; its request shows which it was."""
        pairing = pair_samples([attempt("s1", "a"), attempt("s2", "b")], [attempt(None, "a", "error")])
        [pair] = pairing.pairs
        assert (pair.name, pair.difference, pair.paired_by) == ("s1", -1.0, PairedBy.SAMPLE)
        assert [each.sample.name for each in pairing.only_base] == ["s2"]

    def test_failed_runs_on_both_sides_are_paired_by_request(self):
        """Where neither side names the sample, equal requests make a pair."""
        [pair] = pair_samples([attempt(None, "a", "error")], [attempt(None, "a", "error")]).pairs
        assert pair.paired_by == PairedBy.REQUEST
        assert pair.name.startswith("request ")

    def test_samples_with_other_ids_are_paired_by_request(self):
        """Ids that are new in every evaluation do not keep equal requests apart."""
        [pair] = pair_samples([attempt("x1", "a")], [attempt("y1", "a", "failed")]).pairs
        assert (pair.base.name, pair.new.name, pair.paired_by) == ("x1", "y1", PairedBy.REQUEST)

    def test_a_request_of_several_samples_says_nothing(self):
        """A failed run is not given to one of several samples that have its request."""
        pairing = pair_samples([attempt("s1", "a"), attempt("s2", "a")], [attempt(None, "a", "error")])
        assert not pairing.pairs
        assert (len(pairing.only_base), len(pairing.only_new)) == (2, 1)
        assert "several" in pairing.only_new[0].reason

    def test_attempts_of_a_sample_are_averaged(self):
        """Three attempts, one of which passed, count as a third of a pass; unscored ones do not count."""
        results = ("passed", "failed", "error", "unscored")
        [pair] = pair_samples([attempt("s1")], [attempt("s1", result=result) for result in results]).pairs
        assert pair.new.success == pytest.approx(1 / 3)
        assert pair.difference == pytest.approx(-2 / 3)
        assert pair.new.telling.result == "failed"

    def test_paths_come_before_ids(self):
        """With values to pair by, the same id does not make a pair, and the same values do."""
        [pair] = pair_samples([attempt("s1", "a")], [attempt("s2", "a"), attempt("s1", "b")], by_paths=True).pairs
        assert (pair.base.name, pair.new.name, pair.paired_by) == ("s1", "s2", PairedBy.PATHS)


class TestKeys:
    """What makes two requests the same."""

    def test_order_and_spaces_do_not_matter(self):
        """JSON that says the same has the same key."""
        assert request_key(['{"a": 1, "b": [2]}']) == request_key(['{"b":[2],"a":1}'])

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("[12345678901234567890]", "[12345678901234567891]"),
            ("[0.1]", "[0.10000000000000002]"),
            ("{", "}"),
            ("[" * 3000, "[" * 3001),
            ("[1]", '["1"]'),
        ],
    )
    def test_others_differ(self, one, other):
        """Long numbers are not rounded, and what is no JSON is taken as it is."""
        assert request_key([one]) != request_key([other])

    def test_a_missing_value_is_no_empty_one(self):
        """Values at paths are told apart by their places; none at all make no key."""
        assert values_key([None, '"x"']) != values_key(['"x"', None])
        assert values_key([None, None]) is None


def read(path, pair_by=(), **wish):
    """Return the attempts of a bundle."""
    with DebugBundle.open(path) as bundle:
        side = OpenSide(path, bundle.connection)
        return list(read_attempts(side, choose_samples(side, Wish("base", **wish)), read_prices(), pair_by))


class TestReading:
    """What is read from bundles."""

    def test_every_sample_of_a_release_with_runs_is_read(self, release_bundle):
        """The attempts are the rows of sample_results, with its numbers."""
        path = release_bundle("0.27.0")
        with DebugBundle.open(path) as bundle:
            rows = bundle.query("SELECT run_id, result, total_tokens, tool_call_count FROM sample_results").fetchall()
        attempts = read(path, every_experiment=True)
        assert sorted(map(tuple, rows)) == sorted(
            (each.run_id, each.result, each.total_tokens, each.call_count) for each in attempts
        )
        assert all(each.key for each in attempts)

    def test_samples_that_only_sessions_record_are_read(self, release_bundle):
        """Release 0.20 wrote no zips of runs; its samples are in sessions, and are paired by their ids."""
        attempts = read(release_bundle("wink-0.20.0/evaluation"), every_experiment=True)
        assert attempts
        assert all(each.run_id is None and each.shown_by for each in attempts)
        pairing = pair_samples(attempts, attempts)
        assert len(pairing.pairs) == len({(each.experiment, each.sample_id) for each in attempts})

    def test_several_experiments_are_not_added_up_unasked(self, release_bundle):
        """Without a choice, the message lists the experiments and says how to choose."""
        with pytest.raises(ChoiceError, match=r"baseline \(\d of \d passed\), candidate .*--experiment NAME"):
            read(release_bundle("0.27.0"))

    def test_one_experiment_can_be_chosen(self, release_bundle):
        """Only the samples of the chosen experiment are read."""
        attempts = read(release_bundle("0.27.0"), experiment="candidate")
        assert {each.experiment for each in attempts} == {"candidate"}

    def test_an_unknown_experiment_is_named_with_the_nearest(self, release_bundle):
        """A wrong name is answered with the right one."""
        with pytest.raises(ChoiceError, match=r"no experiment 'candidat'.*candidate"):
            read(release_bundle("0.27.0"), experiment="candidat")

    def test_values_at_paths_make_the_key(self, release_bundle):
        """With a path that all requests have alike, all keys are the same; without a value there is none."""
        path = release_bundle("0.27.0")
        assert len({each.key for each in read(path, ["$.kind"], every_experiment=True)}) <= 2
        assert {each.key for each in read(path, ["$.gone"], every_experiment=True)} == {None}

    @pytest.mark.parametrize(("padding", "is_paired"), [((1 << 20) + 5, True), ((8 << 20) + 5, False)])
    def test_large_requests_are_paired_too(self, tmp_path, padding, is_paired):
        """Runs without an id whose requests are blobs have pairs; where these are too large, the reason says it."""
        first = write_next_evaluation(EVALUATION, tmp_path / "first", padding=padding)
        folders = first, write_next_evaluation(first, tmp_path / "second")
        bundles = [tmp_path / f"{folder.name}.db" for folder in folders]
        for folder, bundle in zip(folders, bundles, strict=True):
            DebugBundle.from_directory(folder, output=bundle, recursive=True, jobs=1).close()
        pairing = pair_samples(*(list(read(bundle, every_experiment=True)) for bundle in bundles))
        without_id = [pair for pair in pairing.pairs if pair.paired_by == PairedBy.REQUEST]
        assert (len(pairing.pairs) == 6) == bool(without_id) == is_paired
        reasons = {each.reason for each in (*pairing.only_base, *pairing.only_new)}
        assert is_paired or all("its request is too large" in reason for reason in reasons)
        assert bool(reasons) != is_paired

    def test_names_without_end_are_refused(self, release_bundle, tmp_path):
        """A crafted view with names of many megabytes does not fill the memory."""
        columns = "experiment, result, score, failure, failure_signature, total_tokens, duration_ms, tool_call_count"
        nothing = ", ".join(
            f"NULL AS {name}" for name in (columns + ", failed_call_count, path, request, evaluation").split(", ")
        )
        sql = f"""
        DROP VIEW sample_results;
        CREATE VIEW sample_results AS
        SELECT NULL AS run_id, NULL AS session_id, printf('%.15000000c', 'x') || value AS sample_id, {nothing}
        FROM json_each('[1, 2, 3, 4, 5, 6, 7]');
        """
        hostile = changed_bundle(release_bundle("0.27.0"), tmp_path / "hostile.db", sql)
        with pytest.raises(BundleError, match=r"hostile\.db: has more samples, or longer names"):
            read(hostile)
