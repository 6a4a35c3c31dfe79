"""Write spans as OTLP JSON: ids in hexadecimal, 64-bit integers and nanoseconds as strings."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ..._version import __version__
from ...terminal_text import visible_in_json
from .conventions import COMMIT, SCHEMA_URL

INTERNAL, CLIENT = 1, 3
"""Kinds of spans."""

_ERROR = 2
_LATEST = (1 << 64) - 1
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**63

Value = str | bool | int | float | Sequence[str]


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """Something that happened at one moment of a span."""

    name: str
    time: int
    attributes: Mapping[str, Value | None]


@dataclass(frozen=True, slots=True)
class Span:
    """A span; attributes that are None are left out. Times are nanoseconds since 1970.

    Attributes:
        is_error: Whether it ended with an error.
        link: Trace id and span id of a span elsewhere to which it belongs.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    kind: int
    start: int
    end: int
    attributes: Mapping[str, Value | None]
    events: Sequence[SpanEvent] = ()
    is_error: bool = False
    link: tuple[str, str] | None = None


@dataclass(slots=True)
class LineWriter:
    """Joins the spans of one trace to lines, each a whole OTLP JSON object of a bounded size.

    Args:
        resource: Attributes of what the spans are about.
    """

    resource: Mapping[str, Value | None]
    _spans: list[bytes] = field(default_factory=list)
    _size: int = 0

    most_bytes = 4 << 20
    most_spans = 512

    def add(self, span: Span) -> str:
        """Add a span; return a line if that made one complete, else ''."""
        encoded = orjson.dumps(_span_object(span))
        self._spans.append(encoded)
        self._size += len(encoded)
        is_full = self._size >= self.most_bytes or len(self._spans) >= self.most_spans
        return self.rest() if is_full else ""

    def rest(self) -> str:
        """Return the line of the spans that are in none yet; '' if there are none."""
        if not self._spans:
            return ""
        spans, self._spans, self._size = b",".join(self._spans), [], 0
        resource = orjson.dumps({"attributes": _attributes(self.resource)})
        scope = b'{"resourceSpans":[{"resource":%b,"scopeSpans":[{"scope":%b,"spans":[%b],"schemaUrl":%b}]}]}'
        line = scope % (resource, _SCOPE, spans, orjson.dumps(SCHEMA_URL))
        return visible_in_json(line.decode()) + "\n"


def span_id(trace: str, kind: str, number: int | str) -> str:
    """Return the id of a span: that of the row of a kind with a number within its trace."""
    return hashlib.sha256(orjson.dumps([trace, kind, number])).hexdigest()[:16]


def nanoseconds(time: str | None) -> int | None:
    """Return an ISO 8601 time as nanoseconds since 1970; None if it is no such time, or one that 64 bits cannot hold."""
    try:
        moment = datetime.fromisoformat(time or "")
    except ValueError:
        return None
    known = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    elapsed = (known - _EPOCH) // _MICROSECOND * 1000
    return elapsed if 0 <= elapsed <= _LATEST else None


def _span_object(span: Span) -> dict[str, Any]:
    written: dict[str, Any] = {"traceId": span.trace_id, "spanId": span.span_id}
    if span.parent_id is not None:
        written["parentSpanId"] = span.parent_id
    written |= {
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": str(span.start),
        "endTimeUnixNano": str(span.end),
        "attributes": _attributes(span.attributes),
    }
    if span.events:
        written["events"] = [_event_object(event) for event in span.events]
    if span.link is not None:
        written["links"] = [{"traceId": span.link[0], "spanId": span.link[1]}]
    written["status"] = {"code": _ERROR} if span.is_error else {}
    return written


def _event_object(event: SpanEvent) -> dict[str, Any]:
    return {"timeUnixNano": str(event.time), "name": event.name, "attributes": _attributes(event.attributes)}


def _attributes(attributes: Mapping[str, Value | None]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items() if value is not None]


def _value(value: Value) -> dict[str, Any]:
    """Return a value as OTLP's AnyValue; a number that has no place in it as text."""
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)} if -_LARGEST <= value < _LARGEST else {"stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else _infinite(value)}
    return {"arrayValue": {"values": [_value(each) for each in value]}}


def _infinite(value: float) -> str:
    """Return how protobuf's JSON names a number that JSON cannot express."""
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


_SCOPE = orjson.dumps(
    {
        "name": "wink-debug-bundle",
        "version": __version__,
        "attributes": _attributes({"wink.semantic_conventions.commit": COMMIT}),
    }
)
