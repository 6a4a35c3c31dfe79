r"""Write a regex of Go's syntax so that hyperscan matches at least where RE2 does, in texts that are joined by line ends.

Hyperscan reads the syntax of PCRE, in which `\s` has one byte more, and `$` is the end of all joined texts.
"""

from __future__ import annotations

SEPARATOR = b"\n"
"""What is between joined texts: no part of a word, and a space."""

_CLASSES = {
    "s": r"\t\n\f\r ",
    "S": r"\x00-\x08\x0b\x0e-\x1f\x21-\xff",
    "d": "0-9",
    "D": r"\x00-\x2f\x3a-\xff",
    "w": "0-9A-Za-z_",
    "W": r"\x00-\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\xff",
}
"""The bytes of Go's classes, to be written between brackets."""
_SAME = frozenset("bBxtnfra")
"""Letters of escapes that mean the same to both."""
_ENDS = {"$": r"(?:$|\n)", "^": r"(?:^|\n)"}
_ESCAPED_ENDS = {"z": r"(?:\z|\n)", "A": r"(?:\A|\n)"}


def hyperscan_syntax(regex: str) -> str | None:
    """Return the regex for hyperscan, or None if it has something that the two may understand differently."""
    written = []
    in_class = False
    place = 0
    while place < len(regex):
        sign = regex[place]
        if sign == "\\":
            part = _escape(regex[place + 1 : place + 2], in_class=in_class)
            if part is None:
                return None
            written.append(part)
            place += 2
            continue
        if in_class and regex.startswith("[:", place):
            end = regex.find(":]", place) + 2
            written.append(regex[place:end])
            place = max(end, place + 2)
            continue
        if sign == "[" and not in_class:
            start = _class_start(regex, place)
            written.append(regex[place:start])
            in_class, place = True, start
            continue
        in_class = in_class and sign != "]"
        written.append(sign if in_class else _ENDS.get(sign, sign))
        place += 1
    return "".join(written)


def _class_start(regex: str, place: int) -> int:
    """Return where the members of a class begin, behind `[`, `[^` and a bracket that is a member as it is the first."""
    place += 1
    place += regex.startswith("^", place)
    return place + regex.startswith("]", place)


def _escape(letter: str, *, in_class: bool) -> str | None:
    if letter in _CLASSES:
        return _CLASSES[letter] if in_class else f"[{_CLASSES[letter]}]"
    if not in_class and letter in _ESCAPED_ENDS:
        return _ESCAPED_ENDS[letter]
    if letter and (letter in _SAME or not letter.isalnum()):
        return "\\" + letter
    return None
