"""OTLP JSON lines as other programs parse them, and the same bytes from every export of the same runs."""

from __future__ import annotations

import base64
import io
import json
import math

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.artifact_samples import ROOT
from support.exported_traces import attributes, otlp_text, value

from wink_debug_bundle import DebugBundle
from wink_debug_bundle.exporting.otlp import message_parts
from wink_debug_bundle.exporting.otlp.otlp_json import LineWriter, Span, nanoseconds, span_id

RELEASES = ("0.19.0", "0.20.0", "0.21.0", "0.24.0", "0.27.0")
IDS = ("traceId", "spanId", "parentSpanId")


def with_base64_ids(part):
    """Return OTLP JSON with ids in base64, as protobuf's own JSON has bytes, and as OTLP's has not."""
    if isinstance(part, dict):
        return {
            key: base64.b64encode(bytes.fromhex(each)).decode() if key in IDS else with_base64_ids(each)
            for key, each in part.items()
        }
    return [with_base64_ids(each) for each in part] if isinstance(part, list) else part


@pytest.mark.parametrize("release", RELEASES)
def test_each_line_is_a_message_of_the_protocol(release_bundle, release):
    """Each line is an ExportTraceServiceRequest, which says the same when protobuf writes it again."""
    pytest.importorskip("opentelemetry.proto")
    from google.protobuf import json_format
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    for line in otlp_text(release_bundle(release), content=True).splitlines():
        sent = with_base64_ids(json.loads(line))
        message = json_format.ParseDict(sent, ExportTraceServiceRequest())
        again = json_format.MessageToDict(message, use_integers_for_enums=True)
        assert again == sent
        (span, *_) = message.resource_spans[0].scope_spans[0].spans
        assert span.trace_id.hex() == json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"]


@pytest.mark.parametrize("release", RELEASES)
def test_spans_are_as_the_sdk_writes_them(release_bundle, release):
    """OpenTelemetry's own exporter of OTLP JSON lines writes the same spans in the same way, but for their flags."""
    pytest.importorskip("opentelemetry.exporter.otlp.json.file")
    for line in otlp_text(release_bundle(release), content=True).splitlines():
        (resource,) = json.loads(line)["resourceSpans"]
        assert sdk_line(resource) == {"resourceSpans": [resource]}


def sdk_line(resource):
    """Return what the SDK writes for the spans of a resource."""
    from opentelemetry.exporter.otlp.json.file import FileSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode

    def context(span, key="spanId"):
        return SpanContext(int(span["traceId"], 16), int(span[key], 16), is_remote=False) if key in span else None

    (scope,) = resource["scopeSpans"]
    named = scope["scope"]
    spans = [
        ReadableSpan(
            name=span["name"],
            context=context(span),
            parent=context(span, "parentSpanId"),
            resource=Resource(attributes(resource["resource"])),
            attributes=attributes(span),
            events=[
                Event(each["name"], attributes(each), int(each["timeUnixNano"])) for each in span.get("events", [])
            ],
            links=[Link(context(each)) for each in span.get("links", [])],
            kind=SpanKind(span["kind"] - 1),
            status=Status(StatusCode(span["status"].get("code", 0))),
            start_time=int(span["startTimeUnixNano"]),
            end_time=int(span["endTimeUnixNano"]),
            instrumentation_scope=InstrumentationScope(
                named["name"], named["version"], scope["schemaUrl"], attributes(named)
            ),
        )
        for span in scope["spans"]
    ]
    stream = io.StringIO()
    FileSpanExporter(stream=stream).export(spans)
    return json.loads(stream.getvalue(), object_hook=lambda found: {key: found[key] for key in found if key != "flags"})


def test_two_builds_export_the_same(tmp_path):
    """Two bundles of the same files have ids of their own, and export the same bytes."""
    texts = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.db"
        DebugBundle.from_directory(ROOT / "fixtures" / "wink-0.27.0", output=path, recursive=True, jobs=1).close()
        texts.append(otlp_text(path, content=True))
    assert texts[0] == texts[1]
    assert texts[0]


def test_long_traces_have_several_lines():
    """A line ends at a number of spans or at a size; the spans of a trace are the same, however many lines it has."""
    span = Span("a" * 32, "b" * 16, None, "chat", 3, 1, 2, {"text": "x" * 1000})
    writer = LineWriter({"service.name": "s"})
    text = "".join(writer.add(span) for _ in range(10_000)) + writer.rest()
    lines = [json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"] for line in text.splitlines()]
    assert sum(map(len, lines)) == 10_000
    assert len(lines) > 1
    assert max(map(len, text.splitlines())) < 2 * LineWriter.most_bytes


@given(st.one_of(st.integers(), st.floats(), st.text(), st.booleans(), st.lists(st.text())))
def test_any_value_is_an_attribute(given_value):
    """Every number, text and list becomes a value of the protocol: large integers as text, others unchanged."""
    writer = LineWriter({})
    writer.add(Span("a" * 32, "b" * 16, None, "n", 1, 1, 1, {"key": given_value}))
    line = writer.rest()
    ((stored,),) = [span["attributes"] for span in json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]]
    found = value(stored["value"])
    if isinstance(given_value, int) and not -(2**63) <= given_value < 2**63:
        assert found == str(given_value)
    elif isinstance(given_value, float) and not math.isfinite(given_value):
        assert str(float(found)) == str(given_value)
    else:
        assert found == given_value


def test_control_characters_are_escaped():
    """A name with characters that would steer a terminal stands in the line as JSON escapes."""
    writer = LineWriter({})
    writer.add(Span("a" * 32, "b" * 16, None, "\x1b[2J\u202e", 1, 1, 1, {}))
    line = writer.rest()
    assert line.isascii()
    assert json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["name"] == "\x1b[2J\u202e"


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("1970-01-01T00:00:01.000002+00:00", 1_000_002_000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:02", 2_000_000_000),
        ("1969-12-31T23:59:59+00:00", None),
        ("2554-07-21T23:34:33.709551+00:00", 18_446_744_073_709_551_000),
        ("2554-07-21T23:34:33.709552+00:00", None),
        ("9999-12-31T23:59:59.999999+00:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_times_in_nanoseconds(time, expected):
    """ISO 8601 times become nanoseconds; without an offset they are in UTC, and what is no time, or none of OTLP's, is unknown."""
    assert nanoseconds(time) == expected


@given(st.text(), st.integers(0, 5))
def test_ids_are_the_same_for_the_same_key(trace, number):
    """The id of a span depends on its trace, its kind and its number alone."""
    assert span_id(trace, "call", number) == span_id(trace, "call", number)
    assert span_id(trace, "call", number) != span_id(trace, "call", number + 1)
    assert span_id(trace, "call", number) != span_id(f"{trace}x", "call", number)


@given(
    st.lists(st.tuples(st.sampled_from(["content", "response", "arguments"]), st.text(max_size=300)), max_size=12),
    st.integers(60, 3000),
)
def test_messages_fit_the_limit(parts, limit):
    """Messages are JSON within the limit; they are cut only if they have to be."""
    messages = [{"role": "user", "parts": [{"type": "x", key: text}]} for key, text in parts]
    whole = orjson.dumps(messages)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_parts, "LIMIT", limit)
        written, is_cut = message_parts.written_messages(messages)
    assert len(written.encode()) <= limit
    assert is_cut == (len(whole) > limit)
    assert isinstance(json.loads(written), list)
    assert is_cut or written.encode() == whole


@given(st.text(max_size=300), st.integers(1, 200))
def test_texts_fit_the_limit(text, limit):
    """A text is cut between two characters, and only if it has more bytes than the limit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(message_parts, "LIMIT", limit)
        cut, is_cut = message_parts.cut_text(text)
    assert text.startswith(cut)
    assert len(cut.encode()) <= limit
    assert is_cut == (len(text.encode()) > limit)


def test_cut_attributes_are_named(release_bundle, monkeypatch):
    """A span with a text that was cut names the attribute."""
    monkeypatch.setattr(message_parts, "LIMIT", 60)
    stream = io.StringIO()
    with DebugBundle.open(release_bundle("0.27.0")) as bundle:
        bundle.write_otlp(stream, content=True)
    cut = [
        attributes(span)
        for line in stream.getvalue().splitlines()
        for span in json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    ]
    named = {name for each in cut for name in each.get("wink.cut", [])}
    assert {"gen_ai.input.messages", "gen_ai.tool.call.arguments", "gen_ai.system_instructions"} <= named
    assert all(len(each[name].encode()) <= 60 for each in cut for name in each.get("wink.cut", []))
