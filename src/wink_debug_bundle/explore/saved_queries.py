"""Read the saved queries: SQL files whose first comment line is the title and the next ones the description."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import takewhile

from ..errors import BundleError
from .suggestions import did_you_mean

_RECOMMENDED = ("tool-success", "errors", "timeline", "tokens-by-session", "agent-files")
"""The queries that the specification recommends, in its order; they come first."""

_NOT_CODE = re.compile(r"--[^\n]*|'[^']*'|\"[^\"]*\"")
_PARAMETER = re.compile(r":(\w+)")


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A common question about a bundle, with the SQL that answers it."""

    name: str
    title: str
    description: str
    sql: str
    parameters: tuple[str, ...]
    """Names that the SQL uses as `:name`; each may be empty or NULL."""


@cache
def saved_queries() -> tuple[SavedQuery, ...]:
    """Return every saved query: the recommended ones, then the others by name."""
    by_name = {query.name: query for query in _read_all()}
    others = sorted(by_name.keys() - set(_RECOMMENDED))
    return tuple(by_name[name] for name in (*_RECOMMENDED, *others))


def saved_query(name: str) -> SavedQuery:
    """Return the saved query called `name`.

    Raises:
        BundleError: no saved query has that name.
    """
    for query in saved_queries():
        if query.name == name:
            return query
    names = [query.name for query in saved_queries()]
    raise BundleError(f"no saved query is called {name!r}{did_you_mean(name, names)}")


def parse_query(name: str, text: str) -> SavedQuery:
    """Return the saved query that the text of an SQL file describes."""
    lines = text.strip().splitlines()
    comments = [line.removeprefix("--").strip() for line in takewhile(lambda line: line.startswith("--"), lines)]
    title, *description = comments
    sql = "\n".join(lines[len(comments) :]).rstrip(";")
    parameters = dict.fromkeys(_PARAMETER.findall(_NOT_CODE.sub("", sql)))
    return SavedQuery(name, title, " ".join(description), sql, tuple(parameters))


def _read_all() -> Iterator[SavedQuery]:
    """Yield the query of each SQL file in `queries/`."""
    for item in files(__package__).joinpath("queries").iterdir():
        if item.name.endswith(".sql"):
            yield parse_query(item.name.removesuffix(".sql"), item.read_text(encoding="utf-8"))
