"""Fills the table `prompt_parts` from the prompt descriptors in logs and snapshots."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import apsw
import orjson

from ..column_values import PromptPartKind
from ..events import Event, emit
from ..run_rows import PromptPartRow
from .sql_files import derive_sql

_FIELDS = (
    (PromptPartKind.SECTION, "sections", "content_hash"),
    (PromptPartKind.TOOL, "tools", "contract_hash"),
    (PromptPartKind.EXAMPLE, "task_examples", "content_hash"),
)
"""Kind, field of the descriptor that lists the parts of that kind, and field of a part that has its hash."""

_LONGEST_REPR = 1 << 19
"""Characters of the longest repr that is parsed (about 3,000 parts); the syntax tree may take 400 bytes for each."""

PROMPT_EVENT = "prompt.render.start"
"""The event of the log records that describe the prompts of runs."""

_INSERT = f"INSERT INTO prompt_parts ({', '.join(PromptPartRow._fields)}) VALUES (?, ?, ?, ?, ?, ?, ?)"


class Part(NamedTuple):
    """One part of a prompt, and the hash of its content."""

    prompt_ns: str
    prompt_key: str
    kind: str
    name: str
    hash: str


class Reading(NamedTuple):
    """The parts that one descriptor names, and whether these are all of them."""

    parts: tuple[Part, ...]
    is_complete: bool


def derive_prompt_parts(
    connection: apsw.Connection, settled: Collection[int] = (), settled_incomplete: int = 0
) -> None:
    """Write the parts of the prompts that each run, and each session outside of runs, rendered: each version once.

    If descriptors could not be read completely, a log event gives their number.

    Args:
        connection: The bundle under construction, with its tool calls and its views.
        settled: The ids of the runs whose parts are written.
        settled_incomplete: The number of their descriptors that could not be read completely.

    Raises:
        apsw.Error: the rows could not be written.
    """
    incomplete = settled_incomplete
    with connection:
        rows = connection.execute(derive_sql("logged_prompts"), (json.dumps(sorted(settled)), PROMPT_EVENT))
        before = connection.total_changes()
        for (run_id, session_id), prompts in groupby(rows, key=itemgetter(0, 1)):
            parts, count = parts_of_run(run_id, session_id, [context for *_, context in prompts])
            incomplete += count
            connection.executemany(_INSERT, parts)
        if settled and connection.total_changes() > before:
            connection.execute(derive_sql("parts_in_order"))
        rows = connection.execute(derive_sql("held_prompts"))
        for session_id, prompts in groupby(rows, key=itemgetter(0)):
            parts, count = _rows(None, session_id, (descriptor for _, descriptor in prompts))
            incomplete += count
            connection.executemany(_INSERT, parts)
    if incomplete:
        emit(Event.INCOMPLETE_PROMPTS, descriptor_count=incomplete)


def parts_of_run(run_id: int, session_id: str | None, contexts: Iterable[object]) -> tuple[list[PromptPartRow], int]:
    """Return the rows of a run's prompts, given the contexts of its prompt events, and how many are incomplete."""
    return _rows(run_id, session_id, map(_descriptor, contexts))


def _rows(run_id: int | None, session_id: str | None, descriptors: Iterable[object]) -> tuple[list[PromptPartRow], int]:
    """Return the rows of prompts, given their descriptors, and how many could not be read completely."""
    readings = [read_descriptor(descriptor) for descriptor in descriptors if isinstance(descriptor, str)]
    parts = dict.fromkeys(part for reading in readings for part in reading.parts)
    incomplete = sum(not reading.is_complete for reading in readings)
    return [PromptPartRow(run_id, session_id, *part) for part in parts], incomplete


def _descriptor(context: object) -> object:
    """Return the descriptor in the context of a prompt event, or None."""
    try:
        value = orjson.loads(context if isinstance(context, str) else memoryview(context))  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return None  # the context is no JSON, or NULL
    descriptor = value.get("descriptor") if isinstance(value, dict) else None
    return orjson.dumps(descriptor).decode() if isinstance(descriptor, dict | list) else descriptor


@lru_cache(maxsize=1000)
def read_descriptor(text: str) -> Reading:
    """Return the parts that a descriptor names; its text is JSON in snapshots and Python's repr in logs."""
    try:
        prompt = orjson.loads(text) if text.startswith("{") else _parse_repr(text)
        parts_or_none = list(_parts(prompt))
    except (ValueError, TypeError, LookupError, SyntaxError, RecursionError, MemoryError):
        return Reading((), is_complete=False)  # the library writes no such descriptor
    parts = tuple(part for part in parts_or_none if part is not None)
    return Reading(parts, is_complete=len(parts) == len(parts_or_none))


def _parse_repr(text: str) -> dict[str, Any]:
    """Return the fields in the repr of a `PromptDescriptor`, with the types that they have in JSON.

    Raises:
        ValueError: the text is not such a repr, is too long, or has a null byte (until Python 3.12).
        SyntaxError: the text is not a Python expression.
        RecursionError: the expression is nested too deeply.
        MemoryError: the expression is nested too deeply for Python's parser.
    """
    if not text.startswith("PromptDescriptor(") or len(text) > _LONGEST_REPR:
        raise ValueError("not the repr of a PromptDescriptor that can be parsed")
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # Python's warnings about source text, such as invalid escapes, do not matter here
        fields = _value(ast.parse(text, mode="eval").body)
    if not isinstance(fields, dict):
        raise ValueError("an expression that only begins like the repr of a PromptDescriptor")  # noqa: TRY004
    return fields


def _value(node: ast.expr) -> Any:
    """Return a literal's value, or the keyword arguments of a call; None for syntax that no descriptor's repr has."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(element) for element in node.elts]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return {keyword.arg: _value(keyword.value) for keyword in node.keywords}
    return None


def _parts(prompt: dict[str, Any]) -> Iterator[Part | None]:
    """Yield a part for each section, tool and example of a prompt; None for each that lacks a name or a hash."""
    ns, key = prompt["ns"], prompt["key"]
    for kind, field, hash_field in _FIELDS:
        items: Any = prompt.get(field, [])
        if not isinstance(items, list):
            items = [None]
        for item in items:
            try:
                yield _text_part(ns, key, kind, _name(kind, item), item[hash_field])
            except (TypeError, LookupError, ValueError):
                yield None


def _name(kind: str, item: dict[str, Any]) -> Any:
    """Return the tool's name, or the path of a section or of an example with its number, joined by dots."""
    if kind == PromptPartKind.TOOL:
        return item["name"]
    path = item["path"]
    if not isinstance(path, list):
        raise TypeError(path)
    return ".".join([*path, str(item["index"])] if kind == PromptPartKind.EXAMPLE else path)


def _text_part(*values: Any) -> Part:
    """Return a part with the fields `values`, which the library writes as text.

    A lone surrogate, which SQLite cannot store as text, becomes its escape sequence.

    Raises:
        TypeError: one of them is not text.
    """
    is_plain = "".join(values).isascii()  # one step for all of them; it refuses what is not text
    return Part._make(values if is_plain else map(_storable, values))


def _storable(text: str) -> str:
    """Return the text with escapes for lone surrogates, which SQLite cannot store."""
    return text.encode("utf-8", "backslashreplace").decode()
