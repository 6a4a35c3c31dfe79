"""Make the first span of a run: how it ended, what it used, and what evaluations said about it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..agent_runs.run_reading import counted
from . import conventions as names
from .otlp_json import INTERNAL, Span, SpanEvent, nanoseconds
from .trace_context import Attributes, TraceContext, text_attributes, usage_attributes

_TRACE_ID, _SPAN_ID = re.compile("[0-9a-f]{32}"), re.compile("[0-9a-f]{16}")


def root_span(trace: TraceContext, operation: str, name: str, attributes: Attributes) -> Span:
    """Return the first span of a run, with its operation and the attributes that this has."""
    facts, samples = trace.run.facts, trace.run.samples
    failed = facts.result == "error" or (len(samples) == 1 and samples[0].result == "error")
    own: Attributes = {
        names.OPERATION: operation,
        **attributes,
        **trace.common(trace.period),
        names.ERROR_TYPE: (facts.error_type or names.UNKNOWN_ERROR) if failed else None,
        **_usage(trace),
        **_facts(trace),
    }
    return Span(
        trace.trace_id,
        trace.root,
        None,
        f"{operation} {name}",
        INTERNAL,
        trace.period.start,
        trace.period.end,
        own,
        [*_exceptions(trace), *_evaluations(trace)],
        failed,
        _link(facts.trace_id or "", facts.span_id or ""),
    )


def _facts(trace: TraceContext) -> Attributes:
    """Return what the bundle knows of a run and the conventions have no name for."""
    facts = trace.run.facts
    only = trace.run.samples[0] if len(trace.run.samples) == 1 else None
    return {
        "wink.adapter": facts.adapter,
        "wink.prompt": ":".join(filter(None, (facts.prompt_ns, facts.prompt_key))) or None,
        "wink.run.bundle_id": facts.bundle_id,
        "wink.run.execution_id": facts.execution_id,
        "wink.run.request_id": facts.request_id,
        "wink.run.attempt": facts.attempt,
        "wink.run.worker_id": facts.worker_id,
        "wink.run.result": facts.result or (only.result if only else None),
        "wink.evaluation": facts.evaluation,
        "wink.experiment": facts.experiment or (only.experiment if only else None),
        "wink.sample_id": facts.sample_id or (only.sample_id if only else None),
    }


def _link(trace_id: str, span_id: str) -> tuple[str, str] | None:
    """Return the span of the library's caller, if the run names one."""
    return (trace_id, span_id) if _TRACE_ID.fullmatch(trace_id) and _SPAN_ID.fullmatch(span_id) else None


def _exceptions(trace: TraceContext) -> Iterator[SpanEvent]:
    facts = trace.run.facts
    if facts.error_type is not None:
        contents = {names.EXCEPTION_MESSAGE: facts.error_message, names.EXCEPTION_STACKTRACE: facts.traceback}
        words = {} if trace.words is None else text_attributes(contents)
        yield SpanEvent(names.EXCEPTION_EVENT, trace.period.end, {names.EXCEPTION_TYPE: facts.error_type, **words})


def _evaluations(trace: TraceContext) -> Iterator[SpanEvent]:
    for sample in trace.run.samples:
        explanation = (
            {} if trace.words is None else text_attributes({names.EVALUATION_EXPLANATION: sample.reason or None})
        )
        attributes: Attributes = {
            names.EVALUATION_NAME: "score",
            names.EVALUATION_SCORE: None if sample.score is None else float(sample.score),
            names.EVALUATION_LABEL: sample.result,
            **explanation,
            names.ERROR_TYPE: None if sample.error is None else names.UNKNOWN_ERROR,
            "wink.experiment": sample.experiment,
            "wink.sample_id": sample.sample_id,
        }
        time = nanoseconds(sample.time)
        yield SpanEvent(names.EVALUATION_EVENT, trace.period.end if time is None else time, attributes)


def _usage(trace: TraceContext) -> Attributes:
    """Return the tokens of the run, under names of their own if its turns have tokens, so that no sum has them twice."""
    facts = trace.run.facts
    usage = usage_attributes(counted(facts.adapter, facts.input_tokens, facts.output_tokens, facts.cached_tokens))
    if any(tokens.are_known for agent in trace.run.agents for tokens in agent.answer_tokens):
        return {f"wink.run.{name.removeprefix('gen_ai.')}": number for name, number in usage.items()}
    return usage
