"""Folders tell evaluations apart where they have the same samples, or different experiments."""

from __future__ import annotations

import pytest

from wink_debug_bundle.derive.evaluation_folders import PlacedSample, evaluation_of, place_of, told_apart

REQUEST = "0041f965-dae9-4c45-820f-68f50de9f848"


def runs(*paths_and_names: str, experiment: str | None = "baseline") -> list[PlacedSample]:
    """Return samples, each given as the path of its run, a space and its name."""
    pairs = (text.rsplit(" ", 1) for text in paths_and_names)
    return [PlacedSample(place_of(path, is_run=True), [name], experiment) for path, name in pairs]


def names(samples: list[PlacedSample]) -> dict[str, str]:
    """Return the evaluation of each folder that has one."""
    return {"/".join(place): name for place, name in told_apart(samples).items()}


class TestPlaceOf:
    """The folders that hold a run or a file."""

    def test_folder_of_a_request_is_left_out(self):
        """The folder that the library makes for each request says nothing about the evaluation."""
        assert place_of(f"base/{REQUEST}/run.zip", is_run=True) == ("base",)

    def test_zip_is_a_folder(self):
        """A zip of runs stands for a folder."""
        assert place_of(f"base.zip!{REQUEST}/run.zip", is_run=True) == ("base.zip",)

    def test_file_of_sessions_is_part_of_its_place(self):
        """A file may hold the sessions of a whole evaluation."""
        assert place_of("dumps/base.jsonl", is_run=False) == ("dumps", "base.jsonl")


class TestToldApart:
    """Which folders are of different evaluations."""

    def test_same_samples(self):
        """Folders with the same samples are."""
        samples = runs("base/a.zip s1", "base/b.zip s2", "new/c.zip s1", "new/d.zip s2")
        assert names(samples) == {"base": "base", "new": "new"}

    def test_different_samples(self):
        """Folders with different samples, as of CI jobs that share the work, are not."""
        assert names(runs("part-1/a.zip s1", "part-1/b.zip s2", "part-2/c.zip s3", "part-2/d.zip s4")) == {}

    def test_different_experiments(self):
        """Folders without a common experiment are, even if their samples differ."""
        samples = [*runs("base/a.zip s1", "base/b.zip s2"), *runs("new/c.zip s3", experiment="candidate")]
        assert names(samples) == {"base": "base", "new": "new"}

    def test_repeats_in_one_folder(self):
        """Repeats of a sample in one folder, or in folders of requests, are of one evaluation."""
        other = REQUEST.replace("0041", "0042")
        assert names(runs(f"{REQUEST}/a.zip s1", f"{other}/b.zip s1", "c.zip s1", "d.zip s2")) == {}

    def test_folder_for_each_sample(self):
        """Folders of one sample each are of one evaluation, though one sample was executed twice."""
        assert names(runs("s1/a.zip s1", "s1-again/b.zip s1", "s2/c.zip s2")) == {}

    def test_one_sample_executed_in_two_folders(self):
        """Evaluations of a single sample are told apart as well."""
        assert names(runs("base/a.zip s1", "new/b.zip s1")) == {"base": "base", "new": "new"}

    def test_below_a_common_folder(self):
        """The name begins below the folders that are common to all."""
        samples = runs("ci/out/base/a.zip s1", "ci/out/base/b.zip s2", "ci/out/new/c.zip s1")
        assert names(samples) == {"ci/out/base": "base", "ci/out/new": "new"}

    def test_folders_in_folders(self):
        """A folder that is told apart may hold several evaluations itself; their names have both folders."""
        samples = runs("m1/base/a.zip s1", "m1/base/b.zip s2", "m1/new/c.zip s1", "m2/d.zip s1")
        assert names(samples) == {"m1": "m1", "m1/base": "m1/base", "m1/new": "m1/new", "m2": "m2"}

    def test_beside_a_folder(self):
        """Samples beside the folder of another evaluation are those of the folder around it."""
        samples = runs("a.zip s1", "b.zip s2", "old/c.zip s1", "old/d.zip s2")
        assert names(samples) == {"": ".", "old": "old"}

    def test_order_does_not_matter(self):
        """The folders are the same in whatever order the samples come."""
        samples = runs("base/a.zip s1", "base/b.zip s2", "new/c.zip s1", "new/d.zip s2")
        assert told_apart(reversed(samples)) == told_apart(samples)

    def test_very_deep_folders(self):
        """Names of thousands of levels, which a zip may have, are compared only as far as is sensible."""
        deep = "x/" * 20_000
        assert names(runs(f"{deep}base/a.zip s1", f"{deep}new/b.zip s1")) == {}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("base/x/run.zip", "outer"),
        ("base/new/run.zip!log.jsonl", "inner"),
        ("base", "outer"),
        ("basement/run.zip", None),
    ],
)
def test_innermost_folder_counts(path, expected):
    """An artifact is of the evaluation of the innermost folder that it is in or is."""
    assert evaluation_of(path, {("base",): "outer", ("base", "new"): "inner"}) == expected
