"""The library's own events, as the items of their slices hold them.

There is one struct for each class, with the fields in the order in which the library writes them. Fields that have
columns are decoded; the others, and JSON of any form, stay the source's own text. A field without a default is written by
every release.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from msgspec import UNSET, Raw, Struct, UnsetType, field

Text = str | None
Count = int | float | None
"""A count. A float is accepted so that it is not taken for the integer that it equals; it counts as unknown."""

NULL = Raw(b"null")

ABSENT = Raw(b"")
"""Default of a field that only some releases write, and that has no column."""


class Usage(Struct, gc=False):
    """Tokens that an event used. An event without them has null in its place."""

    cached_tokens: Count = None
    input_tokens: Count = None
    output_tokens: Count = None


class OwnResult(Struct, gc=False, kw_only=True, forbid_unknown_fields=True):
    """What one of the library's own tools returned."""

    exclude_value_from_context: bool = False
    message: Text = None
    success: bool
    value: Raw = NULL


class ToolResult(Struct, gc=False):
    """What a tool returned: the library's own tools give a flag, a message and a value.

    The native tools of a provider return JSON of any form; all that is known of it is `is_error`.
    """

    is_error: bool | None = None
    message: Text = None
    success: bool | None = None
    value: Raw = NULL


_Result = TypeVar("_Result", OwnResult, Raw)


class ToolInvoked(Struct, Generic[_Result], gc=False, kw_only=True, forbid_unknown_fields=True):
    """A tool was called and has returned."""

    class_tag: Raw = field(name="__type__", default=ABSENT)  # 0.13 to 0.22
    adapter: Text
    call_id: Text
    created_at: Text
    event_id: Text
    name: Text
    params: Raw
    prompt_name: Text
    rendered_output: Text
    result: _Result
    run_context: Raw = ABSENT  # since 0.20
    session_id: Text
    usage: Usage | UnsetType | None = UNSET  # since 0.13
    value: Raw = ABSENT  # until 0.13


class PromptTool(Struct, gc=False):
    """A tool that a prompt offers."""

    name: Text = None


class PromptDescriptor(Struct, gc=False):
    """What a prompt consists of."""

    tools: list[PromptTool] | None = None


class PromptRendered(Struct, gc=False, kw_only=True, forbid_unknown_fields=True):
    """A prompt was made into the text that a model gets."""

    class_tag: Raw = field(name="__type__", default=ABSENT)  # 0.13 to 0.22
    adapter: Text
    created_at: Text
    descriptor: PromptDescriptor | UnsetType | None = UNSET
    event_id: Text
    prompt_key: Text
    prompt_name: Text
    prompt_ns: Text
    render_inputs: Raw
    rendered_prompt: Text
    run_context: Raw = ABSENT  # since 0.20
    session_id: Text


class PromptExecuted(Struct, gc=False, kw_only=True, forbid_unknown_fields=True):
    """A model has answered a prompt."""

    class_tag: Raw = field(name="__type__", default=ABSENT)  # 0.13 to 0.22
    adapter: Text
    created_at: Text
    event_id: Text
    prompt_name: Text
    result: Raw
    run_context: Raw = ABSENT  # since 0.20
    session_id: Text
    usage: Usage | UnsetType | None = UNSET  # since 0.13
    value: Raw = ABSENT  # until 0.13


Event = ToolInvoked[OwnResult] | ToolInvoked[Raw] | PromptRendered | PromptExecuted
