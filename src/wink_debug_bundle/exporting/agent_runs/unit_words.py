"""Read the words of a few entries, calls and prompts at a time."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson

from ...explore.story.reading import Row, Statement, rows_of
from .run_reading import unit_sql


class EntryWords(NamedTuple):
    """A block of the transcript with its words; `data` is JSON of what a tool was given or returned."""

    id: int
    entry_type: str
    tool_name: str | None
    text: str | None
    data: str | None
    call_id: str | None


class CallWords(NamedTuple):
    """What a tool call was given (JSON), what it returned, and why it failed."""

    id: int
    params: str | None
    result: str | None
    error: str | None


NO_CALL_WORDS = CallWords(0, None, None, None)


class UnitWords:
    """Reads words from an open bundle."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def entries(self, ids: Iterable[int]) -> Mapping[int, EntryWords]:
        """Return the words of transcript entries."""
        return {row[0]: EntryWords(row[0], *map(_text, row[1:])) for row in self._rows("entry_words", ids)}  # type: ignore[arg-type]

    def calls(self, ids: Iterable[int]) -> Mapping[int, CallWords]:
        """Return what calls were given and returned."""
        return {row[0]: CallWords(row[0], *map(_text, row[1:])) for row in self._rows("call_words", ids)}

    def prompts(self, ids: Iterable[int]) -> Mapping[int, str]:
        """Return the texts of rendered prompts, and of the results of executed ones."""
        return {row[0]: _text(row[1]) or "" for row in self._rows("prompt_words", ids)}

    def _rows(self, name: str, ids: Iterable[int]) -> list[Row]:
        return rows_of(self._connection, Statement(unit_sql(name), {"ids": json.dumps(list(ids))}))


def _text(value: object) -> str | None:
    """Return a value as text: in a hostile bundle, or one that computes it from JSON, it may have any type."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)


def parsed(text: str | None) -> object:
    """Return the value of JSON text; the text itself if it is no JSON, or none that can be written again."""
    if text is None:
        return None
    try:
        value: object = orjson.loads(text)
        orjson.dumps(value)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return text
    return value
