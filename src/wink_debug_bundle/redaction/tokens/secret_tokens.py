"""Make the tokens that stand for secrets: the same value has the same token, which does not tell the value."""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import b32encode
from collections.abc import Iterable, Sequence

from ...derive.signatures import REDACTED
from ...secret_detection.found_secret import FoundSecret

TOKEN = re.compile(REDACTED.encode())

_KEY_BYTES = 32
_HASH_BYTES = 5
_LEAST_REST = 6
"""Bytes beside tokens that make a finding one that is not only about tokens."""


def new_key() -> bytes:
    """Return a random key."""
    return secrets.token_bytes(_KEY_BYTES)


class Tokens:
    """Makes tokens with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._made: dict[tuple[str, bytes], bytes] = {}

    def token(self, kind: str, value: bytes) -> bytes:
        """Return the token of a value."""
        made = self._made.get((kind, value))
        if made is None:
            digest = hmac.digest(self._key, value, "sha256")[:_HASH_BYTES]
            made = self._made[kind, value] = b"[%b:%b]" % (kind.encode(), b32encode(digest))
        return made


def is_of_tokens(start: int, end: int, tokens: Iterable[re.Match[bytes]]) -> bool:
    """Return whether what was found in a text is a token, a part of one, or tokens with a few characters more."""
    touching = [token for token in tokens if token.start() < end and start < token.end()]
    if not touching:
        return False
    held = sum(min(end, token.end()) - max(start, token.start()) for token in touching)
    return end - start - held < _LEAST_REST


def without_tokens(text: bytes, found: Sequence[FoundSecret]) -> Sequence[FoundSecret]:
    """Leave out of what was found in a text what is only a token."""
    tokens = list(TOKEN.finditer(text)) if b":" in text else []
    return [each for each in found if not is_of_tokens(each.start, each.end, tokens)] if tokens else found
