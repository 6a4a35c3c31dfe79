"""What prompts were made of, out of the descriptors that logs and snapshots hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

import apsw
import orjson

from ..column_values import PromptPartKind
from .sql_files import derive_sql

_PROMPT = re.compile(r"PromptDescriptor\(ns='(?P<ns>[^']*)', key='(?P<key>[^']*)'")
_SECTION = re.compile(r"SectionDescriptor\(path=\((?P<path>[^()]*)\), content_hash='(?P<hash>[^']*)'")
_TOOL = re.compile(r"ToolDescriptor\(path=\([^()]*\), name='(?P<name>[^']*)', contract_hash='(?P<hash>[^']*)'")
_EXAMPLE = re.compile(
    r"TaskExampleDescriptor\(path=\((?P<path>[^()]*)\), index=(?P<index>\d+), content_hash='(?P<hash>[^']*)'"
)
_KEY = re.compile(r"'([^']*)'")

_INSERT = """
INSERT INTO prompt_parts (run_id, session_id, prompt_ns, prompt_key, kind, name, hash) VALUES (?, ?, ?, ?, ?, ?, ?)
"""


class Part(NamedTuple):
    """One part of a prompt, and the hash of what it said."""

    prompt_ns: str
    prompt_key: str
    kind: str
    name: str
    hash: str


def derive_prompt_parts(connection: apsw.Connection) -> None:
    """Write the parts of the prompts that each run, and each session outside of runs, rendered: each version once.

    Raises:
        apsw.Error: the rows could not be written.
    """
    with connection:
        connection.executemany(_INSERT, _rows(connection, "logged_prompts"))
        connection.executemany(_INSERT, _rows(connection, "held_prompts"))


def _rows(connection: apsw.Connection, query: str) -> Iterator[tuple[Any, ...]]:
    found = connection.execute(derive_sql(query))
    for unit, prompts in groupby(found, key=lambda row: row[:2]):
        parts = (part for *_, descriptor in prompts if isinstance(descriptor, str) for part in parts_of(descriptor))
        for part in dict.fromkeys(parts):
            yield *unit, *part


@lru_cache(maxsize=1000)
def parts_of(descriptor: str) -> tuple[Part, ...]:
    """The parts that a descriptor names, given as JSON (in snapshots) or as Python shows it (in logs)."""
    return tuple(_in_json(descriptor) if descriptor.startswith("{") else _in_repr(descriptor))


def _in_repr(text: str) -> Iterator[Part]:
    if (prompt := _PROMPT.match(text)) is None:
        return
    ns, key = prompt["ns"], prompt["key"]
    for found in _SECTION.finditer(text):
        yield Part(ns, key, PromptPartKind.SECTION, _dotted(found["path"]), found["hash"])
    for found in _TOOL.finditer(text):
        yield Part(ns, key, PromptPartKind.TOOL, found["name"], found["hash"])
    for found in _EXAMPLE.finditer(text):
        yield Part(ns, key, PromptPartKind.EXAMPLE, f"{_dotted(found['path'])}.{found['index']}", found["hash"])


def _dotted(path: str) -> str:
    return ".".join(_KEY.findall(path))


def _in_json(text: str) -> Iterator[Part]:
    try:
        prompt = orjson.loads(text)
        ns, key = prompt["ns"], prompt["key"]
        for item in prompt.get("sections", ()):
            yield _texts(ns, key, PromptPartKind.SECTION, ".".join(item["path"]), item["content_hash"])
        for item in prompt.get("tools", ()):
            yield _texts(ns, key, PromptPartKind.TOOL, item["name"], item["contract_hash"])
        for item in prompt.get("task_examples", ()):
            yield _texts(
                ns, key, PromptPartKind.EXAMPLE, ".".join([*item["path"], str(item["index"])]), item["content_hash"]
            )
    except (ValueError, TypeError, LookupError):
        return  # no descriptor of the library's, or of a release unknown


def _texts(*values: object) -> Part:
    """A part of `values`, which are all text in what the library writes.

    Raises:
        TypeError: one of them is not.
    """
    if not all(isinstance(value, str) for value in values):
        raise TypeError(values)
    return Part(*map(str, values))
