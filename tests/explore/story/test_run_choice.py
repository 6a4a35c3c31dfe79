"""Choosing a run or a session by a name."""

from __future__ import annotations

import pytest
from support.artifact_samples import column

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.explore.story.reading import read_now
from wink_debug_bundle.explore.story.run_choice import listed_units


@pytest.fixture(scope="module")
def evaluation(release_bundle):
    with DebugBundle.open(release_bundle("wink-0.27.0/evaluation")) as bundle:
        yield bundle


@pytest.fixture(scope="module")
def sessions(run_bundle):
    with DebugBundle.open(run_bundle) as bundle:
        yield bundle


@pytest.mark.parametrize(
    "name",
    [
        "id",
        "sample_id",
        "session_id",
        "bundle_id",
        "request_id",
        "substr(bundle_id, 1, 8)",
        "substr(session_id, 1, 8) || '…'",
    ],
)
def test_names_of_a_run(evaluation, name):
    """A run is chosen by its number, its sample, its session, its bundle and request ids, and by the beginning of one."""
    ((number, given),) = evaluation.query(f"SELECT id, {name} FROM runs WHERE sample_id = 'wrong-answer'")
    assert evaluation.show(given).header.run_id == number


def test_a_session_outside_of_runs(sessions):
    """Where a bundle has no runs, a session is chosen by its id, with the sessions below it."""
    ((root,),) = sessions.query("SELECT root_session_id FROM bundle_meta")
    header = sessions.show(root).header
    assert (header.run_id, header.session_id, header.session_count) == (None, root, 4)


def test_a_session_below_the_root_of_a_run(release_bundle):
    """The session of a sub-agent leads to its run."""
    with DebugBundle.open(release_bundle("wink-0.27.0/runs")) as bundle:
        child, run = bundle.query(
            "SELECT child.session_id, runs.id FROM sessions AS child JOIN runs ON runs.session_id = parent_session_id"
        ).fetchone()
        assert bundle.show(child).header.run_id == run


def test_an_unknown_name_near_others(evaluation):
    """The message about an unknown name has the nearest names."""
    with pytest.raises(BundleError, match="no run is called 'wrong-anwser'; nearest: wrong-answer"):
        evaluation.show("wrong-anwser")


def test_an_unknown_number_among_many(evaluation, monkeypatch):
    """Where runs are many, the message has those with the nearest numbers, after samples that end in the number."""
    monkeypatch.setattr("wink_debug_bundle.explore.story.run_choice._LISTED", 3)
    numbers = [number for (number,) in evaluation.query("SELECT id FROM runs ORDER BY id")]
    with pytest.raises(BundleError) as raised:
        evaluation.show("4711")
    assert str(raised.value).endswith(f"nearest: {', '.join(map(str, reversed(numbers[-3:])))}")


def test_a_very_long_number(evaluation):
    """Digits that Python would not make a number of are a name that no run has."""
    with pytest.raises(BundleError, match="no run is called '9999"):
        evaluation.show("9" * 5000)


def test_an_unknown_number(evaluation):
    """If no name is near, the message lists runs."""
    with pytest.raises(BundleError, match=r"no run is called '99999'; there are: 1, 6, 11, 15, 19, 23$"):
        evaluation.show(99999)


def test_an_unknown_session(sessions, run_bundle):
    """Without runs, the message lists sessions."""
    with pytest.raises(BundleError, match="no session is called 'xyzzy'; there are: ") as refusal:
        sessions.show("xyzzy")
    assert column(run_bundle, "SELECT root_session_id FROM bundle_meta")[0] in str(refusal.value)


def test_several_runs_of_a_sample(release_bundle, tmp_path):
    """A sample that several runs have is refused, and the message has their numbers and experiments."""
    source = release_bundle("wink-0.27.0/evaluation")
    copy = tmp_path / "twice.db"
    copy.write_bytes(source.read_bytes())
    import sqlite3

    with sqlite3.connect(copy) as connection:
        connection.execute("UPDATE runs SET sample_id = 'wrong-answer' WHERE sample_id = 'no-output'")
    connection.close()
    with (
        DebugBundle.open(copy) as bundle,
        pytest.raises(BundleError, match=r"'wrong-answer' names 2 runs: give the number of one: 1 \(baseline\), 6 "),
    ):
        bundle.show("wrong-answer")


def test_the_beginning_of_several_ids(evaluation):
    """The beginning of several ids is refused; of a sample it is not, if only one begins so."""
    assert evaluation.show("wrong-an").header.sample_id == "wrong-answer"
    with pytest.raises(BundleError, match="no run is called 'wr'"):
        evaluation.show("wr")


def test_a_large_number(evaluation):
    """A number that SQLite cannot hold is an unknown name."""
    with pytest.raises(BundleError, match=r"no run is called '9{30}'"):
        evaluation.show("9" * 30)


def test_a_list_of_samples_without_runs(release_bundle):
    """Where sessions are samples, the list to choose from has the failed ones first, each with its sample and reason."""
    with DebugBundle.open(release_bundle("wink-0.20.0/evaluation")) as bundle:
        listed = read_now(bundle.query("SELECT 1").connection, listed_units(20))
        failed = {row[0] for row in bundle.query("SELECT session_id FROM session_samples WHERE result != 'passed'")}
    assert {unit.name for unit in listed[: len(failed)]} == failed
    assert ("wrong-answer baseline", "failed") in {(unit.label, unit.result) for unit in listed}
    assert [unit.result for unit in listed[-1:]] == [None]


def test_sessions_without_a_result(release_bundle):
    """A session that ended without a result says so, and comes first in the list to choose from."""
    with DebugBundle.open(release_bundle("wink-0.19.0/evaluation")) as bundle:
        listed = read_now(bundle.query("SELECT 1").connection, listed_units(20))
        ((unfinished,),) = bundle.query("SELECT session_id FROM session_results WHERE result = 'unfinished'")
        results = {unit.name: bundle.show(unit.name).header.result for unit in listed}
    assert [unit.result for unit in listed] == ["unfinished", None, None, None]
    assert results == {unit.name: unit.result for unit in listed}
    assert listed[0].name == unfinished


def test_a_sample_without_a_run(release_bundle):
    """Where only sessions record samples, a sample leads to its session."""
    with DebugBundle.open(release_bundle("wink-0.20.0/evaluation")) as bundle:
        header = bundle.show("wrong-answer").header
    assert (header.run_id, header.sample_id, header.result) == (None, "wrong-answer", "failed")
