"""The names of OpenTelemetry's semantic conventions for generative AI, as of one commit, and no name anywhere else.

The conventions are in development and change their names. To follow them, compare `model/gen-ai/spans.yaml`,
`events.yaml` and `registry.yaml` of a newer commit of https://github.com/open-telemetry/semantic-conventions-genai with
this module, and change `COMMIT`.
"""

from __future__ import annotations

COMMIT = "ac48b1f9df15fdf281b96cccf15eb707e1fc1868"
"""The commit of open-telemetry/semantic-conventions-genai that the names below are from."""

SCHEMA_URL = "https://opentelemetry.io/schemas/gen-ai-dev/1.42.0-dev"
"""The schema that the repository gave itself at that commit."""

# Operations, which also begin the names of spans.
INVOKE_WORKFLOW = "invoke_workflow"
INVOKE_AGENT = "invoke_agent"
CHAT = "chat"
EXECUTE_TOOL = "execute_tool"

# Attributes of spans.
OPERATION = "gen_ai.operation.name"
PROVIDER = "gen_ai.provider.name"
CONVERSATION = "gen_ai.conversation.id"
WORKFLOW_NAME = "gen_ai.workflow.name"
AGENT_NAME = "gen_ai.agent.name"
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
INPUT_TOKENS = "gen_ai.usage.input_tokens"
OUTPUT_TOKENS = "gen_ai.usage.output_tokens"
CACHE_READ_TOKENS = "gen_ai.usage.cache_read.input_tokens"
CACHE_WRITE_TOKENS = "gen_ai.usage.cache_write.input_tokens"
TOOL_NAME = "gen_ai.tool.name"
TOOL_TYPE = "gen_ai.tool.type"
TOOL_CALL_ID = "gen_ai.tool.call.id"
ERROR_TYPE = "error.type"

# Attributes with content, which the conventions leave out unless somebody asks for them.
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
TOOL_ARGUMENTS = "gen_ai.tool.call.arguments"
TOOL_RESULT = "gen_ai.tool.call.result"

# Events.
EVALUATION_EVENT = "gen_ai.evaluation.result"
EVALUATION_NAME = "gen_ai.evaluation.name"
EVALUATION_SCORE = "gen_ai.evaluation.score.value"
EVALUATION_LABEL = "gen_ai.evaluation.score.label"
EVALUATION_EXPLANATION = "gen_ai.evaluation.explanation"
EXCEPTION_EVENT = "exception"
EXCEPTION_TYPE = "exception.type"
EXCEPTION_MESSAGE = "exception.message"
EXCEPTION_STACKTRACE = "exception.stacktrace"

FUNCTION_TOOL = "function"
STOP, TOOL_CALL = "stop", "tool_call"
"""Why the model ended an answer."""

UNKNOWN_ERROR = "_OTHER"
"""The error type where no class of error is recorded."""

_PROVIDERS = {
    "claude_agent_sdk": "anthropic",
    "codex_app_server": "openai",
    "openai": "openai",
}
"""Providers of the library's adapters; other adapters stand for themselves, as they reach several providers."""


def provider_of(adapter: str | None) -> str:
    """Return the name of the provider behind an adapter; "unknown" if no adapter is recorded."""
    return _PROVIDERS.get(adapter or "", adapter or "unknown")
