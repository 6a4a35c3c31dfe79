"""Runs as spans: one trace for each run, with its agents, turns and calls."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import pytest
from support.artifact_samples import column
from support.exported_traces import attributes, otlp_text, spans_in

RELEASES = ("0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0")
CONTENT = ("gen_ai.input.", "gen_ai.output.", "gen_ai.system_instructions", "gen_ai.tool.call.arguments")


def operation(span):
    """Return the operation of a span."""
    return span["attributes"]["gen_ai.operation.name"]


@pytest.fixture(params=RELEASES)
def bundle(request, release_bundle):
    """Return the bundle of what a release writes."""
    return release_bundle(request.param)


@pytest.fixture
def spans(bundle):
    """Return the spans of that bundle, with content."""
    return list(spans_in(otlp_text(bundle, content=True)))


def test_the_spans_are_trees(spans):
    """Each trace has one span without a parent; all others are below one of the same trace, and no id is given twice."""
    ids = Counter((span["traceId"], span["spanId"]) for span in spans)
    assert set(ids.values()) == {1}
    roots = Counter(span["traceId"] for span in spans if "parentSpanId" not in span)
    assert roots == dict.fromkeys({span["traceId"] for span in spans}, 1)
    assert all((span["traceId"], span["parentSpanId"]) in ids for span in spans if "parentSpanId" in span)


def test_ids_and_times_have_their_form(spans):
    """Ids are lower hexadecimal digits, times are strings of digits, and no span ends before it starts."""
    for span in spans:
        assert (len(span["traceId"]), len(span["spanId"])) == (32, 16)
        assert int(span["traceId"], 16) > 0
        assert span["traceId"] == span["traceId"].lower()
        assert 10**18 < int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])


def test_each_run_is_a_trace(bundle, spans):
    """Runs of the bundle, or its root sessions if it has no runs, are as many as there are traces."""
    (runs,) = column(bundle, "SELECT count(*) FROM runs")
    (roots,) = column(bundle, "SELECT count(*) FROM session_results WHERE parent_session_id IS NULL")
    assert len({span["traceId"] for span in spans}) == (runs or roots)


def test_each_call_is_a_span(bundle, spans):
    """Tool calls are spans with their tools, and an error type if they failed."""
    calls = [span for span in spans if operation(span) == "execute_tool"]
    assert Counter(span["attributes"]["gen_ai.tool.name"] for span in calls) == Counter(
        column(bundle, "SELECT tool_name FROM calls")
    )
    assert Counter(span["attributes"].get("error.type") for span in calls if span["status"]) == Counter(
        column(bundle, "SELECT outcome FROM calls WHERE success = 0")
    )
    assert all(span["name"] == f"execute_tool {span['attributes']['gen_ai.tool.name']}" for span in calls)


@pytest.mark.parametrize(
    ("name", "view_column"),
    [
        ("gen_ai.usage.input_tokens", "context_tokens"),
        ("gen_ai.usage.output_tokens", "output_tokens"),
        ("gen_ai.usage.cache_read.input_tokens", "cached_tokens"),
        ("gen_ai.usage.cache_write.input_tokens", "cache_write_tokens"),
    ],
)
def test_tokens_of_turns(bundle, spans, name, view_column):
    """The tokens of a transcript's turns are those of the view turn_tokens, each once."""
    turns = [span for span in spans if operation(span) == "chat" and "wink.turns_together" not in span["attributes"]]
    assert sum(span["attributes"].get(name, 0) for span in turns) == sum(
        number or 0 for number in column(bundle, f"SELECT {view_column} FROM turn_tokens")
    )


def test_no_tokens_are_counted_twice(release_bundle):
    """If turns have tokens, those of the run have names of their own, so that sums over a trace hold."""
    for release in RELEASES:
        spans = list(spans_in(otlp_text(release_bundle(release))))
        for _, trace in itertools.groupby(spans, key=lambda span: span["traceId"]):
            root, *others = trace
            counted = any("gen_ai.usage.input_tokens" in span["attributes"] for span in others)
            assert not (counted and "gen_ai.usage.input_tokens" in root["attributes"])


def test_prompts_without_a_transcript(release_bundle):
    """Where no transcript is recorded, an executed prompt is one chat span, marked as all turns together."""
    bundle = release_bundle("0.19.0")
    chats = [span for span in spans_in(otlp_text(bundle, content=True)) if operation(span) == "chat"]
    assert all(span["attributes"]["wink.turns_together"] for span in chats)
    assert sum(span["attributes"]["gen_ai.usage.output_tokens"] for span in chats) == sum(
        column(bundle, "SELECT output_tokens FROM prompt_events WHERE event_type = 'executed'")
    )
    assert {span["attributes"]["gen_ai.provider.name"] for span in chats} == {"litellm"}


def test_a_failed_run_is_an_error(release_bundle):
    """A run that ended with an exception has its class as error type, and an event of the exception."""
    bundle = release_bundle("0.27.0")
    roots = [span for span in spans_in(otlp_text(bundle)) if "parentSpanId" not in span]
    failed = [span for span in roots if span["status"] == {"code": 2}]
    types = Counter(column(bundle, "SELECT error_type FROM runs WHERE error_type IS NOT NULL"))
    assert Counter(span["attributes"]["error.type"] for span in failed) == types
    exceptions = [event for span in failed for event in span["events"] if event["name"] == "exception"]
    assert Counter(event["attributes"]["exception.type"] for event in exceptions) == types


def test_evaluations_are_events(release_bundle):
    """The score of a sample is an event of its run, with value and label; the reason only with content."""
    bundle = release_bundle("0.27.0")

    def scores(*, content):
        events = [event for span in spans_in(otlp_text(bundle, content=content)) for event in span["events"]]
        return [event["attributes"] for event in events if event["name"] == "gen_ai.evaluation.result"]

    rows = column(bundle, "SELECT json_array(score, result) FROM runs WHERE score IS NOT NULL ORDER BY id")
    found = [
        (each["gen_ai.evaluation.score.value"], each["gen_ai.evaluation.score.label"]) for each in scores(content=False)
    ]
    assert found == [tuple(json.loads(row)) for row in rows]
    assert all("gen_ai.evaluation.explanation" not in each for each in scores(content=False))
    assert "expected '2', got '3'" in [each.get("gen_ai.evaluation.explanation") for each in scores(content=True)]


def test_samples_of_sessions_are_events(release_bundle):
    """Releases that wrote no zips of runs put the results of samples into sessions; they are events, too."""
    bundle = release_bundle("0.20.0")
    events = [event for span in spans_in(otlp_text(bundle)) for event in span["events"]]
    results = [event["attributes"] for event in events if event["name"] == "gen_ai.evaluation.result"]
    assert Counter(each["gen_ai.evaluation.score.label"] for each in results) == Counter(
        column(bundle, "SELECT result FROM session_samples")
    )


def test_content_is_only_there_if_asked_for(bundle):
    """Without --content, no attribute holds a message, an argument, a result, a reason or an error message."""
    text = otlp_text(bundle)
    assert not any(key.startswith(CONTENT) for span in spans_in(text) for key in span["attributes"])
    said = column(bundle, "SELECT text FROM transcript_entries WHERE length(text) > 12")
    said += column(bundle, "SELECT rendered_text FROM prompt_events WHERE length(rendered_text) > 12")
    said += column(bundle, "SELECT error_message FROM runs WHERE length(error_message) > 12")
    said += column(
        bundle,
        "SELECT given.value FROM tool_calls, json_each(params) AS given WHERE length(given.value) > 12 AND given.type = 'text'",
    )
    assert said
    assert not [each for each in said if json.dumps(each, ensure_ascii=False)[1:-1] in text]


def test_content_is_what_was_said(release_bundle):
    """With --content, spans have the instructions, the messages since the turn before, arguments and results."""
    bundle = release_bundle("0.27.0")
    spans = list(spans_in(otlp_text(bundle, content=True)))
    chats = [span["attributes"] for span in spans if operation(span) == "chat"]
    messages = [message for chat in chats for message in json.loads(chat.get("gen_ai.output.messages", "[]"))]
    texts = Counter(part["content"] for message in messages for part in message["parts"] if part["type"] == "text")
    assert texts == Counter(
        column(bundle, "SELECT text FROM transcript_entries WHERE entry_type = 'assistant_message'")
    )
    calls = [span["attributes"] for span in spans if operation(span) == "execute_tool"]
    assert Counter(call.get("gen_ai.tool.call.arguments") for call in calls) == Counter(
        column(bundle, "SELECT params FROM tool_calls")
    )
    instructions = [
        json.loads(text) for span in spans if (text := span["attributes"].get("gen_ai.system_instructions"))
    ]
    assert Counter(part["content"] for parts in instructions for part in parts) == Counter(
        column(bundle, "SELECT rendered_text FROM prompt_events WHERE event_type = 'rendered'")
    )


def test_agents_within_agents(release_bundle):
    """A session that a tool call started is an agent below the span of this call."""
    spans = {span["spanId"]: span for span in spans_in(otlp_text(release_bundle("0.27.0")))}
    parents = [
        spans[span["parentSpanId"]]["name"]
        for span in spans.values()
        if operation(span) == "invoke_agent" and "parentSpanId" in span
    ]
    assert sorted(parents) == [
        "execute_tool delegate",
        "execute_tool delegate",
        "invoke_agent guarded",
        "invoke_workflow guarded",
        "invoke_workflow plan-trip",
    ]


def test_derived_times_are_marked(release_bundle):
    """A turn's start is not recorded, and says so; the times of calls that a log records are."""
    spans = list(spans_in(otlp_text(release_bundle("0.27.0"))))
    assert all("start" in span["attributes"]["wink.derived_times"] for span in spans if operation(span) == "chat")
    calls = [span for span in spans if span["name"] == "execute_tool ping"]
    assert [span["attributes"].get("wink.derived_times") for span in calls] == [None] * len(calls)
    alone = [span for span in spans_in(otlp_text(release_bundle("0.19.0"))) if operation(span) == "execute_tool"]
    assert all("start" in span["attributes"]["wink.derived_times"] for span in alone)


def test_the_commit_of_the_conventions_is_named(release_bundle):
    """Each line names the conventions by their schema and by a whole commit id."""
    line = json.loads(otlp_text(release_bundle("0.27.0")).splitlines()[0])
    (scope,) = line["resourceSpans"][0]["scopeSpans"]
    assert scope["schemaUrl"].startswith("https://opentelemetry.io/schemas/")
    assert len(attributes(scope["scope"])["wink.semantic_conventions.commit"]) == 40


def test_one_run(release_bundle):
    """A run can be exported alone, by its name, and is the same as among the others."""
    bundle = release_bundle("0.27.0")
    alone = otlp_text(bundle, run="wrong-answer")
    assert alone.count("\n") == 1
    assert alone in otlp_text(bundle)
