"""Read blobs for a search: text in UTF-16 as UTF-8, so that it is searched like other text, and written as it was."""

from __future__ import annotations

from functools import partial
from io import BytesIO
from typing import NamedTuple

from ..cell_texts.wide_text import wide_encoding
from .blob_scanning import WHOLE_BYTES, NewBytes, Open


class ReadBlob(NamedTuple):
    """What opens the bytes of a blob; if they may be in UTF-16, what opens them in UTF-8, too, and their encoding.

    Both are searched, as other formats may begin like UTF-16.
    """

    opened: Open
    decoded: Open | None = None
    encoding: str = ""

    @property
    def searched(self) -> tuple[Open, ...]:
        """Return what opens all that is searched."""
        return (self.opened,) if self.decoded is None else (self.opened, self.decoded)

    def written(self, new: NewBytes) -> NewBytes:
        """Return new bytes that were searched in UTF-8 as the blob has them."""
        text = b"".join(new.chunks).decode(errors="replace")
        return NewBytes(iter([text.encode(self.encoding)]), new.rules)


def read_blob(opened: Open, size: int) -> ReadBlob:
    """Return what is searched of a blob of this size; a long one is read as it is."""
    if size > WHOLE_BYTES:
        return ReadBlob(opened)
    with opened() as stream:
        data = stream.read()
    blob = ReadBlob(partial(BytesIO, data))
    encoding = wide_encoding(data)
    if encoding is None:
        return blob
    try:
        decoded = data.decode(encoding).encode()
    except UnicodeError:
        return blob
    return blob._replace(decoded=partial(BytesIO, decoded), encoding=encoding)
