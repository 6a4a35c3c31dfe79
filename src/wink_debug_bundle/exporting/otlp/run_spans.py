"""Make the spans of a run: the run, its agents, the turns of their models, and their tool calls."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from ..agent_runs.agent_data import Agent, Call, Execution, Turn
from ..agent_runs.unit_words import NO_CALL_WORDS, CallWords
from . import conventions as names
from .message_parts import finish_reason, input_messages, instructions, output_messages, text_message
from .otlp_json import CLIENT, INTERNAL, Span
from .root_span import root_span
from .span_periods import Period, agent_period, call_period, execution_period, turn_period
from .trace_context import Attributes, TraceContext, message_attributes, text_attributes, usage_attributes

_CALLS_AT_ONCE = 32


def spans_of(trace: TraceContext) -> Iterator[Span]:
    """Yield the spans of a run, the first of them that of the run itself.

    A run of one agent is the invocation of this agent; one of several is a workflow with a span for each.
    """
    agents, facts = trace.run.agents, trace.run.facts
    if len(agents) == 1:
        yield root_span(trace, names.INVOKE_AGENT, agents[0].name, _agent_attributes(trace, agents[0]))
    else:
        name = facts.prompt_key or agents[0].name
        yield root_span(trace, names.INVOKE_WORKFLOW, name, {names.WORKFLOW_NAME: name})
    for number, agent in enumerate(agents):
        period = trace.period
        if len(agents) > 1:
            period = agent_period(agent, trace.period)
            yield _agent_span(trace, number, period)
        yield from _turn_spans(trace, number, period)
        yield from _execution_spans(trace, number, period)
        yield from _call_spans(trace, number, period)


def _agent_span(trace: TraceContext, number: int, period: Period) -> Span:
    agent = trace.run.agents[number]
    above = trace.root if agent.parent is None else trace.agents[agent.parent]
    parent = above if agent.parent_call is None else trace.call_id(agent.parent_call)
    attributes = {
        names.OPERATION: names.INVOKE_AGENT,
        **_agent_attributes(trace, agent),
        **trace.common(period),
    }
    name = f"{names.INVOKE_AGENT} {agent.name}"
    return Span(trace.trace_id, trace.agents[number], parent, name, INTERNAL, period.start, period.end, attributes)


def _agent_attributes(trace: TraceContext, agent: Agent) -> Attributes:
    content: Attributes = {}
    if trace.words and agent.prompts:
        texts = trace.words.prompts(each.id for each in agent.prompts)
        parts = instructions(texts[each.id] for each in agent.prompts if texts.get(each.id))
        content = message_attributes({names.SYSTEM_INSTRUCTIONS: parts})
    return {
        names.AGENT_NAME: agent.name,
        names.PROVIDER: names.provider_of(agent.adapter),
        "wink.session.id": agent.session_id,
        **content,
    }


def _turn_spans(trace: TraceContext, number: int, period: Period) -> Iterator[Span]:
    before = period.start
    for position, turn in enumerate(trace.run.agents[number].turns):
        own = turn_period(turn, before)
        before = own.end
        attributes = {
            names.REQUEST_MODEL: turn.model,
            names.RESPONSE_MODEL: turn.model,
            names.FINISH_REASONS: [finish_reason(turn.written)] if turn.written else None,
            **usage_attributes(turn.tokens),
            **_turn_content(trace, turn),
        }
        yield _chat_span(trace, number, trace.id_of("turn", f"{number}.{position}"), own, attributes)


def _turn_content(trace: TraceContext, turn: Turn) -> Attributes:
    if trace.words is None:
        return {}
    words = trace.words.entries(entry.id for entry in (*turn.read, *turn.written))
    messages = {
        names.INPUT_MESSAGES: input_messages(turn.read, words),
        names.OUTPUT_MESSAGES: output_messages(turn.written, words),
    }
    return message_attributes(messages)


def _execution_spans(trace: TraceContext, number: int, period: Period) -> Iterator[Span]:
    before = period.start
    for position, execution in enumerate(trace.run.agents[number].executions):
        own = execution_period(execution, before)
        before = own.end
        attributes = {
            "wink.turns_together": True,
            **usage_attributes(execution.executed.tokens),
            **_execution_content(trace, execution),
        }
        yield _chat_span(trace, number, trace.id_of("execution", f"{number}.{position}"), own, attributes)


def _execution_content(trace: TraceContext, execution: Execution) -> Attributes:
    if trace.words is None:
        return {}
    asked = [] if execution.rendered is None else [execution.rendered.id]
    texts = trace.words.prompts([*asked, execution.executed.id])
    answer = text_message("assistant", texts.get(execution.executed.id, ""))
    messages = {
        names.INPUT_MESSAGES: [text_message("system", texts.get(each, "")) for each in asked],
        names.OUTPUT_MESSAGES: [answer | {"finish_reason": names.STOP}],
    }
    return message_attributes(messages)


def _chat_span(trace: TraceContext, number: int, identity: str, period: Period, attributes: Attributes) -> Span:
    agent = trace.run.agents[number]
    own: Attributes = {
        names.OPERATION: names.CHAT,
        names.PROVIDER: names.provider_of(agent.adapter),
        names.AGENT_NAME: agent.name,
        **trace.common(period),
        **attributes,
    }
    model = attributes.get(names.REQUEST_MODEL)
    name = f"{names.CHAT} {model}" if model else names.CHAT
    return Span(trace.trace_id, identity, trace.agents[number], name, CLIENT, period.start, period.end, own)


def _call_spans(trace: TraceContext, number: int, period: Period) -> Iterator[Span]:
    calls = iter(trace.run.agents[number].calls)
    while chunk := list(islice(calls, _CALLS_AT_ONCE)):
        words = trace.words.calls(call.id for call in chunk) if trace.words else {}
        for call in chunk:
            yield _call_span(trace, number, call, call_period(call, period), words.get(call.id, NO_CALL_WORDS))


def _call_span(trace: TraceContext, number: int, call: Call, period: Period, words: CallWords) -> Span:
    failed = call.success == 0
    attributes: Attributes = {
        names.OPERATION: names.EXECUTE_TOOL,
        names.TOOL_NAME: call.tool_name,
        names.TOOL_TYPE: names.FUNCTION_TOOL,
        names.TOOL_CALL_ID: call.call_id,
        names.AGENT_NAME: trace.run.agents[number].name,
        **trace.common(period),
        names.ERROR_TYPE: call.outcome if failed else None,
        "wink.tool.outcome": call.outcome,
        **text_attributes({names.TOOL_ARGUMENTS: words.params, names.TOOL_RESULT: words.result}),
    }
    return Span(
        trace.trace_id,
        trace.call_id(call.id),
        trace.agents[number],
        f"{names.EXECUTE_TOOL} {call.tool_name}",
        INTERNAL,
        period.start,
        period.end,
        attributes,
        is_error=failed,
    )
