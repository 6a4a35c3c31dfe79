"""Choose the worked examples of a schema report: questions with SQL that answers them on the bundle."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

COUNT = 6
"""Examples that a report shows."""

_READS = "-- Reads: "


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """A question, the SQL that answers it, and the tables and views that must have rows."""

    question: str
    sql: str
    reads: tuple[str, ...]


@cache
def worked_examples() -> tuple[WorkedExample, ...]:
    """Return every example, those that most readers need first."""
    text = files(__package__).joinpath("worked_examples.sql").read_text(encoding="utf-8")
    return tuple(map(_parse, text.strip().split("\n\n")))


def chosen_examples(filled: AbstractSet[str]) -> tuple[WorkedExample, ...]:
    """Return the first examples that read nothing but the tables and views in `filled`, which have rows."""
    return tuple(example for example in worked_examples() if filled >= {*example.reads})[:COUNT]


def _parse(block: str) -> WorkedExample:
    """Return the example that one block of the SQL file describes."""
    question, reads, *lines = block.splitlines()
    names = reads.removeprefix(_READS).split(", ")
    return WorkedExample(question.removeprefix("-- "), " ".join(lines).rstrip(";"), tuple(names))
