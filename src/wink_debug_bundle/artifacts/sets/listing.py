"""Write and read the list of the files of a run's folder, in the form of sha256sum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_UNKNOWN = "-" * 64
"""Stands for the hash of a file that could not be read."""


def write_listing(files: Iterable[tuple[bytes, str | None]]) -> bytes:
    r"""Return the list of files, given by the bytes of their paths and their SHA-256.

    As in sha256sum, a line begins with a backslash if a backslash or a line end in its path had to be escaped.
    """
    lines = []
    for name, sha256 in files:
        escaped = name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n").replace(b"\r", b"\\r")
        mark = b"\\" if escaped != name else b""
        lines.append(b"%b%b  %b\n" % (mark, (sha256 or _UNKNOWN).encode(), escaped))
    return b"".join(lines)


def read_listing(data: bytes) -> Iterator[tuple[bytes, str | None]]:
    """Yield the path and the SHA-256 of each file of a list.

    Raises:
        ValueError: the list is damaged.
    """
    for line in data.split(b"\n")[:-1]:
        is_escaped = line.startswith(b"\\")
        sha256, separator, name = line[is_escaped:].partition(b"  ")
        if len(sha256) != len(_UNKNOWN) or not separator:
            raise ValueError("the list of a folder's files is damaged")
        if is_escaped:
            parts = name.split(b"\\\\")
            name = b"\\".join(part.replace(b"\\n", b"\n").replace(b"\\r", b"\r") for part in parts)
        yield name, None if sha256 == _UNKNOWN.encode() else sha256.decode()
