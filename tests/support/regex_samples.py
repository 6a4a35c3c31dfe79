"""Texts that a regex of gitleaks matches, made at random, so that a test has secrets of every kind and the repository none."""

from __future__ import annotations

import random
import re
from re import _constants, _parser  # type: ignore[attr-defined]  # the parser that `re` itself uses
from typing import Any

_PRINTABLE = [chr(code) for code in range(33, 127)]
_MOST_MORE = 12
"""How much longer than its shortest a repeated part is at most."""


def random_match(regex: str, rng: random.Random) -> str:
    """Return a text that the regex, in Go's syntax, matches."""
    return "".join(_made(_parser.parse(_in_python(regex)), rng))


def _in_python(regex: str) -> str:
    """Write a regex for Python, where a flag in the middle needs its own group, which ends with the group around it."""
    regex = regex.replace("[[:alnum:]]", "[A-Za-z0-9]").replace(r"\z", r"\Z").replace("(?P<", "(?P<g_")
    while True:
        found = re.search(r"\((?:\?(?:P<\w+>|:))?[^()]*?(\(\?([is])\))|(\(\?([is])\))", regex)
        flag = re.search(r"\(\?([is])\)", regex)
        if found is None or flag is None:
            return regex
        end = _end_of_group(regex, flag.end())
        regex = f"{regex[: flag.start()]}(?{flag[1]}:{regex[flag.end() : end]}){regex[end:]}"


def _end_of_group(regex: str, place: int) -> int:
    depth = 0
    in_class = False
    while place < len(regex):
        sign = regex[place]
        if sign == "\\":
            place += 1
        elif in_class:
            in_class = sign != "]"
        elif sign == "[":
            in_class = True
        elif sign == "(":
            depth += 1
        elif sign == ")":
            if not depth:
                return place
            depth -= 1
        place += 1
    return place


def _made(parsed: Any, rng: random.Random) -> list[str]:
    return [_made_part(operation, argument, rng) for operation, argument in parsed]


def _made_part(operation: Any, argument: Any, rng: random.Random) -> str:
    name = str(operation)
    if name == "LITERAL":
        return chr(argument)
    if name == "IN":
        return rng.choice(_members(argument))
    if name in {"ANY", "NOT_LITERAL"}:
        return rng.choice(_PRINTABLE)
    if name in {"MAX_REPEAT", "MIN_REPEAT"}:
        least, most, repeated = argument
        count = rng.randint(
            least, least + _MOST_MORE if most is _constants.MAXREPEAT else min(most, least + _MOST_MORE)
        )
        return "".join("".join(_made(repeated, rng)) for _ in range(count))
    if name == "SUBPATTERN":
        return "".join(_made(argument[-1], rng))
    if name == "BRANCH":
        return "".join(_made(rng.choice(argument[1]), rng))
    return ""  # an end of a text or a word


def _members(parts: Any) -> list[str]:
    members: set[str] = set()
    negated = False
    for operation, argument in parts:
        name = str(operation)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            members.add(chr(argument))
        elif name == "RANGE":
            members.update(map(chr, range(argument[0], argument[1] + 1)))
        else:
            members.update(_category(str(argument)))
    return sorted(set(_PRINTABLE) - members if negated else members)


def _category(name: str) -> set[str]:
    found = {"CATEGORY_WORD": r"\w", "CATEGORY_DIGIT": r"\d", "CATEGORY_SPACE": r"[ \n]", "CATEGORY_NOT_SPACE": r"\S"}[
        name
    ]
    return {sign for sign in [*_PRINTABLE, " ", "\n"] if re.fullmatch(found, sign)}
