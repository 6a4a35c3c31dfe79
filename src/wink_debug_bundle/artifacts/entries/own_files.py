"""Recognise what this program, SQLite and the library write themselves beside artifacts: by content, not by name alone."""

from __future__ import annotations

import re
import sys

from ...bundle_files import DATABASE_SIDES, DATABASE_START, PARTIAL_SUFFIX, is_bundle_head

OWN_HEAD_BYTES = 100
"""Bytes of a file's beginning by which such files are recognised: SQLite's header."""

_SIDE_MAGICS = {
    "-wal": (b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"),
    "-shm": ((3007000).to_bytes(4, sys.byteorder),),
    "-journal": (b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7",),
}
"""How the side files of a database begin; `-shm` begins with the version of its format."""

_UNFINISHED = re.compile(rf"\..+\.[0-9a-f]+{re.escape(PARTIAL_SUFFIX)}", re.DOTALL)


def own_reason(name: str, head: bytes) -> str | None:
    """Return why a file of that name, which begins with `head`, is not read; None if it is not known to be such a file."""
    if _UNFINISHED.fullmatch(name) and (not head or head.startswith(DATABASE_START)):
        return "an unfinished bundle of a build that runs or was killed, not read"
    if is_bundle_head(head):
        return "a debug bundle, not read"
    if head.startswith(DATABASE_START):
        return "a SQLite database, not read"
    for side in DATABASE_SIDES:
        if name.endswith(side) and head.startswith(_SIDE_MAGICS[side]):
            return "a side file of a SQLite database, not read"
    return None
