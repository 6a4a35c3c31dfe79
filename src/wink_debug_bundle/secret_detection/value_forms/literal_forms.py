"""The forms that a value has in texts: as it is, escaped for JSON, URLs and HTML, as base64 and in hexadecimal."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, quote_plus

_JSON_LEVELS = 3
"""JSON in JSON in JSON, as transcripts have tool results that are JSON."""
_SHORTEST_FORM = 6
_SHORTEST_LINE = 32
"""Lines of a value (of a PEM key) that are this long are searched by themselves, as log records may part them."""
_MARKUP = (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e"), ("'", "\\u0027"))
"""Signs that some writers of JSON escape, so that it can be in a page."""


class LiteralForm(NamedTuple):
    """One form of a value."""

    text: bytes
    is_base64: bool = False
    shares_first: bool = False
    """Whether the base64 character before it also has bits of the value."""
    shares_last: bool = False
    """Whether the base64 character after it also has bits of the value."""


def literal_forms(value: bytes) -> frozenset[LiteralForm]:
    """Return the forms of a value that are long enough to be searched."""
    forms = set(_base64_forms(value))
    texts = {value, value.hex().encode(), value.hex().upper().encode()}
    texts.update(line for line in value.split(b"\n") if len(line) >= _SHORTEST_LINE)
    try:
        decoded = value.decode()
    except UnicodeDecodeError:
        pass
    else:
        texts.update(form.encode() for form in _text_forms(decoded))
    texts.update(_percent_forms(value))
    forms.update(map(LiteralForm, texts))
    return frozenset(form for form in forms if len(form.text) >= _SHORTEST_FORM)


def _text_forms(value: str) -> Iterator[str]:
    yield html.escape(value)
    yield html.escape(value, quote=False)
    yield repr(value)[1:-1]
    for ascii_only in (False, True):
        written = value
        for _ in range(_JSON_LEVELS):
            written = json.dumps(written, ensure_ascii=ascii_only)[1:-1]
            yield written
            yield written.replace("/", "\\/")
            yield _without_markup(written)
        yield json.dumps(json.dumps(value, ensure_ascii=ascii_only)[1:-1].replace("/", "\\/"))[1:-1]


def _without_markup(written: str) -> str:
    for sign, escaped in _MARKUP:
        written = written.replace(sign, escaped)
    return written


def _percent_forms(value: bytes) -> Iterator[bytes]:
    """Yield the forms that writers of URLs make; they differ in which signs they leave, and in the case of digits."""
    for safe in ("", "/", "!'()*", "/:?#[]@!$&'()*+,;="):
        for written in (quote(value, safe=safe), quote_plus(value, safe=safe)):
            yield written.encode()
            yield _lower_digits(written).encode()


def _lower_digits(written: str) -> str:
    first, *others = written.split("%")
    return "%".join([first, *(part[:2].lower() + part[2:] for part in others)])


def _base64_forms(value: bytes) -> Iterator[LiteralForm]:
    """Yield the characters that the value alone decides, for each place that it can have among three bytes."""
    for before in range(3):
        skipped, shares_first = divmod(before * 8, 6)
        whole, shares_last = divmod((before + len(value)) * 8, 6)
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(b"\0" * before + value)[skipped + bool(shares_first) : whole]
            yield LiteralForm(text, is_base64=True, shares_first=bool(shares_first), shares_last=bool(shares_last))
