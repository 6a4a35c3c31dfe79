"""Finds the fragments of one tool call when its log records were read in different blocks."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

MAX_OPEN_CALLS = 10_000
"""Calls without an end that are remembered for each log; an older one is unlikely to end any more."""


class OpenCall(NamedTuple):
    """A call whose end has not been found yet; `id` is that of its first fragment."""

    id: int
    tool_name: str
    call_id: str | None
    is_started: bool


class _OpenCalls:
    """The open calls of one log."""

    def __init__(self) -> None:
        self._calls: OrderedDict[int, OpenCall] = OrderedDict()
        self._by_call_id: dict[tuple[str, str], OpenCall] = {}
        self._by_tool: dict[tuple[str, bool], dict[int, OpenCall]] = defaultdict(dict)

    def add(self, call: OpenCall) -> None:
        self._calls[call.id] = call
        self._by_tool[call.tool_name, call.is_started][call.id] = call
        if call.call_id is not None:
            self._by_call_id[call.tool_name, call.call_id] = call
        if len(self._calls) > MAX_OPEN_CALLS:
            self.remove(next(iter(self._calls.values())))

    def remove(self, call: OpenCall) -> None:
        del self._calls[call.id]
        del self._by_tool[call.tool_name, call.is_started][call.id]
        if call.call_id is not None and self._by_call_id.get((call.tool_name, call.call_id)) is call:
            del self._by_call_id[call.tool_name, call.call_id]

    def find(self, tool_name: str, call_id: str | None, *, starts: bool) -> OpenCall | None:
        """Return the open call that a later fragment continues; `starts` says whether that fragment has a start.

        With an id it is the call with that id, unless both have a start. Without one it is the last call of that tool
        that has not started yet if `starts`, and otherwise the last one that has.
        """
        if call_id is not None:
            call = self._by_call_id.get((tool_name, call_id))
            return None if call is None or (call.is_started and starts) else call
        candidates = self._by_tool[tool_name, not starts]
        return next(reversed(candidates.values()), None)


def join_fragments(rows: Iterable[tuple[Any, ...]]) -> list[tuple[int, int | None, int | None]]:
    """Return the fragments that are one call: the ids of the first, and of those with its start and with its end.

    An id is None if the first fragment has the start itself, or if no fragment has it.

    Args:
        rows: The fragments, in the order of their log. Each row has the fragment's id, the log's id, the tool's name,
            the call's id, and whether the fragment has the request, the start and the end of the call.
    """
    logs: dict[int, _OpenCalls] = defaultdict(_OpenCalls)
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for fragment_id, log_id, tool_name, call_id, is_requested, is_started, is_ended in rows:
        open_calls = logs[log_id]
        first = None if is_requested else open_calls.find(tool_name, call_id, starts=bool(is_started))
        if first is None:
            if not is_ended:
                open_calls.add(OpenCall(fragment_id, tool_name, call_id, bool(is_started)))
            continue
        open_calls.remove(first)
        if is_started:
            starts[first.id] = fragment_id
        if is_ended:
            ends[first.id] = fragment_id
        else:
            open_calls.add(first._replace(is_started=True))
    return [(first_id, starts.get(first_id), ends.get(first_id)) for first_id in {**starts, **ends}]
