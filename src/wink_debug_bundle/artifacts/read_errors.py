"""The errors that reading an artifact raises.

ValueError
`-- MalformedError      the bytes are not JSON of the expected kind
ZipError                a zip, or a member of one, cannot be read
ExpansionError          a compressed file decompresses to more than is allowed
OSError
`-- ReplacedError       another file, a link or a pipe has taken the place of the file that was found
ScratchError            the build's own temporary file failed: a fault of the disk, not of the artifact
"""

from __future__ import annotations

import errno
import lzma
import zlib

import zstandard


class MalformedError(ValueError):
    """The bytes are not JSON of the expected kind; the message says where and why."""


class ZipError(Exception):
    """A zip, or a member of one, cannot be read."""


class ExpansionError(Exception):
    """A compressed file decompresses to more than is allowed."""


class ReplacedError(OSError):
    """Another file, a link or a pipe has taken the place of the file that was found; it is not read."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} has taken its place since the build began, and is not read")


class ScratchError(Exception):
    """The temporary file beside the bundle could not be written or read.

    It is not an OSError, because readers treat an OSError as damage of the artifact. `errno` is the file system's.
    """

    def __init__(self, error: OSError) -> None:
        super().__init__(f"the scratch file beside the bundle: {error.strerror or error}")
        self.errno = error.errno


UNREADABLE = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, ZipError, ExpansionError)
"""Errors of reading a damaged or vanished file, or a damaged member of a zip (gzip's BadGzipFile is an OSError)."""

UNREADABLE_ZIP = (ZipError, OSError)
"""Errors of reading a damaged or vanished zip."""


def system_error(error: OSError) -> str:
    """Return the name of the system's error and its text; what the error says itself, if the system did not raise it."""
    if isinstance(error, ReplacedError):
        return str(error)
    if error.errno is None:
        return f"{type(error).__name__}: {error}"
    return f"{errno.errorcode.get(error.errno, error.errno)}: {error.strerror}"
