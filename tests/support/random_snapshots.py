"""Strategies for snapshots whose items hold anything: the library's events, with changes, and items of an application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from .artifact_samples import (
    PROMPT_EXECUTED,
    PROMPT_RENDERED,
    ROOT_SESSION,
    TOOL_INVOKED,
    executed_event,
    rendered_event,
    slice_of,
    snapshot,
    tool_event,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def changed(event: Callable[..., dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for events in which fields are missing, added, or of any type."""
    fields = st.sampled_from([*event(), "usage", "run_context", "value", "__type__", "new", "clé", "a/b"])
    changes = st.dictionaries(fields, VALUES, max_size=3)
    missing = st.sets(st.sampled_from(list(event())), max_size=2)
    return st.builds(
        lambda new, gone: {key: value for key, value in event(**new).items() if key not in gone}, changes, missing
    )


RESULTS = st.fixed_dictionaries(
    {}, optional={"success": VALUES, "message": VALUES, "value": VALUES, "is_error": st.booleans() | VALUES}
)
USAGES = st.fixed_dictionaries({}, optional=dict.fromkeys(("input_tokens", "output_tokens", "cached_tokens"), VALUES))
EVENTS = {
    TOOL_INVOKED: changed(tool_event) | st.builds(lambda r, u: tool_event(result=r, usage=u), RESULTS | VALUES, USAGES),
    PROMPT_RENDERED: changed(rendered_event),
    PROMPT_EXECUTED: changed(executed_event) | st.builds(lambda u: executed_event(usage=u), USAGES),
    "app:Note": st.dictionaries(st.text(max_size=5), VALUES, max_size=4),
    "app:Value": VALUES,
}
SLICES = st.one_of(
    [
        st.builds(lambda items, name=name: slice_of(name, *items), st.lists(of, max_size=4))
        for name, of in EVENTS.items()
    ]
)
PLAIN_SNAPSHOTS: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda slices: snapshot(ROOT_SESSION, *slices), st.lists(SLICES, max_size=4)
)
"""Snapshots with the library's own values beside the items."""

SNAPSHOTS: st.SearchStrategy[dict[str, Any]] = st.builds(
    lambda slices, changes: snapshot(ROOT_SESSION, *slices, **changes),
    st.lists(SLICES, max_size=4),
    st.dictionaries(st.sampled_from(["created_at", "parent_id", "odd", "items"]), VALUES, max_size=2),
)
