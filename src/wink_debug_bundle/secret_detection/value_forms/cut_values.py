"""Say how much of a value must stand where a text was cut: enough to be no accident, and not to be what everybody knows.

Six bytes of a random value are the beginning of another one in a thousand million texts, and the few that stay of a shorter
beginning narrow the value down too little for anybody to guess the rest.
"""

from __future__ import annotations

import re

from .literal_forms import LiteralForm, literal_forms

_TELLING_BYTES = 6
_LEAST_BYTES = 8
_LEAST_WORDS = 16
"""Bytes of a beginning that could be a word, as a password may begin with one."""

_LONGEST_CUT = 8192
"""Longer forms are searched whole only: to compare them wherever a text has their beginning could take forever."""

_PUBLIC = re.compile(
    rb"-----BEGIN[A-Z0-9 ]*-----\s*"  # the header of a key
    rb"|eyJ[\w-]+\."  # the header of a JSON Web Token
    rb"|[A-Za-z][A-Za-z0-9+.-]{1,15}://(?![^/\s]*@)[^/\s?#]*/?"  # the host of a URL, unless a password is before it
    rb"|[A-Za-z][A-Za-z0-9+.-]{1,15}://"
    rb"|(?:[A-Za-z]{1,6}[0-9]{0,2}[-_.:=]){1,3}"  # ghp_, sk-ant-api03-
)
_TELLING = re.compile(rb"[A-Za-z][0-9]|[0-9][A-Za-z]|[a-z][A-Z]")
"""What words seldom have, and most random values have soon."""

_PLAIN = re.compile(rb"[\w.~-]*", re.ASCII)
"""Values that escapes do not change."""


def least_beginnings(value: bytes, forms: frozenset[LiteralForm]) -> dict[bytes, int]:
    """Return, by the text of each form of a value, how many bytes of it are searched where a text ends with them."""
    least = least_beginning(value)
    cut = () if _PLAIN.fullmatch(value) else literal_forms(value[:least])
    begun = [form.text for form in cut if not form.is_base64]
    return {
        form.text: min(_least_of_form(form, value, least, begun), len(form.text))
        if len(form.text) <= _LONGEST_CUT
        else len(form.text)
        for form in forms
    }


def least_beginning(value: bytes) -> int:
    """Return how many bytes of a value are searched where a text ends with them; its length, if no part of it is."""
    public = match.end() if (match := _PUBLIC.match(value)) else 0
    if value[public:].isdigit():  # the beginning of a number is any number
        return len(value)
    least = max(public + _TELLING_BYTES, _LEAST_BYTES)
    last = max(public + _LEAST_WORDS, least)
    while least < last and not _TELLING.search(value, public, least):
        least += 1
    return min(least, len(value))


def _least_of_form(form: LiteralForm, value: bytes, least: int, begun: list[bytes]) -> int:
    if least == len(value):
        return len(form.text)
    if form.text in value:
        return least if form.text == value else least_beginning(form.text)  # a line of it
    if form.is_base64:
        return least * 4 // 3 + 1
    if form.text.lower() == value.hex().encode():
        return least * 2
    return max((len(each) for each in begun if form.text.startswith(each)), default=max(least, _LEAST_WORDS))
