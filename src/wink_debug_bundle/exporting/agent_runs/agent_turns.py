"""Divide the transcript of an agent into the turns of its model."""

from __future__ import annotations

from collections.abc import Iterable

from .agent_data import NO_TOKENS, Entry, Turn

_ANSWERS = ("assistant_message", "thinking", "tool_use")
_READ = ("user_message", "tool_result")


class _OpenTurn:
    """A turn whose blocks are being collected.

    Args:
        read: What the model was given since the turn before.
        asked_at: When the last of that was there.
    """

    def __init__(self, read: list[Entry], asked_at: str | None) -> None:
        self._read = read
        self._asked_at = asked_at
        self._written: list[Entry] = []
        self._tokens = NO_TOKENS
        self._model: str | None = None
        self._answered_at: str | None = None
        self.is_counted = False

    def goes_on_with(self, entry: Entry, *, interrupted: bool) -> bool:
        """Return whether a block is of this turn; `interrupted` says that the model was given something meanwhile.

        An agent may run a tool before it logs the other blocks of the same answer. Those repeat its tokens.
        """
        if self._written and self._written[-1].log_id == entry.log_id:
            return True
        counted = self._tokens.context is not None and not self.is_counted
        if counted and entry.tokens.context is not None:
            return self._tokens[:2] == entry.tokens[:2]
        return not interrupted

    def add(self, entry: Entry) -> None:
        """Add a block."""
        self._written.append(entry)
        self.count(entry)

    def count(self, entry: Entry) -> None:
        """Add the tokens and the model that an entry names."""
        self._tokens = self._tokens.most(entry.tokens)
        self._model = self._model or entry.model
        self._answered_at = entry.time or self._answered_at

    def finished(self) -> Turn:
        """Return the turn."""
        return Turn(
            self._model, self._tokens, tuple(self._read), tuple(self._written), self._asked_at, self._answered_at
        )


def turns_of(entries: Iterable[Entry]) -> tuple[tuple[Turn, ...], tuple[Entry, ...]]:
    """Return the turns of an agent's entries, and what it was given after the last one."""
    turns: list[_OpenTurn] = []
    read: list[Entry] = []
    for entry in entries:
        current = turns[-1] if turns else None
        if entry.entry_type in _ANSWERS:
            if current is None or not current.goes_on_with(entry, interrupted=bool(read)):
                current, read = _begin(turns, read), []
            current.add(entry)
        elif entry.entry_type == "token_usage":
            if current is None or current.is_counted:  # the answer that it counts follows, or is not recorded
                current, read = _begin(turns, read), []
            current.count(entry)
            current.is_counted = True
        elif entry.entry_type in _READ:
            read.append(entry)
    return tuple(turn.finished() for turn in turns), tuple(read)


def _begin(turns: list[_OpenTurn], read: list[Entry]) -> _OpenTurn:
    turns.append(_OpenTurn(read, next((each.time for each in reversed(read) if each.time), None)))
    return turns[-1]
