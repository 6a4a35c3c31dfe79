"""Read the saved queries: SQL files that begin with a comment about the question.

The comment's first line is the title, the second the theme (`Theme: failures`), and the next ones are the description.
Last come the parameters, each on lines of its own (`:run  Number of a run, as in runs.id.`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import takewhile

from ..errors import BundleError
from .suggestions import did_you_mean

_RECOMMENDED = ("tool-success", "errors", "timeline", "tokens-by-session", "agent-files")
"""The queries that the specification recommends, in its order; they come first."""

THEMES = ("failures", "results", "story", "tools", "tokens", "prompts", "logs", "files", "import")
"""What questions are about, in the order in which a reader needs them."""

_THEME = "Theme: "
_MEANING = re.compile(r":(\w+)  (.+)")

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
    theme: str = ""
    """What the question is about, one of `THEMES`."""
    meanings: Mapping[str, str] = field(default_factory=dict)
    """What each parameter takes, by its name."""


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
    title, *others = comments
    theme = next((line.removeprefix(_THEME) for line in others if line.startswith(_THEME)), "")
    description, meanings = _described([line for line in others if not line.startswith(_THEME)])
    sql = "\n".join(lines[len(comments) :]).rstrip(";")
    parameters = dict.fromkeys(_PARAMETER.findall(_NOT_CODE.sub("", sql)))
    return SavedQuery(name, title, description, sql, tuple(parameters), theme, meanings)


def _described(lines: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the description and the meaning of each parameter, which may go on in the next lines."""
    description: list[str] = []
    meanings: dict[str, str] = {}
    for line in lines:
        if begun := _MEANING.fullmatch(line):
            meanings[begun[1]] = begun[2]
        elif meanings:
            meanings[[*meanings][-1]] += f" {line}"
        else:
            description.append(line)
    return " ".join(description), meanings


def _read_all() -> Iterator[SavedQuery]:
    """Yield the query of each SQL file in `queries/`."""
    for item in files(__package__).joinpath("queries").iterdir():
        if item.name.endswith(".sql"):
            yield parse_query(item.name.removesuffix(".sql"), item.read_text(encoding="utf-8"))
