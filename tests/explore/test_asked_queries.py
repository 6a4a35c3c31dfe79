"""`bundle.ask` runs saved queries, and says what is wrong with a name or a value."""

from __future__ import annotations

import json
import re

import pytest
from support.artifact_samples import PROMPT_RENDERED, lines, log_record, rendered_event, slice_of, snapshot

from wink_debug_bundle import BundleError, DebugBundle
from wink_debug_bundle.explore.saved_queries import saved_queries


@pytest.fixture(scope="module")
def bundle(release_bundle):
    """Yield the open bundle of the newest release."""
    with DebugBundle.open(release_bundle("0.27.0")) as opened:
        yield opened


@pytest.mark.parametrize("name", [query.name for query in saved_queries()])
def test_every_saved_query(bundle, name):
    """Every saved query can be asked by its name, without parameters."""
    assert bundle.ask(name).description is not None


def test_rows_by_name(bundle):
    """The rows give their values by name."""
    assert {row["reason"] for row in bundle.ask("failure-reasons")} > {"expected <text>, got <text>"}


def test_a_parameter(bundle):
    """A parameter is given by its name."""
    texts = [row["text"] for row in bundle.ask("conversation", run="wrong-answer")]
    assert "wrong-answer?" in texts[0]


@pytest.mark.parametrize("value", [None, ""])
def test_a_parameter_without_a_value(bundle, value):
    """None and the empty text stand for any value."""
    assert bundle.ask("conversation", run=value).fetchall() == bundle.ask("conversation").fetchall()


def test_every_name_of_a_run_is_known(bundle):
    """A run is named by its number, sample, session or bundle id."""
    sql = "SELECT id, sample_id, session_id, bundle_id FROM runs WHERE sample_id = 'wrong-answer'"
    conversations = {tuple(bundle.ask("conversation", run=value)) for value in bundle.query(sql).fetchone()}
    assert len(conversations) == 1


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("conversaton", {}, "no saved query is called 'conversaton'; nearest: conversation"),
        ("errors", {"run": 1}, "the saved query errors has no parameter 'run'; it has: none"),
        ("conversation", {"rnu": 1}, "the saved query conversation has no parameter 'rnu'; it has: run"),
        ("conversation", {"run": "wrong-anwser"}, "the bundle has no run 'wrong-anwser'; nearest: wrong-answer"),
        ("conversation", {"run": 4711}, "the bundle has no run '4711'; nearest: "),
        ("session-story", {"session_id": "x"}, "the bundle has no session 'x'; there are: "),
        ("token-growth", {"run": "nope"}, "the bundle has no run 'nope'"),
        ("failed-runs", {"reason": "zzz"}, "no run failed for a reason with 'zzz' in it; there are: "),
        ("find-text", {"kind": "call,reslt"}, "no kind of text is called 'reslt'; nearest: result"),
        ("find-text", {"level": "error"}, "the bundle has no level 'error'; nearest: ERROR"),
    ],
)
def test_wrong_names(bundle, name, parameters, message):
    """A wrong name or value is an error that names those that there are."""
    with pytest.raises(BundleError, match=re.escape(message)):
        bundle.ask(name, **parameters)


@pytest.mark.parametrize("column", ["session_id", "bundle_id"])
@pytest.mark.parametrize("mark", ["", "…"])
def test_the_beginning_of_an_id_is_a_run(bundle, column, mark):
    """A run may be given by the first characters of an id, as a table on a terminal shows them."""
    ((number, whole),) = bundle.query(f"SELECT id, {column} FROM runs WHERE sample_id = 'wrong-answer'")
    asked = bundle.ask("conversation", run=whole[:8] + mark).fetchall()
    assert asked == bundle.ask("conversation", run=number).fetchall()


def test_the_beginning_of_a_session(bundle):
    """A session may be given by the first characters of its id."""
    ((session,),) = bundle.query("SELECT session_id FROM runs WHERE sample_id = 'wrong-answer'")
    whole = bundle.ask("session-story", session_id=session).fetchall()
    assert whole
    assert bundle.ask("session-story", session_id=session[:8]).fetchall() == whole


def test_a_beginning_of_several_sessions(build):
    """A beginning that several sessions share is an error that names them."""
    records = [log_record(context={"session_id": f"abcd{end}"}) for end in ("1*", "2")]
    path = build({"app.log": "\n".join(map(json.dumps, records))})
    with DebugBundle.open(path) as opened:
        with pytest.raises(BundleError, match=r"'abcd' is the beginning of several sessions: abcd1\*, abcd2"):
            opened.ask("session-story", session_id="abcd")
        assert opened.ask("session-story", session_id="abcd1").fetchall()
        with pytest.raises(BundleError, match=r"no session 'abcd\*'"):
            opened.ask("session-story", session_id="abcd*")


def test_a_sample_of_a_session(release_bundle):
    """Where sessions record the samples, a sample names its session, as for `show`."""
    with DebugBundle.open(release_bundle("0.20.0")) as opened:
        sample, session = opened.query("SELECT sample_id, session_id FROM session_samples").fetchone()
        for name in ("conversation", "prompt", "token-growth", "find-text"):
            words = {"text": "a"} if name == "find-text" else {}
            rows = opened.ask(name, run=sample, **words).fetchall()
            assert rows == opened.ask(name, run=session, **words).fetchall()
            assert rows or name == "token-growth"


def test_prompts_in_order_of_time(build):
    """Prompts are in the order of their times, whatever their offsets."""
    times = {"second": "2026-01-01T12:00:00+02:00", "first": "2026-01-01T09:59:00+00:00"}
    events = [
        rendered_event(rendered_prompt=text, created_at=time, event_id=f"e-{text}") for text, time in times.items()
    ]
    path = build({"s.jsonl": lines(snapshot(slices=[slice_of(PROMPT_RENDERED, *events)]))})
    with DebugBundle.open(path) as opened:
        assert [row["text"] for row in opened.ask("prompt")] == ["first", "second"]


def test_failed_samples_of_sessions(release_bundle):
    """Samples that only sessions record are among those that failed, with their reason and session."""
    with DebugBundle.open(release_bundle("0.20.0")) as opened:
        rows = opened.ask("failed-runs").fetchall()
        assert [(row["run_id"], row["sample_id"], row["reason"]) for row in rows] == [
            (None, "unreadable-output", "No JSON object or array found in assistant message."),
            (None, "wrong-answer", "score 0.0"),
        ]
        sessions = opened.query("SELECT session_id FROM session_samples WHERE result != 'passed' ORDER BY sample_id")
        assert [row["session_id"] for row in rows] == [session for (session,) in sessions]
        assert [row["sample_id"] for row in opened.ask("failed-runs", reason="SCORE")] == ["wrong-answer"]


def test_a_filter_without_rows(bundle):
    """Words that no text has give no rows: that is the answer."""
    assert bundle.ask("find-text", text="nosuchword").fetchall() == []


def test_a_bundle_without_runs(build):
    """If there are no names at all, the message says so."""
    with (
        DebugBundle.open(build({"a.log": json.dumps(log_record()) + "\n"})) as empty,
        pytest.raises(BundleError, match="has no run 'x'; it has no runs"),
    ):
        empty.ask("conversation", run="x")
