"""Make keys by which samples without an id are recognised: hashes of their requests."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

import orjson

_LONG_NUMBER = re.compile(r"\d{17}")
"""Digits that orjson may round, so that two numbers would be the same."""


def request_key(requests: Sequence[object]) -> bytes | None:
    """Return the SHA-256 of a request; None without one.

    The order of keys and the spaces of its JSON do not matter.
    """
    (request,) = requests
    return None if request is None else _hash(_canonical(request))


def values_key(values: Sequence[object]) -> bytes | None:
    """Return the SHA-256 of the values at some paths of a request; None if it has none of them."""
    if all(value is None for value in values):
        return None
    return _hash(b"\0".join(b"" if value is None else _canonical(value) for value in values))


def _canonical(value: object) -> bytes:
    """Return JSON in its canonical form: keys in order, no spaces; text that is not JSON stays as it is."""
    if not isinstance(value, str):
        return repr(value).encode("utf-8", "backslashreplace")
    try:
        if _LONG_NUMBER.search(value):
            return json.dumps(json.loads(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        return orjson.dumps(orjson.loads(value), option=orjson.OPT_SORT_KEYS)
    except (ValueError, RecursionError, TypeError):
        return value.encode("utf-8", "backslashreplace")


def _hash(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()
