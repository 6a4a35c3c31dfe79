"""Calls that a cut through a log has parted: which beginning and which end belong together."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

MOST_OPEN = 10_000
"""Calls without an end that are remembered of each log; older ones will hardly end any more."""


class Part(NamedTuple):
    """The beginning of a call."""

    id: int
    tool_name: str
    call_id: str | None
    is_started: bool


class _Log:
    """The calls of one log that have begun and not ended."""

    def __init__(self) -> None:
        self._parts: OrderedDict[int, Part] = OrderedDict()
        self._of_id: dict[tuple[str, str], Part] = {}
        self._of_tool: dict[tuple[str, bool], dict[int, Part]] = defaultdict(dict)

    def remember(self, part: Part) -> None:
        self._parts[part.id] = part
        self._of_tool[part.tool_name, part.is_started][part.id] = part
        if part.call_id is not None:
            self._of_id[part.tool_name, part.call_id] = part
        if len(self._parts) > MOST_OPEN:
            self.forget(next(iter(self._parts.values())))

    def forget(self, part: Part) -> None:
        del self._parts[part.id]
        del self._of_tool[part.tool_name, part.is_started][part.id]
        if part.call_id is not None and self._of_id.get((part.tool_name, part.call_id)) is part:
            del self._of_id[part.tool_name, part.call_id]

    def find(self, tool_name: str, call_id: str | None, *, starts: bool) -> Part | None:
        """The beginning of a call that goes on: by its id, else the last of that tool that may go on like this."""
        if call_id is not None:
            part = self._of_id.get((tool_name, call_id))
            return None if part is None or (part.is_started and starts) else part
        fitting = self._of_tool[tool_name, not starts]
        return next(reversed(fitting.values()), None)


def join_fragments(rows: Iterable[tuple[Any, ...]]) -> list[tuple[int, int | None, int | None]]:
    """Parts that are one call: the first, the one that holds its start, and the one that holds its end.

    A row tells of each part its id, its log, the tool's name, the call's id, and whether it holds the asking for the
    call, its start and its end.
    """
    logs: dict[int, _Log] = defaultdict(_Log)
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    for part_id, log_id, tool_name, call_id, is_asked, is_started, is_ended in rows:
        log = logs[log_id]
        earlier = None if is_asked else log.find(tool_name, call_id, starts=bool(is_started))
        if earlier is None:
            if not is_ended:
                log.remember(Part(part_id, tool_name, call_id, bool(is_started)))
            continue
        log.forget(earlier)
        if is_started:
            starts[earlier.id] = part_id
        if is_ended:
            ends[earlier.id] = part_id
        else:
            log.remember(earlier._replace(is_started=True))
    return [(whole, starts.get(whole), ends.get(whole)) for whole in {**starts, **ends}]
