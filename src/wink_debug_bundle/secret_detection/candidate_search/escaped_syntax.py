r"""Widen a regex for hyperscan so that it matches in a text wherever it matches in what the text is decoded to.

A line end can be written `\n`, in JSON within JSON `\\n`, and a character that is not of ASCII `\u00fc`. Each part of a regex
that stands for such a character takes these forms, too, however many backslashes they have. Texts that hide characters in
another way (`HIDING`) have to be decoded before they can be searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

HIDING = r"\\u00(?:[2-7]|0[9AaCcDd])|\\/|%[0-9A-Fa-f]{2}"
r"""Escapes that no regex is widened for: of characters of ASCII that JSON needs no `\u` for, of a slash, and those of URLs."""

_ESCAPED = {ord("\n"): "n", ord("\t"): "t", ord("\r"): "r", ord("\b"): "b", ord("\f"): "f", ord('"'): '"'}
_BACKSLASH = ord("\\")
_WRITTEN = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "a": "\a", "b": "\b"}
"""What the letters of escapes stand for in a class of a regex."""
_CHARACTER, _HALF = r"\\+u[0-9A-Fa-f]{4}", r"\\+u[Dd][0-9A-Fa-f]{3}"
_CONTROLS = frozenset(range(0x20)) - _ESCAPED.keys()
_OTHERS = frozenset(range(0x80, 0x100))
"""The bytes of characters that are not of ASCII; an escape stands for up to four of them."""
_QUESTION_MARK = ord("?")
"""What half of a pair of escapes is decoded to."""
_LONGEST_CHARACTER = 4
_MOST_REPEATS = 16
"""A part of several forms that may be repeated more often may be repeated without end: hyperscan counts only what is short."""

_TOKEN = re.compile(
    r"(?P<kept>\((?:\?(?:P?<\w+>|[A-Za-z-]*[:)]))?|[)|^$]|\\[zAB])"
    r"|\[(?P<negated>\^?)(?P<members>\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]"
    r"|(?P<byte>\\x[0-9A-Fa-f]{2})|\\(?P<escaped>.)|(?P<any>\.)|(?P<sign>.)",
    re.DOTALL,
)
_REPEATS = re.compile(r"(?P<sign>[*+?])\??|\{(?P<least>\d+)(?P<more>,?)(?P<most>\d*)\}\??")
_MEMBER = r"(\\x[0-9A-Fa-f]{2}|\\.|[^\\])"
_MEMBERS = re.compile(rf"\[:(?:alnum|alpha|digit|lower|upper|word|xdigit):\]|{_MEMBER}(?:-{_MEMBER})?", re.DOTALL)


def escaped_syntax(regex: str) -> str | None:
    """Return a regex that `hyperscan_syntax` wrote for texts that are not decoded, or None if it cannot be widened."""
    try:
        return "".join(_widened(regex))
    except ValueError:
        return None


def _widened(regex: str) -> Iterator[str]:
    place = 0
    while token := _TOKEN.match(regex, place):
        place = token.end()
        if token["escaped"] == "b":
            continue  # the letter of an escape may stand before a word
        repeats = _REPEATS.match(regex, place)
        place = repeats.end() if repeats else place
        if token["kept"]:
            yield token[0] + (_counted(*_range(repeats)) if repeats else "")
        else:
            yield _part(token[0], _bytes_of(token), repeats)


def _part(written: str, meant: frozenset[int], repeats: re.Match[str] | None) -> str:
    """Return a part of a regex that stands for one of the bytes `meant`, with all forms that these have in texts."""
    least, most = _range(repeats)
    letters = "".join(letter for byte, letter in _ESCAPED.items() if byte in meant)
    forms = [rf"\\+[{letters}]"] if letters else []
    forms += [_CHARACTER] if meant & (_CONTROLS | _OTHERS) else [_HALF] if _QUESTION_MARK in meant else []
    if _BACKSLASH in meant:
        forms = [r"\\+", *forms] if most == 1 else [rf"[\\{letters}{'u0-9A-Fa-f' if forms[1:] else ''}]"]
    if not forms:
        return written + (repeats[0] if repeats else "")
    if meant & _OTHERS:
        least //= _LONGEST_CHARACTER  # a part may stand for the rest of a character that another one began
    return f"(?:{'|'.join([written, *forms])})" + _counted(least, None if forms[0].startswith("[") else most)


def _counted(least: int, most: int | None) -> str:
    return f"{{{least},{'' if most is None or most > _MOST_REPEATS else most}}}"


def _range(repeats: re.Match[str] | None) -> tuple[int, int | None]:
    """Return how often a part is there, at least and at most."""
    if repeats is None:
        return 1, 1
    if repeats["sign"]:
        return {"*": (0, None), "+": (1, None), "?": (0, 1)}[repeats["sign"]]
    least = int(repeats["least"])
    return least, int(repeats["most"]) if repeats["most"] else None if repeats["more"] else least


def _bytes_of(token: re.Match[str]) -> frozenset[int]:
    """Return the bytes that a part of a regex stands for, apart from letters in the other case.

    Raises:
        ValueError: it is not known.
    """
    if token["any"]:
        return frozenset(range(0x100)) - {ord("\n")}
    if token["members"] is None:
        return frozenset(_codes(_code(token[0]), _code(token[0])))
    meant = frozenset(_members(token["members"]))
    return frozenset(range(0x100)) - meant if token["negated"] else meant


def _members(written: str) -> Iterator[int]:
    place = 0
    while place < len(written):
        member = _MEMBERS.match(written, place)
        if member is None:
            raise ValueError(written)
        place = member.end()
        if member[1]:
            first = _code(member[1])
            last = _code(member[2]) if member[2] else first
            yield from _codes(first, last)


def _codes(first: int, last: int) -> range:
    """Return the bytes of some characters; those that are not of ASCII have several in UTF-8, and any may be meant."""
    return range(first, last + 1) if last < min(_OTHERS) else range(min(first, *_OTHERS), 0x100)


def _code(written: str) -> int:
    """Return the character that a part of a class stands for."""
    if not written.startswith("\\"):
        return ord(written)
    return bytes.fromhex(written[2:])[0] if written.startswith(r"\x") else ord(_WRITTEN.get(written[1], written[1]))
