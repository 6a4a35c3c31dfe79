"""Write the runs of a bundle as OTLP JSON lines."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple, TextIO

from ..agent_runs.run_reading import agent_runs
from ..agent_runs.unit_words import UnitWords
from .otlp_json import LineWriter
from .run_spans import spans_of
from .trace_context import TraceContext


class ExportedTraces(NamedTuple):
    """What an OTLP export wrote: a trace for each run, and their spans."""

    trace_count: int
    span_count: int


def write_otlp(
    connection: sqlite3.Connection, stream: TextIO, *, content: bool = False, run: str | None = None
) -> ExportedTraces:
    """Write each run as a trace, in one line of OTLP JSON, or several if it is long.

    Args:
        connection: A bundle.
        stream: Where to write.
        content: Whether to write what was said: messages, instructions, arguments, results, reasons, error messages.
        run: Name of the only run to write, as for `show`.
    """
    words = UnitWords(connection) if content else None
    traces = spans = 0
    for each in agent_runs(connection, run):
        trace = TraceContext(each, words)
        facts = each.facts
        writer = LineWriter({"service.name": "weakincentives", "service.version": facts.library_version})
        for span in spans_of(trace):
            stream.write(writer.add(span))
            spans += 1
        stream.write(writer.rest())
        traces += 1
    return ExportedTraces(traces, spans)
