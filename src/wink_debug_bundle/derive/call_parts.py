"""Calls that a cut through a log has parted: which beginning and which end belong together."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

MOST_OPEN = 2000
"""Calls without an end that are remembered for each log; older ones will hardly end any more."""


class Part(NamedTuple):
    """A part of a call: its beginning or its end, or all but the asking for it."""

    id: int
    log: int
    tool_name: str
    call_id: str | None
    is_asked: bool
    is_started: bool
    is_ended: bool


@dataclass(slots=True)
class _Log:
    """The calls of one log that have begun and not ended."""

    parts: OrderedDict[int, Part] = field(default_factory=OrderedDict)

    def remember(self, part: Part) -> None:
        self.parts[part.id] = part
        if len(self.parts) > MOST_OPEN:
            self.parts.popitem(last=False)

    def find(self, later: Part) -> Part | None:
        """The call's earlier part: by its id, else the last of that tool that may go on like this."""
        for part in reversed(self.parts.values()):
            if part.tool_name != later.tool_name or (later.is_started and part.is_started):
                continue
            if later.call_id is not None:
                if part.call_id == later.call_id:
                    return part
            elif part.is_started or later.is_started:
                return part
        return None


def parted(parts: Iterable[Part]) -> Iterator[tuple[int, int]]:
    """Pairs of parts, in their order, of which each is one call: the earlier one first."""
    logs: dict[int, _Log] = {}
    for part in parts:
        log = logs.setdefault(part.log, _Log())
        earlier = None if part.is_asked else log.find(part)
        if earlier is not None:
            yield earlier.id, part.id
            del log.parts[earlier.id]
            whole = earlier._replace(is_started=earlier.is_started or part.is_started)
            if not part.is_ended:
                log.remember(whole)
        elif not part.is_ended:
            log.remember(part)
