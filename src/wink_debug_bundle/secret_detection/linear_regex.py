"""Regexes that take linear time whatever the text is, on bytes of any kind: RE2, never Python's `re`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from .detection_extra import detection_module

_MEMORY = 16 << 20


class ByteMatch(Protocol):
    """What is used of a match."""

    def span(self, group: int = 0) -> tuple[int, int]: ...
    def groups(self) -> tuple[bytes | None, ...]: ...


class ByteRegex(Protocol):
    """What is used of a compiled regex."""

    @property
    def groups(self) -> int: ...
    def search(self, text: bytes, pos: int = 0) -> ByteMatch | None: ...
    def finditer(self, text: bytes) -> Iterator[ByteMatch]: ...


def byte_regex(pattern: str) -> ByteRegex:
    """Compile a regex in Go's syntax.

    Raises:
        BundleError: google-re2 is not installed.
        ValueError: it is no regex of that syntax.
    """
    re2 = detection_module("re2")
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        compiled: Any = re2.compile(pattern.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else error
        raise ValueError(f"{pattern!r} is no regex: {reason}") from error
    return compiled  # type: ignore[no-any-return]


def any_of(patterns: Iterable[str]) -> ByteRegex | None:
    """Return one regex that matches where any of these does, or None if there are none."""
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return byte_regex(joined) if joined else None


def quoted(words: Iterable[bytes]) -> str:
    """Return a regex that matches any of these words, in which only ASCII letters and digits stand for themselves."""
    return "|".join("".join(_quoted_byte(byte) for byte in word) for word in words)


def _quoted_byte(byte: int) -> str:
    return chr(byte) if byte < 128 and chr(byte).isalnum() else f"\\x{byte:02x}"
